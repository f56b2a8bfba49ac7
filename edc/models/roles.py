"""The rights of the serving role on PostgreSQL, which owns nothing and cannot rewrite the trail.

A table's owner can disable its triggers. So the program serves as another role than the one that
runs the migrations, and that role is granted no more than this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edc.models.base import Base
from edc.models.guards import TRAIL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is no record may be removed again: sessions that ended, failed sign-ins, drafts.
REMOVABLE = ("draft", "sign_in_failure", "user_session")
_ROLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


def grant_statements(role: str) -> Iterator[str]:
    """Return the statements that give *role* what serving needs.

    :raises ValueError: when *role* is not a plain lower-case name.
    """
    if not _ROLE_NAME.match(role):
        message = f"{role!r} is not a plain lower-case role name"
        raise ValueError(message)
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    yield f"GRANT SELECT ON alembic_version TO {role}"
    for table in Base.metadata.sorted_tables:
        rights = ["SELECT", "INSERT"]
        if table.name not in TRAIL_TABLES:
            rights.append("UPDATE")
        if table.name in REMOVABLE:
            rights.append("DELETE")
        yield f'GRANT {", ".join(rights)} ON "{table.name}" TO {role}'
