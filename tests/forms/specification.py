"""The facts of the trial's specification, as the tests compare them with the declared study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "specification.json").read_text(encoding="utf-8")
)

# Why a bound of the specification is no range of the item here.
BY_KIND = "the kind of item or its code list says it"
BY_SERVER = "the server checks it when it writes or looks up the key"
