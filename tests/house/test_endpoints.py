"""Every address × method × visitor: what each gets is written here by hand, and asked for real.

The table says which permissions open an endpoint. It is not read from the views: a changed mark,
and an endpoint nobody wrote down, fail here. What a role holds is ``GRANTS``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from edc.permissions import GRANTS, Permission, Role
from edc.web.guard import access_of
from tests.support.client import BrowserClient
from tests.support.visitors import ANONYMOUS, ROLES, STRANGERS, UNSAFE, VISITORS, Doorstep
from tests.support.world import NEWCOMER, ROLES_EVERYWHERE

OPEN = "open to all"
SIGNED_IN = "everyone signed in"
P = Permission
ENTER = frozenset(
    {P.CRF_ENTER, P.CRF_ASSESS, P.RANDOMISATION_CORRECT, P.SAFETY_ASSESS, P.DEVIATION_REVIEW}
)
UNMASK = frozenset({P.UNMASK_APPROVE, P.UNMASK_READ, P.UNMASK_REQUEST})

WHO: dict[str, str | frozenset[Permission]] = {
    "account.change_password": SIGNED_IN,
    "account.end_other_sessions": SIGNED_IN,
    "account.end_session": SIGNED_IN,
    "account.me": SIGNED_IN,
    "account.ping": SIGNED_IN,
    "account.sign_in": OPEN,
    "account.sign_out": SIGNED_IN,
    "arms.download": frozenset({P.ARMS_READ}),
    "arms.index": frozenset({P.ARMS_READ, P.ARMS_RELEASE}),
    "arms.sign": frozenset({P.ARMS_RELEASE}),
    "audit.export": frozenset({P.AUDIT_EXPORT}),
    "audit.index": frozenset({P.AUDIT_READ}),
    "audit.item_history": frozenset({P.CRF_READ}),
    "balance.index": frozenset({P.ENROLMENT_READ}),
    "crf.drop_draft": ENTER,
    "crf.keep_draft": ENTER,
    "crf.page": frozenset({P.CRF_READ}),
    "crf.preview": ENTER,
    "crf.save": ENTER,
    "custody.bring": frozenset({P.RANDOMISATION_MANAGE}),
    "custody.commitment": OPEN,
    "custody.commitment_file": OPEN,
    "custody.confirm": frozenset({P.RANDOMISATION_CONFIRM}),
    "custody.index": frozenset({P.RANDOMISATION_STATUS}),
    "custody.refuse": frozenset({P.RANDOMISATION_CONFIRM}),
    "custody.withdraw": frozenset({P.RANDOMISATION_MANAGE}),
    "deviations.index": frozenset({P.DEVIATION_READ}),
    "deviations.page": frozenset({P.DEVIATION_READ}),
    "deviations.refuse": frozenset({P.DEVIATION_REFUSE}),
    "enrolment.index": frozenset({P.ENROLMENT_READ}),
    "enrolment.people": frozenset({P.ENROLMENT_READ}),
    "envelopes.confirm": frozenset({P.ENVELOPE_ENTER}),
    "envelopes.enter": frozenset({P.ENVELOPE_ENTER}),
    "envelopes.page": frozenset({P.ENVELOPE_ENTER}),
    "envelopes.refuse": frozenset({P.ENVELOPE_ENTER}),
    "files.show": frozenset({P.CRF_READ}),
    "linking.confirm": frozenset({P.LINKING_CONFIRM}),
    "linking.index": frozenset({P.LINKING_CONFIRM, P.LINKING_PROPOSE}),
    "linking.propose": frozenset({P.LINKING_PROPOSE}),
    "linking.refuse": frozenset({P.LINKING_CONFIRM}),
    "locks.ask_unlock": frozenset({P.STUDY_LOCK}),
    "locks.casebook": frozenset({P.STUDY_LOCK}),
    "locks.confirm_unlock": frozenset({P.STUDY_UNLOCK}),
    "locks.index": frozenset({P.STUDY_LOCK, P.STUDY_UNLOCK, P.ARMS_RELEASE}),
    "locks.lock": frozenset({P.STUDY_LOCK}),
    "locks.lock_part": frozenset({P.STUDY_LOCK}),
    "locks.unlock_part": frozenset({P.STUDY_LOCK}),
    "locks.verify": frozenset({P.STUDY_LOCK, P.STUDY_UNLOCK, P.ARMS_RELEASE}),
    "locks.withdraw_unlock": frozenset({P.STUDY_LOCK, P.STUDY_UNLOCK}),
    "notices.index": frozenset({P.NOTICE_READ}),
    "notices.seen": frozenset({P.NOTICE_READ}),
    "logs.mark": frozenset({P.CRF_ENTER}),
    "logs.show": frozenset({P.CRF_READ}),
    "pages.health": OPEN,
    "pages.home": SIGNED_IN,
    "pages.language": OPEN,
    "queries.act": frozenset({P.QUERY_ANSWER, P.QUERY_RAISE}),
    "queries.ask": frozenset({P.QUERY_RAISE}),
    "queries.export": frozenset({P.QUERY_EXPORT}),
    "queries.index": frozenset({P.QUERY_READ}),
    "queries.page": frozenset({P.QUERY_READ}),
    "queries.raise_": frozenset({P.QUERY_RAISE}),
    "randomisation.allocation": frozenset({P.CRF_READ}),
    "randomisation.page": frozenset({P.RANDOMISATION_REQUEST}),
    "randomisation.randomise": frozenset({P.RANDOMISATION_REQUEST}),
    "proofs.one": frozenset({P.CRF_READ}),
    "proofs.program": OPEN,
    "product.batch": frozenset({P.PRODUCT_READ}),
    "product.check_dose": frozenset({P.CRF_ENTER}),
    "product.index": frozenset({P.PRODUCT_READ}),
    "recruitment.change": frozenset(
        {P.RANDOMISATION_REOPEN, P.RANDOMISATION_RESUME, P.RANDOMISATION_STOP}
    ),
    "recruitment.index": frozenset({P.ENROLMENT_READ, P.ENVELOPE_ENTER}),
    "registers.add": frozenset({P.SITE_MANAGE, P.PRODUCT_MANAGE}),
    "registers.correct": frozenset({P.SITE_MANAGE, P.PRODUCT_MANAGE}),
    "registers.file": frozenset({P.SITE_MANAGE, P.PRODUCT_MANAGE, P.PRODUCT_READ}),
    "registers.index": frozenset({P.SITE_MANAGE}),
    "reports.show_endpoints": frozenset({P.ENROLMENT_READ}),
    "reports.show_reconciliation": frozenset({P.CRF_READ}),
    "safety.deadlines": frozenset({P.SAFETY_READ}),
    "safety.review": frozenset({P.SAFETY_SEND}),
    "safety.send": frozenset({P.SAFETY_SEND}),
    "safety.sent": frozenset({P.CRF_READ}),
    "signing.page": frozenset({P.CRF_SIGN}),
    "signing.sign": frozenset({P.CRF_SIGN}),
    "subjects.casebook": frozenset({P.CRF_READ}),
    "subjects.index": frozenset({P.SUBJECT_LIST}),
    "subjects.not_enrolled": frozenset({P.SUBJECT_SCREEN}),
    "subjects.rescreen": frozenset({P.SUBJECT_SCREEN}),
    "subjects.screen": frozenset({P.SUBJECT_SCREEN}),
    "unmasking.ask": frozenset({P.UNMASK_REQUEST}),
    "unmasking.assess": frozenset({P.UNMASK_APPROVE}),
    "unmasking.decide": frozenset({P.UNMASK_APPROVE}),
    "unmasking.index": UNMASK,
    "unmasking.look": frozenset({P.UNMASK_REQUEST}),
    "unmasking.page": UNMASK,
    "unmasking.report": frozenset({P.UNMASK_REQUEST}),
    "unmasking.show": frozenset({P.UNMASK_REQUEST}),
    "users.activate": frozenset({P.USER_MANAGE}),
    "users.change_role": frozenset({P.USER_MANAGE}),
    "users.create": frozenset({P.USER_MANAGE}),
    "users.deactivate": frozenset({P.USER_MANAGE}),
    "users.end_role": frozenset({P.USER_MANAGE}),
    "users.end_sessions": frozenset({P.USER_MANAGE}),
    "users.give_role": frozenset({P.USER_MANAGE}),
    "users.index": frozenset({P.USER_MANAGE}),
    "users.set_email": frozenset({P.USER_MANAGE}),
    "users.person": frozenset({P.USER_MANAGE}),
    "users.reset_password": frozenset({P.USER_MANAGE}),
    "visits.calendar": frozenset({P.CRF_READ}),
    "visits.page": frozenset({P.CRF_READ}),
    "visits.sheet": frozenset({P.CRF_READ}),
}
"""Who may reach each endpoint; a set of permissions means holders of any of them."""

# Until the one-time password is changed, only these lead anywhere.
OPEN_TO_NEWCOMERS = {"account.change_password", "account.ping", "account.sign_out"}

FIELDS = {"audit.export": {"format": "csv"}, "queries.export": {"format": "csv"}}
"""What a request must carry to be carried out; most views need no more than to be asked."""

REACHED = {200, 204, 302, 303, 404, 409, 413, 422}
"""How a view answers that was reached: 404 only where the sample names nothing."""
NAMES_NOTHING = {
    "account.end_session", "custody.confirm", "custody.refuse", "custody.withdraw",
    "envelopes.refuse", "files.show",
    "linking.confirm", "linking.refuse",
    "locks.confirm_unlock", "locks.unlock_part", "unmasking.assess",
    "product.check_dose", "registers.file",
}  # fmt: skip


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def may(visitor: str, endpoint: str) -> bool:
    """Return what the table says: whether the visitor reaches the view."""
    who = WHO[endpoint]
    if who == OPEN:
        return True
    if visitor in STRANGERS:
        return False
    if who == SIGNED_IN or visitor == NEWCOMER:
        return who == SIGNED_IN
    assert not isinstance(who, str)
    return not GRANTS[Role(visitor)].isdisjoint(who)


def send(
    browser: BrowserClient, method: str, path: str, token: str | None, endpoint: str = ""
) -> TestResponse:
    fields = dict(FIELDS.get(endpoint, {})) if method in UNSAFE else {}
    if token is not None and method in UNSAFE:
        fields["csrf_token"] = token
    return browser.client.open(
        path, method=method, data=fields or None, environ_overrides=browser.environ
    )


def goes_to(answer: TestResponse, path: str) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].split("?")[0] == path


def judge(  # noqa: PLR0911 - a line each for what a visitor can be told
    visitor: str, endpoint: str, method: str, answer: TestResponse
) -> str | None:
    """Return what is wrong with an answer to a request that carries a good token."""
    if answer.status_code >= 500:
        return "a fault"
    if WHO[endpoint] == OPEN:
        return None if answer.status_code in REACHED - {404} else "not open"
    if visitor in STRANGERS:
        return None if goes_to(answer, "/sign-in") else "not sent to sign in"
    if visitor == NEWCOMER:
        if endpoint in OPEN_TO_NEWCOMERS:
            return None if answer.status_code in REACHED - {404} else "not reached"
        return None if goes_to(answer, "/account/password") else "not sent to the password"
    if not may(visitor, endpoint):
        return None if answer.status_code == 403 else "not refused"
    expected = {200, 302} if method not in UNSAFE else REACHED
    if answer.status_code == 404:
        return None if endpoint in NAMES_NOTHING else "nothing found"
    if goes_to(answer, "/sign-in") or answer.status_code not in expected:
        return "not reached"
    return None


def test_every_endpoint_is_marked_and_written_down_here(doorstep: Doorstep) -> None:
    endpoints = {rule.endpoint for rule in doorstep.rules()}
    assert endpoints == set(WHO)
    unlike = []
    for endpoint in endpoints:
        access, who = access_of(doorstep.app, endpoint), WHO[endpoint]
        assert access is not None, f"{endpoint} has no mark"
        marked: str | frozenset[Permission] = frozenset(access.permissions) or SIGNED_IN
        if (OPEN if access.is_open else marked) != who:
            unlike.append(endpoint)
    assert unlike == []


def test_an_endpoint_without_a_mark_is_refused_to_everyone(doorstep: Doorstep) -> None:
    doorstep.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answers = {
        visitor: doorstep.browser(visitor).get("/forgotten").status_code for visitor in VISITORS
    }
    assert set(answers.values()) == {403}


@pytest.mark.parametrize("visitor", VISITORS)
def test_each_visitor_reaches_what_the_table_says_and_nothing_else(
    doorstep: Doorstep, visitor: str
) -> None:
    wrong = []
    for rule, method in doorstep.operations():
        # A browser each: some of the acts end the session.
        browser = doorstep.browser(visitor)
        path = doorstep.path(rule, visitor)
        answer = send(browser, method, path, browser.csrf_token(), rule.endpoint)
        if problem := judge(visitor, rule.endpoint, method, answer):
            wrong.append(f"{method} {path} ({rule.endpoint}) {answer.status_code}: {problem}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("visitor", VISITORS)
def test_no_write_is_taken_without_the_token_of_this_session(
    doorstep: Doorstep, visitor: str
) -> None:
    browser = doorstep.browser(visitor)
    browser.csrf_token()
    foreign = doorstep.browser(Role.INVESTIGATOR).csrf_token()
    wrong = []
    for rule, method in doorstep.operations():
        reachable = may(visitor, rule.endpoint) and not (
            visitor == NEWCOMER and WHO[rule.endpoint] != OPEN
            and rule.endpoint not in OPEN_TO_NEWCOMERS
        )  # fmt: skip
        if method not in UNSAFE or not reachable:
            continue
        for kind, token in (("no", None), ("a forged", "forged"), ("another's", foreign)):
            answer = send(browser, method, doorstep.path(rule, visitor), token, rule.endpoint)
            if answer.status_code != 400:
                wrong.append(f"{method} {rule.endpoint}, {kind} token: {answer.status_code}")
    assert wrong == []


def blank(answer: TestResponse) -> str:
    """Return the body without what differs between any two answers: number, time, own address."""
    body = answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")
    body = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", "", body)
    body = re.sub(r'name="csrf[-_]token"[^>]*', "", body)
    return body.replace(answer.request.path, "")


@pytest.mark.parametrize("visitor", sorted({*ROLES} - ROLES_EVERYWHERE))
def test_another_sites_participant_is_answered_as_one_who_does_not_exist(
    doorstep: Doorstep, visitor: str
) -> None:
    wrong = []
    asked = 0
    for rule, method in doorstep.operations():
        if "subject_id" not in rule.arguments or not may(visitor, rule.endpoint):
            continue
        browser = doorstep.browser(visitor)
        token = browser.csrf_token()
        answers = [
            send(browser, method, doorstep.path(rule, visitor, subject_id=subject_id), token)
            for subject_id in (doorstep.world.elsewhere, 987654321)
        ]
        asked += 1
        if [answer.status_code for answer in answers] != [404, 404]:
            wrong.append(f"{method} {rule.endpoint}: {[a.status_code for a in answers]}")
        elif blank(answers[0]) != blank(answers[1]):
            wrong.append(f"{method} {rule.endpoint}: the bodies differ")
    assert wrong == []
    assert asked > 0 or not {P.CRF_READ, P.CRF_SIGN} & GRANTS[Role(visitor)]


def test_another_sites_register_is_answered_as_one_that_does_not_exist(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.DATA_MANAGER)
    paths = [f"/registers/{site}/ICF/new" for site in (doorstep.world.other_site_id, 98765)]
    for method in ("GET", "POST"):
        answers = [send(browser, method, path, browser.csrf_token()) for path in paths]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert blank(answers[0]) == blank(answers[1])


def test_a_role_counts_only_at_the_site_where_it_is_held(doorstep: Doorstep) -> None:
    from edc.models import RoleGrant
    from edc.services.unit_of_work import system_actor
    from tests.factories import database_of

    nurse = doorstep.world.person(Role.RESEARCH_NURSE)
    with database_of(doorstep.app).unit_of_work(system_actor(), "account.role_give") as uow:
        uow.session.add(
            RoleGrant(
                user_id=nurse.id,
                site_id=doorstep.world.other_site_id,
                role=str(Role.MONITOR),
                is_active=True,
            )
        )
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    place = "crf/SCR/DM/1"
    own, other = doorstep.world.subjects["soc"], doorstep.world.elsewhere
    assert browser.get(f"/subjects/{own}/{place}").status_code == 200
    assert browser.get(f"/subjects/{other}/{place}").status_code == 200
    assert browser.post(f"/subjects/{own}/{place}/preview").status_code == 200
    assert browser.post(f"/subjects/{other}/{place}/preview").status_code == 403


def test_a_right_taken_away_is_gone_at_the_next_request(doorstep: Doorstep) -> None:
    from edc.models import RoleGrant
    from edc.services.unit_of_work import system_actor
    from tests.factories import database_of

    browser = doorstep.browser(Role.MONITOR)
    assert browser.get("/subjects").status_code == 200
    with database_of(doorstep.app).unit_of_work(system_actor(), "account.role_end") as uow:
        grant = uow.session.get_one(RoleGrant, doorstep.world.grant_of(Role.MONITOR).id)
        grant.is_active = False
    assert browser.get("/subjects").status_code == 403


def test_the_matrix_is_counted(doorstep: Doorstep) -> None:
    operations = doorstep.operations()
    cells = len(operations) * len(VISITORS)
    sys.stdout.write(f"{len(WHO)} endpoints, {len(operations)} operations, {cells} cells\n")
    assert len(VISITORS) == len(Role) + 3
    assert ANONYMOUS in VISITORS
    assert cells >= len(WHO) * len(VISITORS)
