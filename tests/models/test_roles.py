"""The serving role on PostgreSQL: it saves and reads, and cannot touch the trail or the guards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from edc.models.roles import grant_statements
from edc.models.session import create_engine_for
from tests.factories import create_site, open_database
from tests.support.trial import CONSENT, VITALS, create_trial

ROLE = "edc_serving_role"


@pytest.fixture
def serving_url(postgresql_url: str) -> Iterator[str]:
    """Give the URL of the same database for a role that owns nothing."""
    owner = create_engine_for(postgresql_url)
    with owner.begin() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
        for statement in grant_statements(ROLE):
            connection.execute(text(statement))
    yield make_url(postgresql_url).set(username=ROLE).render_as_string(hide_password=False)
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {ROLE}"))
        connection.execute(text(f"DROP ROLE {ROLE}"))
    owner.dispose()


def test_the_serving_role_can_do_the_whole_work_of_a_save(serving_url: str) -> None:
    trial = create_trial(serving_url)
    subject_id = trial.screen()
    trial.save(subject_id, "IC", CONSENT)

    saved = trial.save(subject_id, "VS", VITALS)

    assert saved.is_complete


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET new_values = '{}'",
        "DELETE FROM audit_entry",
        "UPDATE audit_transaction SET username = 'somebody else'",
        "TRUNCATE audit_entry CASCADE",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE site DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry CASCADE",
        "DELETE FROM site",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_serving_role_cannot_rewrite_or_unguard(serving_url: str, statement: str) -> None:
    create_site(open_database(serving_url), code="01")
    engine = create_engine_for(serving_url)

    with engine.connect() as connection, pytest.raises(ProgrammingError, match=r"denied|owner"):
        connection.execute(text(statement))


@pytest.mark.parametrize("name", ["", "Role", "a b", "x; DROP TABLE site", 'a"b'])
def test_a_role_name_that_would_need_quoting_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        list(grant_statements(name))
