"""Two persons bring a list in, or encrypt its arms anew; the database keeps what was loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from edc import clock
from edc.errors import NotFound, NotPermitted, RandomisationClosed, Refused
from edc.models import (
    AllocationListRow,
    AuditEntry,
    AuditTransaction,
    Envelope,
    ListAct,
    ListProposal,
    ListState,
    Slot,
    StratumRow,
)
from edc.models.audit import ENTRY_BITS
from edc.permissions import Role
from edc.randomization.design import Design
from edc.randomization.list_keys import ListKey
from edc.randomization.lists import ListRefused, Purpose, generate
from edc.randomization.sealed_list import receive, seal
from edc.randomization.sealing import SealBroken, SealingKey
from edc.services import custody
from edc.services.allocation_lists import find_arm, find_commitment, status
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.randomization.support import OTHER_SEED, SEED, TRANSPLANT, trial_design
from tests.services.allocation_support import (
    KEY,
    OTHER_KEY,
    add_subjects,
    count_slots,
    open_database,
    request,
)
from tests.support.trail import writing

DESIGN = trial_design(factors=(TRANSPLANT,), slots=12, target=12)
RECOVERY = ListKey.new()
STATISTICIAN = Actor(username="statistician", role=Role.STATISTICIAN)
MANAGER = Actor(username="manager", role=Role.DATA_MANAGER)
NURSE = Actor(username="nurse", role=Role.RESEARCH_NURSE)


@dataclass
class Desk:
    """A database at which the two persons work."""

    database: Database
    key: SealingKey = KEY

    def bring(
        self,
        content: str,
        *,
        by: Actor = STATISTICIAN,
        act: ListAct = ListAct.LOAD,
        design: Design = DESIGN,
        purpose: Purpose = "test",
    ) -> int:
        with self.database.unit_of_work(by, "randomisation.propose") as uow:
            return custody.bring(
                uow, content, act=act, design=design, key=self.key, purpose=purpose,
                password_checked=True,
            )  # fmt: skip

    def confirm(
        self,
        proposal: int,
        checksum: str,
        *,
        by: Actor = MANAGER,
        act: ListAct = ListAct.LOAD,
        purpose: Purpose = "test",
    ) -> None:
        with self.database.unit_of_work(by, custody.ACTIONS[act]) as uow:
            custody.confirm(
                uow, proposal_id=proposal, checksum=checksum, design=DESIGN, key=self.key,
                purpose=purpose, password_checked=True,
            )  # fmt: skip

    def load(self) -> None:
        self.confirm(self.bring(sealed()), SHA256)

    def proposal(self, number: int) -> ListProposal:
        with self.database.reading() as session:
            return session.get_one(ListProposal, number)


def sealed(
    *,
    seed: str = SEED,
    purpose: Purpose = "test",
    key: SealingKey = KEY,
    design: Design = DESIGN,
) -> str:
    made = generate(design, seed=seed, purpose=purpose)
    installation = ListKey.of_installation(key).public()
    return seal(made, installation=installation, recovery=RECOVERY.public())


SHA256 = generate(DESIGN, seed=SEED, purpose="test").sha256()


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    database = open_database(database_url)
    yield Desk(database)
    database.engine.dispose()


@pytest.fixture
def small_desk(sqlite_url: str) -> Iterator[Desk]:
    database = open_database(sqlite_url)
    yield Desk(database)
    database.engine.dispose()


def test_nobody_is_randomised_before_the_second_person_has_confirmed(desk: Desk) -> None:
    (subject,) = add_subjects(desk.database, 1)
    proposal = desk.bring(sealed())
    with pytest.raises(RandomisationClosed):
        request(desk.database, subject, stratum="ALLO", design=DESIGN)
    with desk.database.reading() as session:
        assert find_commitment(session, purpose="test") is None
        waiting = custody.find_waiting(session, purpose="test")
    assert waiting is not None
    assert (waiting.id, waiting.brought_by) == (proposal, "statistician")

    desk.confirm(proposal, SHA256)

    given = request(desk.database, subject, stratum="ALLO", design=DESIGN)
    assert given.number == "R001"
    made = generate(DESIGN, seed=SEED, purpose="test")
    with desk.database.reading() as session:
        found = session.scalars(select(AllocationListRow)).one()
        published = find_commitment(session, purpose="test")
        assert find_arm(session, subject, key=KEY) == made.slots_of("ALLO")[0].arm
    assert (found.loaded_by, found.confirmed_by) == ("statistician", "manager")
    assert published is not None
    assert json.loads(published) == made.commitment_document()
    assert desk.proposal(proposal).sealed is None


def altered(content: str) -> str:
    place = len(content) // 2
    return content[:place] + ("A" if content[place] != "A" else "B") + content[place + 1 :]


REFUSED = {
    "one character altered": (altered(sealed()), "damaged or was altered"),
    "truncated": (sealed()[:-40], "damaged or was altered"),
    "in clear": (generate(DESIGN, seed=SEED, purpose="test").write(), "in clear"),
    "another study": (sealed(design=replace(DESIGN, study="OTHER")), "made for study OTHER"),
    "another ratio": (sealed(design=replace(DESIGN, ratio=(2, 1), block_sizes=(6,))), "the ratio"),
    "for another key": (sealed(key=OTHER_KEY), "sealed for other keys"),
    "for production": (sealed(purpose="production"), "this installation is not in production"),
    "nothing": ("", "not a sealed allocation list"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_a_file_that_is_not_this_trial_s_list_is_refused_with_the_reason(
    small_desk: Desk, wrong: str
) -> None:
    content, said = REFUSED[wrong]
    with pytest.raises(ListRefused, match=said) as refusal:
        small_desk.bring(content)
    assert refusal.value.message.zh
    with small_desk.database.reading() as session:
        assert custody.find_waiting(session, purpose="test") is None
        assert session.scalars(select(ListProposal)).all() == []
    assert count_slots(small_desk.database) == 0


def test_a_test_list_is_refused_in_production(small_desk: Desk) -> None:
    with pytest.raises(ListRefused, match="this installation is in production"):
        small_desk.bring(sealed(), purpose="production")

    proposal = small_desk.bring(sealed(purpose="production"), purpose="production")
    with pytest.raises(NotFound):  # the purpose of an installation is not the confirmer's to choose
        small_desk.confirm(proposal, SHA256)


def test_the_second_person_is_another_and_holds_the_certificate(small_desk: Desk) -> None:
    both = Actor(username="statistician", role=Role.DATA_MANAGER)
    proposal = small_desk.bring(sealed())
    for by in (both, NURSE, STATISTICIAN, replace(MANAGER, role=None)):
        with pytest.raises(NotPermitted):
            small_desk.confirm(proposal, SHA256, by=by)
    for typed in ("", "0" * 64, SHA256[:15], SHA256 + "0", SHA256[1:]):
        with pytest.raises(ListRefused, match="not the checksum"):
            small_desk.confirm(proposal, typed)
    assert count_slots(small_desk.database) == 0

    grouped = " ".join(SHA256[start : start + 4].upper() for start in range(0, 16, 4))
    small_desk.confirm(proposal, grouped)

    assert count_slots(small_desk.database) == 24
    with pytest.raises(ListRefused, match="decided on in the meantime"):
        small_desk.confirm(proposal, SHA256)


@pytest.mark.parametrize("by", [NURSE, MANAGER, replace(STATISTICIAN, role=None)])
def test_only_the_statistician_brings_a_list(small_desk: Desk, by: Actor) -> None:
    with pytest.raises(NotPermitted):
        small_desk.bring(sealed(), by=by)


def test_one_list_waits_at_a_time_and_one_is_loaded_for_good(small_desk: Desk) -> None:
    proposal = small_desk.bring(sealed())
    with pytest.raises(ListRefused, match="waits for the second person already"):
        small_desk.bring(sealed(seed=OTHER_SEED))
    small_desk.confirm(proposal, SHA256)

    for again in (sealed(), sealed(seed=OTHER_SEED)):
        with pytest.raises(ListRefused, match="loaded once and never replaced"):
            small_desk.bring(again)


def test_a_refused_or_withdrawn_list_leaves_its_trace_and_makes_room(small_desk: Desk) -> None:
    first = small_desk.bring(sealed(seed=OTHER_SEED))
    with small_desk.database.unit_of_work(MANAGER, "randomisation.refuse") as uow:
        with pytest.raises(Refused):
            custody.refuse(uow, proposal_id=first, reason=" ", purpose="test")
        custody.refuse(uow, proposal_id=first, reason="not the certificate's", purpose="test")
    second = small_desk.bring(sealed())
    with (
        pytest.raises(NotPermitted),
        small_desk.database.unit_of_work(replace(STATISTICIAN, username="another"), "x") as uow,
    ):
        custody.withdraw(uow, proposal_id=second, purpose="test")
    with small_desk.database.unit_of_work(STATISTICIAN, "randomisation.withdraw") as uow:
        custody.withdraw(uow, proposal_id=second, purpose="test")

    small_desk.load()

    assert small_desk.proposal(first).state == ListState.REFUSED
    assert small_desk.proposal(second).state == ListState.WITHDRAWN
    assert {small_desk.proposal(one).sealed for one in (first, second)} == {None}


# --- a key lost, or replaced --------------------------------------------------------------------


def readdressed(content: str, *, key: SealingKey) -> str:
    """Do what the statistician does with the own copy: open it, and seal it for a new key."""
    made = receive(content, key=RECOVERY, design=DESIGN)
    installation = ListKey.of_installation(key).public()
    return seal(made, installation=installation, recovery=RECOVERY.public())


def test_a_lost_key_is_survived_with_the_statistician_s_copy(desk: Desk) -> None:
    made = generate(DESIGN, seed=SEED, purpose="test")
    copy = sealed()
    desk.confirm(desk.bring(copy), SHA256)
    before = add_subjects(desk.database, 3)
    for subject in before:
        request(desk.database, subject, stratum="ALLO", design=DESIGN)
    held = taken(desk.database)

    anew = Desk(desk.database, key=OTHER_KEY)
    (later,) = add_subjects(desk.database, 1)
    with pytest.raises(SealBroken):
        request(desk.database, later, stratum="ALLO", design=DESIGN, key=OTHER_KEY)
    with pytest.raises(ListRefused, match="sealed for other keys"):
        anew.bring(copy, act=ListAct.RESEAL)
    proposal = anew.bring(readdressed(copy, key=OTHER_KEY), act=ListAct.RESEAL)
    with pytest.raises(NotPermitted):
        anew.confirm(proposal, SHA256, by=STATISTICIAN, act=ListAct.RESEAL)
    anew.confirm(proposal, SHA256, act=ListAct.RESEAL)

    assert taken(desk.database) == held
    given = request(desk.database, later, stratum="ALLO", design=DESIGN, key=OTHER_KEY)
    assert given.number == "R004"
    arms = [slot.arm for slot in made.slots_of("ALLO")]
    with desk.database.reading() as session:
        found = [find_arm(session, one, key=OTHER_KEY) for one in (*before, later)]
        assert found == arms[:4]
        with pytest.raises(SealBroken):
            find_arm(session, before[0], key=KEY)
        for key, fits in ((KEY, False), (OTHER_KEY, True)):
            told = status(session, design=DESIGN, key=key, purpose="test")
            assert told is not None
            assert told.fits_key is fits
        (detail,) = session.scalars(
            select(AuditEntry.new)
            .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
            .where(AuditTransaction.action == "randomisation.reseal", AuditEntry.kind == "event")
        )
    fact = json.loads(detail)
    assert (fact["slots"], fact["proposed_by"]) == (24, "statistician")
    assert (fact["key_before"], fact["key_fingerprint"]) == (
        KEY.fingerprint(),
        OTHER_KEY.fingerprint(),
    )


def test_an_envelope_that_waits_is_entered_again_after_the_key_was_replaced(
    small_desk: Desk,
) -> None:
    small_desk.load()
    (subject,) = add_subjects(small_desk.database, 1)
    with small_desk.database.unit_of_work(NURSE, "envelope.enter") as uow:
        stratum = uow.session.scalars(select(StratumRow).order_by(StratumRow.id)).first()
        assert stratum is not None
        envelope = Envelope(
            subject_id=subject, stratum_id=stratum.id, sequence=1, sealed_arm="under the old key",
            unsealed_at=clock.now(), unsealed_by="nurse", reason="power cut", entered_by="nurse",
            entered_role="research_nurse", entered_at=clock.now(), state="waiting", passed_over=0,
        )  # fmt: skip
        uow.session.add(envelope)
    anew = Desk(small_desk.database, key=OTHER_KEY)
    copy = readdressed(sealed(), key=OTHER_KEY)
    anew.confirm(anew.bring(copy, act=ListAct.RESEAL), SHA256, act=ListAct.RESEAL)
    with small_desk.database.reading() as session:
        (found,) = session.scalars(select(Envelope))
    assert (found.state, found.decided_by) == ("refused", "manager")
    assert "Enter the paper again" in (found.decision or "")


def taken(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        rows = session.execute(
            select(
                Slot.id, Slot.subject_id, Slot.randomisation_number, Slot.allocated_at,
                Slot.allocated_by, Slot.slot_hash,
            ).order_by(Slot.id)
        )  # fmt: skip
        return [tuple(row) for row in rows]


def test_a_copy_of_another_list_reseals_nothing(small_desk: Desk) -> None:
    small_desk.load()
    anew = Desk(small_desk.database, key=OTHER_KEY)
    with pytest.raises(ListRefused, match="copy of another list"):
        anew.bring(sealed(seed=OTHER_SEED, key=OTHER_KEY), act=ListAct.RESEAL)
    with pytest.raises(ListRefused, match="under this installation's key already"):
        small_desk.bring(sealed(), act=ListAct.RESEAL)


def test_without_a_loaded_list_there_is_nothing_to_reseal(small_desk: Desk) -> None:
    with pytest.raises(ListRefused, match="No list is loaded"):
        small_desk.bring(sealed(), act=ListAct.RESEAL)


# --- the database itself ------------------------------------------------------------------------

FIXED = (
    ("allocation_list", "root = 'x'"),
    ("allocation_list", "commitment = '{}'"),
    ("allocation_list", "confirmed_by = 'nobody'"),
    ("allocation_list", "key_fingerprint = 'x'"),
    ("allocation_list", "allocated = allocated + 2"),
    ("allocation_list", "allocated = allocated - 1"),
    ("stratum", "stratum = 'OTHER'"),
    ("slot", "slot_hash = 'x'"),
    ("slot", "sequence = 99"),
    ("slot", "sealed_arm = 'x'"),
    ("slot", "stratum_id = 2"),
    ("slot", "subject_id = NULL, randomisation_number = NULL, allocated_at = NULL"),
    ("slot", "subject_id = 2"),
    ("slot", "allocated_by = 'somebody'"),
    ("slot", "entered_at = allocated_at"),
    ("list_proposal", "sha256 = 'x'"),
    ("list_proposal", "decided_by = 'somebody'"),
)


def change_by_hand(database: Database, table: str, change: str, *, where: str = "") -> None:
    """Change the first row of a table as a stray script would that even writes a trail."""
    where = where or ("subject_id IS NOT NULL" if table == "slot" else "id = 1")
    with writing(database) as connection:
        transaction = connection.execute(
            text(
                "INSERT INTO audit_transaction (at, username, role, action, request_id, address)"
                " VALUES ('2026-01-01T00:00:00+00:00', 'x', '', 'x', '', '') RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text(
                f"UPDATE {table} SET {change}, audit_id = :audit"  # noqa: S608 - our own names
                f" WHERE id = (SELECT min(id) FROM {table} WHERE {where})"
            ),
            {"audit": (transaction << ENTRY_BITS) + 1},
        )


def test_the_database_refuses_to_change_a_loaded_list_even_with_a_trail(desk: Desk) -> None:
    desk.load()
    first, _ = add_subjects(desk.database, 2)
    request(desk.database, first, stratum="AUTO", design=DESIGN)

    for table, change in FIXED:
        with pytest.raises(DatabaseError, match="change of what is fixed"):
            change_by_hand(desk.database, table, change)
    for table in ("allocation_list", "stratum", "slot", "list_proposal"):
        with pytest.raises(DatabaseError), writing(desk.database) as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


def test_a_slot_passed_over_never_comes_back_into_the_line(desk: Desk) -> None:
    desk.load()
    with desk.database.unit_of_work(system_actor(), "envelope.confirm") as uow:
        uow.session.get_one(Slot, 3).passed_over_at = clock.now()

    for change in ("passed_over_at = NULL", "passed_over_at = entered_at"):
        with pytest.raises(DatabaseError, match="change of what is fixed"):
            change_by_hand(desk.database, "slot", change, where="passed_over_at IS NOT NULL")
