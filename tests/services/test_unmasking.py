"""Emergency and accidental unmasking: who asks, who approves, shown once, and what it marks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import EdcError, NotFound, NotPermitted, Refused
from edc.models import AuditEntry, AuditTransaction, Notice, OutgoingMail, Unmasking, User
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN
from edc.randomization.masking import UNMASKED_ROLES
from edc.services import unmasking
from edc.services.casebooks import open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.randomize import arm_of
from edc.services.submissions import Submission
from tests.factories import create_user, open_database
from tests.services.casebook_support import KEY, open_ward, ready_subject
from tests.services.unmasking_support import WHY, Masked, masked

ARMS = [text for arm in DESIGN.arms for text in (arm.code, arm.label.en, arm.label.zh)]
DAY_1 = ("DA01", "OM", 1)


@pytest.fixture
def whom(database_url: str) -> Masked:
    return masked(open_ward(open_database(database_url)))


@pytest.fixture
def one(sqlite_url: str) -> Masked:
    """Return the same where the kind of database makes no difference."""
    return masked(open_ward(open_database(sqlite_url)))


def refusal(act: object, *given: object) -> str:
    with pytest.raises(Refused) as caught:
        act(*given)  # type: ignore[operator]
    return f"{caught.value.rule} {caught.value.message.en}"


def assess(
    whom: Masked, visit: str = "DA01", *, by: User | None = None, role: Role | None = None,
    reason: str = "", **changes: str,
) -> Saved:  # fmt: skip
    """Save an assessment of the mouth, today unless told otherwise."""
    user, place = by or whom.assessor, (visit, "OM", 1)
    with whom.ward.database.reading() as session:
        version = open_casebook(session, whom.subject_id).versions.get(place, 0)
    today = clock.local(whom.now or clock.now()).date().isoformat()
    values = {"OMPERF": "Y", "OMDAT": today, "OMLOC": "VID", "OMMASK": "Y", "OMWHO": "1"} | changes
    with whom.act(user, role or Role.OUTCOME_ASSESSOR, "crf.save") as uow:
        return save_crf(
            uow, subject_id=whom.subject_id, visit=visit, form="OM", row=1, key=KEY,
            submission=Submission(
                typed={(code, 1): value for code, value in values.items()},
                version=version, reason=reason,
            ),
        )  # fmt: skip


def mask_of(whom: Masked, visit: str = "DA01") -> str | None:
    with whom.ward.database.reading() as session:
        return open_casebook(session, whom.subject_id).book.value("OM", "OMMASK", visit)


def test_the_arm_is_shown_once_to_the_person_whose_request_another_approved(whom: Masked) -> None:
    number = whom.ask()
    whom.approve(number)
    with whom.ward.database.reading() as session:
        arm = arm_of(session, whom.subject_id, role=Role.INVESTIGATOR, key=KEY)
    assert whom.show(number) == arm
    assert "shown once" in refusal(whom.show, number)
    again = whom.ask()
    whom.approve(again)
    assert whom.show(again) == arm, "a second look needs a second request"


def test_a_request_unapproved_shows_nothing(one: Masked) -> None:
    number = one.ask()
    assert "not approved" in refusal(one.show, number)


def test_a_refused_request_shows_nothing_and_keeps_the_reason(one: Masked) -> None:
    number = one.ask()
    with one.act(one.officer, Role.SAFETY_OFFICER, "unmasking.refuse") as uow:
        unmasking.refuse(
            uow, subject_id=one.subject_id, unmasking_id=number, reason="care does not change"
        )
    assert one.row(number).decision == "care does not change"
    assert "not approved" in refusal(one.show, number)
    assert "decided already" in refusal(one.approve, number)
    one.ask()


def test_nobody_who_sees_the_arm_asks_for_it(one: Masked) -> None:
    for role in UNMASKED_ROLES:
        assert Permission.UNMASK_REQUEST not in GRANTS[role]
        with pytest.raises(NotPermitted):
            one.ask(create_user(one.ward.database, role=role), role)


def test_whoever_asks_does_not_approve_it(one: Masked) -> None:
    number = one.ask(one.officer, Role.SAFETY_OFFICER)
    with pytest.raises(NotPermitted):
        one.approve(number, one.officer, Role.SAFETY_OFFICER)
    one.approve(number)
    assert one.show(number, one.officer, Role.SAFETY_OFFICER) in {"SOC", "MSC"}


def test_only_the_investigator_and_the_medical_monitor_approve(one: Masked) -> None:
    number = one.ask()
    others = [role for role in Role if Permission.UNMASK_APPROVE not in GRANTS[role]]
    assert set(Role) - set(others) == {Role.INVESTIGATOR, Role.SAFETY_OFFICER}
    for role in others:
        with pytest.raises(NotPermitted):
            one.approve(number, create_user(one.ward.database, role=role), role)


def test_nobody_else_is_shown_the_arm(one: Masked) -> None:
    number = one.ask()
    one.approve(number)
    other = create_user(one.ward.database, role=Role.OUTCOME_ASSESSOR)
    with pytest.raises(NotPermitted):
        one.show(number, other)
    with pytest.raises(NotFound):
        one.show(987654)


def test_a_request_expires_after_a_day_and_so_does_its_approval(one: Masked) -> None:
    number = one.ask()
    one.later(25)
    assert "expired" in refusal(one.approve, number)
    number = one.ask()
    one.later(23)
    one.approve(number, one.officer, Role.SAFETY_OFFICER)
    one.later(25)
    assert "expired" in refusal(one.show, number)
    assert one.row(number).shown_at is None


def test_it_works_in_the_middle_of_the_night_of_a_holiday(one: Masked) -> None:
    start = clock.local(clock.now()) + timedelta(days=365)
    one.now = start.replace(month=1, day=1, hour=3, minute=12)
    assert one.unmasked() in {"SOC", "MSC"}


def test_one_waiting_request_a_person_is_enough(one: Masked) -> None:
    one.ask()
    assert "asked already" in refusal(one.ask)


def test_there_is_no_arm_before_randomisation(one: Masked) -> None:
    before = Masked(one.ward, ready_subject(one.ward), one.assessor, one.officer)
    assert "not randomised" in refusal(before.ask)


UNUSABLE = [
    ("", WHY, "REASON"), ("ACC", WHY, "REASON"), ("X' OR 1", WHY, "REASON"),
    ("SAFE", "  ", "REASON"), ("SAFE", "x" * 501, "REASON"), ("SAFE", "a\x00b", "REASON"),
    ("SAFE", "call 13800001234", "PRIVACY"),
]  # fmt: skip


def test_a_request_needs_a_reason_that_names_nobody(one: Masked) -> None:
    for why, text, rule in UNUSABLE:
        with pytest.raises(Refused) as caught, one.act(one.assessor, Role.OUTCOME_ASSESSOR) as uow:
            unmasking.ask(
                uow, subject_id=one.subject_id, why=why, explanation=text, password_checked=True
            )
        assert caught.value.rule == rule
    with one.ward.database.reading() as session:
        assert session.scalars(select(Unmasking)).all() == []


def test_of_approvals_at_once_one_counts_and_of_showings_at_once_one_shows(whom: Masked) -> None:
    number = whom.ask()

    def attempt(act: object, *given: object) -> str:
        try:
            return str(act(*given) or "done")  # type: ignore[operator]
        except EdcError as error:
            return f"refused {error.rule}"

    with ThreadPoolExecutor(4) as pool:
        approved = list(
            pool.map(
                lambda n: attempt(
                    whom.approve, number,
                    *((whom.officer, Role.SAFETY_OFFICER) if n % 2 else ()),
                ),
                range(4),
            )
        )  # fmt: skip
        shown = list(pool.map(lambda _: attempt(whom.show, number), range(4)))
    assert sorted(approved) == ["done", *["refused UNMASK"] * 3]
    assert sorted(one[:7] for one in shown)[-3:] == ["refused"] * 3
    assert len([one for one in shown if not one.startswith("refused")]) == 1


def test_the_row_of_unbl_says_who_and_when_and_fires_the_notice(whom: Masked) -> None:
    number = whom.ask()

    def row() -> dict[str, str | None]:
        with whom.ward.database.reading() as session:
            book = open_casebook(session, whom.subject_id).book
            return {code: book.value("UNBL", code) for code in ("UBWHY", "UBTX", "UBBY", "UBDTM")}

    def notices() -> list[str]:
        with whom.ward.database.reading() as session:
            return [one.check_id for one in session.scalars(select(Notice)) if one.form == "UNBL"]

    assert (row()["UBWHY"], notices()) == (None, [])
    whom.approve(number)
    investigator = whom.ward.investigator.username
    assert (row()["UBWHY"], row()["UBTX"]) == ("SAFE", WHY)
    assert row()["UBBY"] == f"{whom.assessor.username}; {investigator}"
    assert notices() == ["UNBL-01"]
    whom.show(number)
    told = whom.assessor.username
    assert row()["UBBY"] == f"{told}; {investigator}; {told}"
    assert row()["UBDTM"] is not None
    assert whom.row(number).unbl_row == 1


def test_neither_mail_nor_trail_nor_row_holds_an_arm(whom: Masked) -> None:
    with whom.ward.database.unit_of_work(whom.ward_actor(), "account.give_address") as uow:
        for user in (whom.officer, whom.ward.investigator):
            uow.session.get_one(User, user.id).email = f"{user.username}@example.org"
    with whom.ward.database.reading() as session:
        before = session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc())).first() or 0
    arm = whom.unmasked()
    with whom.ward.database.reading() as session:
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        told = [(one.kind, one.username) for one in mails if one.kind != "randomised"]
        both = sorted((whom.officer.username, whom.ward.investigator.username))
        assert sorted(told) == [
            (kind, name) for kind in ("unmasked", "unmasking_asked") for name in both
        ]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.id > before)).all()
        acts = session.scalars(
            select(AuditTransaction.action).where(
                AuditTransaction.id.in_({one.transaction_id for one in entries})
            ).order_by(AuditTransaction.id)
        ).all()  # fmt: skip
        kept = [one.facts for one in mails] + [f"{one.old} {one.new}" for one in entries]
    assert acts == ["unmasking.ask", "unmasking.approve", "unmasking.show"]
    assert arm in ARMS
    assert [text for text in kept for word in ARMS if word in text] == []


def test_a_later_assessment_by_that_person_is_marked_and_stays_so(whom: Masked) -> None:
    whom.unmasked()
    saved = assess(whom)
    assert mask_of(whom) == "N"
    assert "OM-13" in {finding.id for finding in saved.warnings}
    assess(whom, OMMASK="Y")
    assert mask_of(whom) == "N"
    assess(whom, by=whom.ward.investigator, role=Role.INVESTIGATOR, OMMASK="Y")
    assert mask_of(whom) == "N", "nobody changes it back"


def test_an_assessment_made_before_stays_as_it_was(whom: Masked) -> None:
    assess(whom, OMWHO="2")
    whom.later(1)
    whom.unmasked()
    assert mask_of(whom) == "Y"
    assess(whom, OMWHO="1", reason="misread")
    assert mask_of(whom) == "Y"


def test_another_persons_assessment_is_not_marked(one: Masked) -> None:
    one.unmasked()
    other = create_user(one.ward.database, role=Role.OUTCOME_ASSESSOR, site=one.ward.site)
    assess(one, by=other)
    assert mask_of(one) == "Y"


def test_an_assessment_said_to_be_of_an_earlier_day_is_marked_when_the_day_is_moved(
    one: Masked,
) -> None:
    one.later(48)
    one.unmasked()
    earlier = (clock.local(one.now or clock.now()) - timedelta(days=1)).date().isoformat()
    assess(one, OMDAT=earlier)
    assert mask_of(one) == "Y"
    assess(one, reason="wrong day")
    assert mask_of(one) == "N"


def test_who_learned_an_arm_by_accident_reports_it_and_is_marked_likewise(whom: Masked) -> None:
    assess(whom)
    whom.later(24)
    number = whom.report((whom.now or clock.now()) - timedelta(hours=1))
    found = whom.row(number)
    assert (found.kind, found.state, found.why) == ("accidental", "reported", "ACC")
    assert mask_of(whom) == "Y"
    assess(whom, "DA02")
    assert mask_of(whom, "DA02") == "N"
    with whom.ward.database.reading() as session:
        book = open_casebook(session, whom.subject_id).book
        assert book.value("UNBL", "UBBY") == f"—; —; {whom.assessor.username}"


def test_an_arm_is_learned_between_randomisation_and_now(one: Masked) -> None:
    for hours in (-1, 24 * 400):
        assert refusal(one.report, clock.now() - timedelta(hours=hours)).startswith("TIME")


def test_what_is_written_of_an_unmasking_names_no_arm(one: Masked) -> None:
    number = one.ask()
    assert refusal(one.report, clock.now(), "the nurse said MSC").startswith("ARM")
    refusing = one.act(one.officer, Role.SAFETY_OFFICER, "unmasking.refuse")
    with pytest.raises(Refused, match="names an arm"), refusing as uow:
        unmasking.refuse(uow, subject_id=one.subject_id, unmasking_id=number, reason="已知为对照组")
    judging = one.act(one.ward.investigator, Role.INVESTIGATOR, "unmasking.assess")
    with pytest.raises(Refused, match="names an arm"), judging as uow:
        unmasking.assess(uow, unmasking_id=number, impact="none, it is SOC")
    assert one.row(number).decision is one.row(number).impact is None


def test_whoever_judges_the_impact_is_not_the_one_who_learned(one: Masked) -> None:
    number = one.ask(one.officer, Role.SAFETY_OFFICER)
    with (
        pytest.raises(NotPermitted),
        one.act(one.officer, Role.SAFETY_OFFICER, "unmasking.assess") as uow,
    ):
        unmasking.assess(uow, unmasking_id=number, impact="none")
    with one.act(one.ward.investigator, Role.INVESTIGATOR, "unmasking.assess") as uow:
        unmasking.assess(uow, unmasking_id=number, impact="no assessment was made since")
    assert one.row(number).impact == "no assessment was made since"
