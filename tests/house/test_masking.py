"""No arm reaches a masked role by any way out: page, download, trail, header or log.

The world has participants of both arms, with an adverse event whose causality tells them apart.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from edc import clock
from edc.forms.codelists import ARM
from edc.forms.codelists_conduct import UBREAS
from edc.forms.codelists_grades import AEREL
from edc.models import Slot, Subject
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN, STUDY
from edc.randomization import verifier
from edc.randomization.lists import generate
from edc.randomization.masking import (
    RESTRICTED_FORMS,
    RESTRICTED_ITEMS,
    UNMASKED_ROLES,
    known_items,
)
from edc.services.unit_of_work import system_actor
from tests.factories import PASSWORD, database_of
from tests.randomization.support import SEED
from tests.support.client import BrowserClient, parsed
from tests.support.visitors import Doorstep

MASKED = [role for role in Role if role not in UNMASKED_ROLES]
CRAWLS = [(role, "zh") for role in MASKED] + [(Role.OUTCOME_ASSESSOR, "en"), (Role.AUDITOR, "en")]
CODES = [code.value for code in ARM.codes]
WORDINGS = [text for code in ARM.codes for text in (code.label.en, code.label.zh)]
TELLING_ANSWERS = ["control arm", "对照组"]
"""Part of an answer that is given for the control arm only."""


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def sealed(doorstep: Doorstep) -> set[str]:
    """Return what only the sealed list holds: seed, salts, and the arms as they are stored."""
    allocation_list = generate(DESIGN, seed=SEED, purpose="test")
    salts = {slot.salt for slot in allocation_list.slots}
    with database_of(doorstep.app).reading() as session:
        arms = set(session.scalars(select(Slot.sealed_arm)))
    return {SEED, *salts, *arms}


def harmless() -> list[str]:
    """Return the wordings of the trial that everybody reads and that name the product."""
    labels = [STUDY.name, STUDY.short_name]
    for crf in STUDY.all_crfs:
        if crf.code in RESTRICTED_FORMS:
            continue
        labels += [crf.label]
        labels += [
            label
            for item in crf.items
            if (crf.code, item.code) not in RESTRICTED_ITEMS
            for label in (item.label, item.hint)
            if label is not None
        ]
    words = {words for label in labels for words in (label.en, label.zh)}
    named = [*CODES, *WORDINGS, *(item for _form, item in RESTRICTED_ITEMS)]
    naming = [text for text in words if any(told in text for told in named)]
    return sorted(naming, key=len, reverse=True)


HARMLESS = harmless()
CHECK = verifier.source().decode()


def telling(text: str, sealed: set[str], *, role: Role | None = None) -> set[str]:
    """Return what in *text* would tell an arm, or help to guess one.

    :param role: the masked reader; one who answers for the sponsor knows those items and chooses
        among the same answers for every participant.
    """
    known = known_items(role) if role else frozenset()
    text = html.unescape(text.replace(CHECK, ""))
    if known:
        for code in AEREL.codes:
            text = text.replace(code.label.zh, "").replace(code.label.en, "")
    for words in HARMLESS:
        text = text.replace(words, "")
    # Why somebody may ask to be told an arm is chosen from the same list for every participant.
    for code in UBREAS.codes:
        for words in (code.label.zh, code.label.en, f'value="{code.value}"'):
            text = text.replace(words, "")
    # Which arms there are is public, and stands in the commitment and on its page.
    text = re.sub(r'"arms":\s*\[[^\]]*\]', "", text)
    text = text.replace(" : ".join(arm.code for arm in DESIGN.arms), "")
    found = {words for words in (*WORDINGS, *TELLING_ANSWERS) if words in text}
    found |= {code for code in CODES if re.search(rf"(?<![\w-]){code}(?![\w-])", text)}
    restricted = {item for _form, item in RESTRICTED_ITEMS - known}
    found |= {item for item in restricted if re.search(rf"\b{item}\b", text)}
    found |= {word for word in ("sealed_arm", "salt", "block_sizes", "区组") if word in text}
    long = re.findall(r"[\w+/=-]{16,}", text)
    return found | (sealed & set(long))


def of(answer: TestResponse) -> str:
    """Return everything an answer says, its headers too; an archive is unpacked."""
    body = answer.get_data()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    else:
        text = body.decode()
    return f"{answer.request.path}\n{answer.headers}\n{text}"


def kind_of(address: str, apart: set[int]) -> tuple[object, ...]:
    """Return by what two addresses lead to pages alike; the participants *apart* are unlike."""

    def person(found: re.Match[str]) -> str:
        return found[0] if int(found[1]) in apart else "/subjects/N"

    parts = urlsplit(address)
    path = re.sub(r"/subjects/(\d+)", person, parts.path)
    path = re.sub(r"/(crf|sign)/[^/]+/", r"/\1/V/", path)
    path = re.sub(r"/history/[^/]+/(\w+)/\d+/(?!RDARM|AEREL|PRO10).*", r"/history/\1", path)
    return path, tuple(sorted(parse_qs(parts.query)))


def crawl(
    browser: BrowserClient, *starts: str, apart: set[int], most: int = 200
) -> dict[str, TestResponse]:
    """Return the page behind every kind of link that can be reached from *starts*."""
    found: dict[str, TestResponse] = {}
    seen: set[tuple[object, ...]] = set()
    queue = list(starts)
    while queue and len(found) < most:
        address = queue.pop(0)
        if kind_of(address, apart) in seen or address.startswith(("/static/", "/healthz")):
            continue
        seen.add(kind_of(address, apart))
        answer = browser.get(address)
        found[address] = answer
        if location := answer.headers.get("Location"):
            queue.append(location)
        if answer.mimetype != "text/html":
            continue
        for href in re.findall(r'<a [^>]*href="([^"]*)"', answer.get_data(as_text=True)):
            target = urlsplit(urljoin(address, html.unescape(href)))
            if not target.netloc and target.path.startswith("/"):
                queue.append(target._replace(fragment="").geturl())
    return found


def both(doorstep: Doorstep) -> set[int]:
    """Return a participant of each arm."""
    return {doorstep.world.subjects[code.lower()] for code in CODES}


def doors(doorstep: Doorstep, role: Role) -> list[str]:
    """Return an address of every rule, for participants of both arms."""
    rules = [rule for rule, method in doorstep.operations() if method == "GET"]
    found = [doorstep.path(rule, role) for rule in rules]
    for subject_id in both(doorstep):
        found += [
            doorstep.path(rule, role, subject_id=subject_id)
            for rule in rules
            if "subject_id" in rule.arguments
        ]
        base = f"/subjects/{subject_id}"
        found += [f"{base}/crf/BL/RAND/1", f"{base}/crf/-/AE/1", f"{base}/allocation"]
        found += [f"{base}/crf/-/SAE/2", f"{base}/reports/SAE/2/1"]
        found.append(f"{base}/crf/BL/PRO/1")
        found += [
            f"{base}/history/{visit}/{form}/1/{item}/1"
            for visit, form, item in (
                ("BL", "RAND", "RDARM"),
                ("-", "AE", "AEREL"),
                ("BL", "PRO", "PRO10"),
            )
        ]
    return found


@pytest.mark.parametrize(("role", "language"), CRAWLS)
def test_no_page_that_a_masked_role_can_open_tells_an_arm(
    doorstep: Doorstep,
    sealed: set[str],
    role: Role,
    language: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    browser = doorstep.browser(role, language=language)
    pages = crawl(browser, "/", *doors(doorstep, role), apart=both(doorstep))
    told = {
        address: found
        for address, answer in pages.items()
        if (found := telling(of(answer), sealed, role=role))
    }
    # An address of ours names the item that is then refused; the refusal must not repeat it.
    asked = ("/RDARM/", "/AEREL/", "/PRO10/")
    told = {a: f for a, f in told.items() if not (any(x in a for x in asked) and len(f) == 1)}
    assert told == {}
    assert len(pages) > 20
    assert telling(capsys.readouterr().out, sealed) == set()


@pytest.mark.parametrize("role", MASKED)
def test_no_download_or_answer_to_a_form_tells_a_masked_role_an_arm(
    doorstep: Doorstep, sealed: set[str], role: Role
) -> None:
    browser = doorstep.browser(role)
    told, exports = {}, 0
    for subject in CODES:
        base = f"/subjects/{doorstep.world.subjects[subject.lower()]}/crf"
        for place in ("BL/RAND/1", "-/AE/1", "SCR/DM/1", "BL/OM/1", "BL/PRO/1"):
            for act in ("", "/preview"):
                answer = browser.post(f"{base}/{place}{act}", {"_version": "1", "_reason": "x"})
                if found := telling(of(answer), sealed):
                    told[f"{place}{act}"] = found
    for kind in ("csv", "xlsx", "jsonl", "zip"):
        for fields in ({}, {"form": "RAND"}, {"form": "AE"}, {"item": "RDARM"}, {"text": "MSC"}):
            answer = browser.post("/audit/export", {"format": kind, **fields})
            exports += answer.status_code == 200
            if (
                found := telling(of(answer), sealed) - {"MSC"}
                if fields.get("text")
                else telling(of(answer), sealed)
            ):
                told[f"{kind} {fields}"] = found
    assert told == {}
    assert exports == (20 if Permission.AUDIT_EXPORT in GRANTS[role] else 0)


def plain(answer: TestResponse, number: str, subject_id: int) -> str:
    """Return a page without what must differ between two participants."""
    text = answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")
    text = text.replace(f"/subjects/{subject_id}", "/subjects/N").replace(number, "N")
    text = re.sub(r"R\d{3}|S01-\d{4}|01-\d{3,4}|[0-9a-f]{64}", "N", text)
    text = re.sub(r'(csrf[-_]token"[^>]*|value="[\w.-]{60,}")', "", text)
    return re.sub(r"\d\d:\d\d(:\d\d)?|\b\d{1,6}\b", "T", text)


def test_a_query_at_an_item_that_tells_the_arm_is_neither_shown_nor_counted_for_a_masked_role(
    doorstep: Doorstep,
) -> None:
    from edc.models import Query, QueryState, Subject

    subject_id = doorstep.world.subjects["soc"]
    with database_of(doorstep.app).unit_of_work(system_actor(), "crf.save") as uow:
        subject = uow.session.get_one(Subject, subject_id)
        number = subject.number
        uow.session.add(
            Query(
                subject=subject, visit="", form="AE", row=1, item="AEREL", repeat=1,
                check_id="AE-15", state=QueryState.OPEN, text_en="Asked", text_zh="Asked",
                opened_at=clock.now(), closed_at=None,
            )
        )  # fmt: skip

    def seen(role: Role) -> tuple[bool, bool, str]:
        browser = doorstep.browser(role)
        casebook = browser.page(f"/subjects/{subject_id}")
        row = next(row for row in casebook.find_all("tr") if "/crf/-/AE/1" in str(row))
        crf = browser.get(f"/subjects/{subject_id}/crf/-/AE/1").get_data(as_text=True)
        listed = next(row for row in browser.page("/subjects")("tr") if number in row.get_text())
        count = listed.find_all("td")[-1].get_text(strip=True)
        return "Queried" in row.get_text(), "Queried" in crf, count

    told = seen(Role.RESEARCH_NURSE)
    masked = [role for role in MASKED if Permission.SUBJECT_LIST in GRANTS[role]]
    hidden = {seen(role) for role in masked}
    assert told[:2] == (True, True)
    assert hidden == {(False, False, "1" if told[2] == "2" else "—")}


@pytest.mark.parametrize("role", [Role.MONITOR, Role.OUTCOME_ASSESSOR, Role.SAFETY_OFFICER])
def test_two_participants_who_differ_in_their_arm_look_alike_to_a_masked_role(
    doorstep: Doorstep, role: Role
) -> None:
    from edc.models import Subject

    browser = doorstep.browser(role)
    for path in (
        "",
        "/crf/-/AE/1",
        "/crf/BL/RAND/1",
        "/allocation",
        "/crf/SCR/INJ/1",
        "/crf/BL/PRO/1",
    ):
        pages = []
        for code in CODES:
            subject_id = doorstep.world.subjects[code.lower()]
            with database_of(doorstep.app).reading() as session:
                number = session.get_one(Subject, subject_id).number
            answer = browser.get(f"/subjects/{subject_id}{path}")
            assert answer.status_code == 200, path
            pages.append(plain(answer, number, subject_id))
        assert pages[0].splitlines() == pages[1].splitlines(), path


def test_a_masked_role_cannot_guess_an_answer_that_tells_the_arm(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.DATA_MANAGER)
    for item, guesses in (("AEREL", ("NA", "POSS", "")), ("AEACN", ("DOSE NOT CHANGED", "NA"))):
        for guess in guesses:
            answers = []
            for subject_id in sorted(both(doorstep)):
                fields = {item: guess, "_version": "1", "_reason": "a guess"}
                answers.append(browser.post(f"/subjects/{subject_id}/crf/-/AE/1", fields))
            assert [answer.status_code for answer in answers] == [422, 422]
            sentences = [parsed(answer).find(class_="govuk-error-summary") for answer in answers]
            assert sentences[0] is not None
            assert str(sentences[0]) == str(sentences[1])


def test_the_question_of_one_arm_is_on_the_page_of_that_arm_and_of_those_who_treat(
    doorstep: Doorstep,
) -> None:
    def asked(role: Role, subject: str) -> tuple[bool, bool]:
        address = f"/subjects/{doorstep.world.subjects[subject]}/crf/BL/PRO/1"
        browser = doorstep.browser(role)
        page = browser.get(address).get_data(as_text=True)
        answer = browser.post(f"{address}/preview", {"_version": "1", "PRO01": "1"})
        return "PRO10" in page, "PRO10" in answer.get_data(as_text=True)

    assert asked(Role.RESEARCH_NURSE, "msc") == (True, False)
    assert asked(Role.RESEARCH_NURSE, "soc") == (False, False)
    assert asked(Role.RESEARCH_NURSE, "ready") == (False, False)
    for role in MASKED:
        assert {asked(role, subject) for subject in ("msc", "soc")} == {(False, False)}


@pytest.mark.parametrize("role", [Role.RESEARCH_NURSE, Role.PHARMACIST])
def test_for_permitted_roles_too_no_address_title_or_message_names_an_arm(
    doorstep: Doorstep, sealed: set[str], role: Role, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = doorstep.browser(role)
    pages = crawl(browser, "/", *doors(doorstep, role), apart=both(doorstep))
    shown = 0
    for address, answer in pages.items():
        items = {item for _form, item in RESTRICTED_ITEMS}
        assert telling(address, sealed) <= items
        assert telling(str(answer.headers), sealed) <= items, address
        if answer.mimetype != "text/html":
            continue
        page = parsed(answer)
        title = page.title.get_text() if page.title else ""
        for form, item in RESTRICTED_ITEMS:  # the history of an item is headed by its wording
            label = STUDY.crfs[form].by_code[item].label if form in STUDY.crfs else None
            title = title.replace(label.en if label else "-", "").replace(item, "")
        for form in RESTRICTED_FORMS & STUDY.crfs.keys():  # so is its page, by the product
            title = title.replace(STUDY.crfs[form].label.en, "")
        assert telling(title, sealed) == set(), address
        links = " ".join(link["href"] for link in page.find_all(href=True))
        assert not set(CODES) & set(re.split(r"[^A-Za-z]", links)), address
        body = answer.get_data(as_text=True)
        assert not sealed & set(re.findall(r"[\w+/=-]{16,}", body)), address
        shown += any(words in body for words in WORDINGS)
    assert shown > 0, "the arm is shown to those who treat"
    log = capsys.readouterr().out
    assert telling(log, sealed) == set()


CANARY = "Zqxcanary"


def test_the_log_holds_no_name_no_password_and_nothing_that_was_typed(
    doorstep: Doorstep, capsys: pytest.CaptureFixture[str]
) -> None:
    world = doorstep.world
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    base = f"/subjects/{world.subjects['soc']}/crf"
    browser.get(f"/subjects?q={CANARY}")
    for act in ("", "/preview", "/draft"):
        for place in ("SCR/DM/1", "-/AE/1"):
            fields = {"SUBJINIT": CANARY, "AETERM": CANARY, "_version": "1", "_reason": CANARY}
            browser.post(f"{base}/{place}{act}", fields)
    browser.post("/sign-in", {"username": CANARY, "password": f"{CANARY}password"})
    browser.post("/account/password", {"old": PASSWORD, "new": f"{CANARY} {CANARY}"})
    investigator = doorstep.browser(Role.INVESTIGATOR)
    investigator.post(f"/subjects/{world.subjects['soc']}/sign/SCR/IE/1", {"password": CANARY})
    administrator = doorstep.browser(Role.ADMINISTRATOR)
    administrator.post("/people/new", {"username": CANARY, "full_name": CANARY})
    browser.get(f"/nowhere/{CANARY}", headers={"User-Agent": CANARY, "Referer": CANARY})

    def broken() -> str:
        raise ValueError(CANARY)

    from edc.web.guard import open_to_all

    doorstep.app.view_functions["pages.health"] = open_to_all(broken)
    assert browser.get("/healthz").status_code == 500
    log = capsys.readouterr().out
    assert log.count('"event": "request"') > 10
    assert '"event": "fault"' in log
    names = {user.full_name for user in world.users.values()}
    assert [word for word in (CANARY, PASSWORD, "ZSLI", *names) if word in log] == []


PRODUCT_DOORS = (
    "/subjects/{subject}/crf/-/EX/1", "/subjects/{subject}/crf/-/EX/3",
    "/subjects/{subject}/log/EX", "/subjects/{subject}/log/EX/1/error",
    "/subjects/{subject}/history/-/EX/1/EXLOT/1", "/subjects/{subject}/sign/-/EX/1",
    "/product", "/product/batches/{batch}", "/registers/rows/{batch}",
    "/registers/rows/{batch}/file/BTTLOG", "/registers/{site}/BATCH/new",
)  # fmt: skip


@pytest.mark.parametrize("role", MASKED)
def test_doses_and_batches_do_not_exist_for_a_masked_role(doorstep: Doorstep, role: Role) -> None:
    browser, world = doorstep.browser(role), doorstep.world
    answers = {}
    for subject in both(doorstep):  # one with doses, one without: the same answers
        for door in PRODUCT_DOORS:
            path = door.format(subject=subject, batch=world.batch_row_id, site=world.site_id)
            answer = browser.get(path)
            assert answer.status_code in {403, 404}, path
            answers.setdefault(door, set()).add(answer.status_code)
            sent = browser.post(path, {"_version": "1", "_reason": "x"})
            assert sent.status_code in {403, 404, 405}, path
    assert all(len(codes) == 1 for codes in answers.values())


@pytest.mark.parametrize("role", MASKED)
def test_no_page_of_a_masked_role_changes_when_a_dose_is_recorded(
    doorstep: Doorstep, role: Role
) -> None:
    subject_id = doorstep.world.subjects["soc"]
    with database_of(doorstep.app).reading() as session:
        number = session.get_one(Subject, subject_id).number
    base = f"/subjects/{subject_id}"
    pages = (
        base, "/subjects", "/queries", f"/audit?participant={number}", f"{base}/crf/-/AE/1",
        f"{base}/crf/BL/RAND/1",
        f"{base}/log/AE", f"{base}/log/DV", "/enrolment", "/deviations", "/notices", "/registers",
    )  # fmt: skip
    browser, nurse = doorstep.browser(role), doorstep.browser(Role.RESEARCH_NURSE)

    def seen() -> dict[str, str]:
        found = {}
        for path in pages:
            answer = browser.get(path)
            text = answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")
            idle = r'data-(?:warn|end)-after="[0-9]+"'
            text = re.sub(rf'(csrf[-_]token"[^>]*|value="[\w.-]{{60,}}"|{idle})', "", text)
            found[path] = f"{answer.status_code} " + re.sub(r"\d\d:\d\d(:\d\d)?", "T", text)
        answer = browser.post("/audit/export", {"format": "csv"})
        if answer.status_code == 200:
            # An export is an act of its own, told in the next one.
            lines = answer.get_data(as_text=True).splitlines()
            found["export"] = "\n".join(line for line in lines if "xport" not in line)
        return found

    seen()
    before = seen()
    fields = {
        "ECOCCUR": "Y", "EXROUTE": "ORAL RINSE", "EXSITE": "ORAL", "EXLOT": "MSC200301",
        "EXKIT": "K0777", "EXDOSE": "30.0", "EXREACT": "Y", "_version": "0",
    }  # fmt: skip
    today = clock.today()
    fields |= {f"EXSTDAT.{part}": str(getattr(today, part)) for part in ("year", "month", "day")}
    answer = nurse.post(f"{base}/crf/-/EX/1", fields)
    assert answer.status_code == 303
    assert "Product given to a control participant" in nurse.page(base).get_text()
    after = seen()
    assert set(after) == set(before)
    for path, text in before.items():
        assert after[path].splitlines() == text.splitlines(), path
