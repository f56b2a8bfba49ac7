"""The steps ``unmask``, ``lock`` and ``unlock`` in a story, told after another story's baseline."""

from __future__ import annotations

from pathlib import Path

from edc.stories.reader import parse_story
from edc.stories.runner import run_story

BASELINE = Path(__file__).parent / "S00.yaml"
AFTER = """
  - {do: unmask, as: nurse, at: "2024-03-07T23:30+08:00", reason: 护士无需揭盲,
     expect: {saved: false, status: 403}}
  - {do: unmask, as: assessor, reason: 严重过敏反应，需明确是否使用制品,
     expect: {saved: true, status: 200, alerts: [UNBL-01], shows: [标准治疗+MSC培养上清组],
              values: {UBWHY: SAFE, UBTX: 严重过敏反应，需明确是否使用制品}}}
  - {do: look, page: casebook, expect: {status: 200, hides: [标准治疗+MSC培养上清组]}}
  - {do: enter, at: "2024-03-08T09:00+08:00", as: nurse, form: SV, visit: DA01,
     values: {SVSTAT: DONE, SVSTDAT: 2024-03-08, SVLOC: IPD}}
  - {do: enter, as: assessor, form: OM, visit: DA01,
     values: {OMPERF: Y, OMDAT: 2024-03-08, OMLOC: VID, OMWHO: 1},
     expect: {saved: true, warns: [OM-13], values: {OMMASK: N}}}
  - {do: lock, as: nurse, form: SV, visit: DA01, reason: x, expect: {saved: false, status: 403}}
  - {do: lock, as: dm, form: SV, visit: DA01, reason: 已核查, expect: {saved: true, locked: true}}
  - {do: enter, as: nurse, form: SV, visit: DA01, values: {SVLOC: OPD}, reason: 更正,
     expect: {refused: [LOCKED]}}
  - {do: unlock, as: dm, form: SV, visit: DA01, reason: 更正, expect: {saved: true, locked: false}}
  - {do: enter, as: nurse, form: SV, visit: DA01, values: {SVLOC: OPD}, reason: 更正,
     expect: {saved: true}}
  - {do: lock, as: dm, reason: 数据清理完成, expect: {saved: true, locked: true}}
  - {do: enter, as: nurse, form: VS, visit: BL, values: {PULSE: 90}, reason: 更正,
     expect: {refused: [LOCKED]}}
  - {do: unlock, as: dm, reason: "", expect: {saved: false, status: 422, locked: true}}
  - {do: unlock, as: dm, reason: 更正, expect: {saved: true, locked: false}}
"""


def test_an_arm_is_told_once_and_what_is_locked_stays(sqlite_url: str) -> None:
    head, _, _ = BASELINE.read_text(encoding="utf-8").partition("  # Masked users find no arm")
    assert "do: randomise" in head
    results = run_story(parse_story(head + AFTER), database_url=sqlite_url)
    assert [f"{one.step}: {what}" for one in results for what in one.failures] == []
