"""The pages of the allocation list: two persons bring it in, everybody may read the commitment."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from edc.clock import local
from edc.models import AllocationListRow, Slot
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN, MINIMISATION
from edc.randomization.list_keys import ListKey
from edc.randomization.lists import generate
from edc.randomization.sealed_list import seal
from edc.randomization.sealing import SealingKey, new_key
from edc.services.minimise import begin_minimisation
from edc.services.unit_of_work import Actor
from tests.factories import PASSWORD, create_user, database_of, make_app, signed_in_client
from tests.randomization.support import SEED
from tests.services.casebook_support import KEY, load_test_list
from tests.support.client import BrowserClient, text_of

MADE = generate(DESIGN, seed=SEED, purpose="test")
SHA256 = MADE.sha256()
RECOVERY = ListKey.new()


def sealed(key: SealingKey = KEY) -> bytes:
    installation = ListKey.of_installation(key).public()
    return seal(MADE, installation=installation, recovery=RECOVERY.public()).encode()


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = make_app(sqlite_url)
    yield made
    database_of(made).engine.dispose()


def browser(app: Flask, role: Role, *, language: str = "en") -> BrowserClient:
    return signed_in_client(app, create_user(database_of(app), role=role), language=language)


def form(content: bytes, *, password: str = PASSWORD, act: str = "load") -> dict[str, object]:
    return {"list": (io.BytesIO(content), "list.sealed.json"), "password": password, "act": act}


def action_of(browser: BrowserClient, form_id: str) -> str:
    (found,) = browser.page("/randomisation").select(f"form#{form_id}")
    return str(found["action"])


def count_slots(app: Flask) -> int:
    with database_of(app).reading() as session:
        return session.scalar(select(func.count(Slot.id))) or 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_statistician_brings_the_list_and_a_data_manager_confirms_it(
    app: Flask, language: str
) -> None:
    statistician = browser(app, Role.STATISTICIAN, language=language)
    manager = browser(app, Role.DATA_MANAGER, language=language)
    assert {"en": "No list is loaded", "zh": "尚未载入列表"}[language] in text_of(
        manager.get("/randomisation")
    )
    (field,) = statistician.page("/randomisation").select("#list-form input[type=file]")
    assert field["name"] == "list"  # as the tests send it
    answer = statistician.post("/randomisation", form(sealed()))
    assert answer.status_code == 303
    waiting = text_of(manager.get("/randomisation"))
    assert MADE.list_id in waiting
    assert SHA256 not in waiting  # it is typed from the certificate
    assert not statistician.page("/randomisation").select("#confirm-list")
    confirm = action_of(manager, "confirm-list")

    for typed, password in (("0" * 64, PASSWORD), (SHA256, "wrong")):
        refused = manager.post(confirm, {"sha256": typed, "password": password})
        assert refused.status_code == 422
        assert count_slots(app) == 0
    assert manager.post(confirm, {"sha256": SHA256, "password": PASSWORD}).status_code == 303

    page = statistician.get("/randomisation")
    words = text_of(page)
    assert SHA256 in words
    assert "0 / 120" in words
    assert "ORAL/ALLO" in words
    assert DESIGN.fingerprint() not in page.get_data(as_text=True)
    again = statistician.post("/randomisation", form(sealed()))
    assert again.status_code == 422
    assert {"en": "loaded once and never", "zh": "只能载入一次"}[language] in text_of(again)


def test_a_list_can_be_refused_or_withdrawn_before_it_is_confirmed(app: Flask) -> None:
    statistician, manager = browser(app, Role.STATISTICIAN), browser(app, Role.DATA_MANAGER)
    statistician.post("/randomisation", form(sealed()))
    refuse = action_of(manager, "refuse-list")
    assert manager.post(refuse, {"reason": ""}).status_code == 422
    assert manager.post(refuse, {"reason": "another certificate"}).status_code == 303
    assert manager.post(refuse, {"reason": "once more"}).status_code == 404

    statistician.post("/randomisation", form(sealed()))
    other = browser(app, Role.STATISTICIAN)
    withdraw = action_of(statistician, "withdraw-list")
    assert other.post(withdraw, {}).status_code == 403
    assert statistician.post(withdraw, {}).status_code == 303
    assert "waits to be confirmed" not in text_of(manager.get("/randomisation"))


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xfe\x00", b"{}" * 1000, sealed()[:-9]])
def test_a_file_that_is_no_sealed_list_is_refused(app: Flask, content: bytes) -> None:
    statistician = browser(app, Role.STATISTICIAN)
    answer = statistician.post("/randomisation", form(content))
    assert answer.status_code == 422
    assert "Nothing was changed" in text_of(answer)
    assert "waits to be confirmed" not in text_of(statistician.get("/randomisation"))


def test_a_wrong_password_brings_nothing(app: Flask) -> None:
    statistician = browser(app, Role.STATISTICIAN)
    answer = statistician.post("/randomisation", form(sealed(), password="wrong"))
    assert answer.status_code == 422
    assert "waits to be confirmed" not in text_of(statistician.get("/randomisation"))


def test_a_data_manager_is_told_in_the_menu_that_a_list_waits(app: Flask) -> None:
    manager = browser(app, Role.DATA_MANAGER)
    statistician = browser(app, Role.STATISTICIAN)
    entry = 'a[href="/randomisation"]'
    assert not manager.page("/randomisation").select(f"{entry} .kit-nav__count")
    statistician.post("/randomisation", form(sealed()))
    (count,) = manager.page("/randomisation").select(f"{entry} .kit-nav__count")
    assert count.get_text() == "1"
    assert not statistician.page("/randomisation").select(f"{entry} .kit-nav__count")


def test_after_a_lost_key_the_page_asks_for_the_copy(app: Flask, sqlite_url: str) -> None:
    load_test_list(database_of(app))
    key = new_key()
    anew = make_app(sqlite_url, allocation_key=key)
    statistician, manager = browser(anew, Role.STATISTICIAN), browser(anew, Role.DATA_MANAGER)
    assert "not the one the arms were encrypted with" in text_of(manager.get("/randomisation"))
    copy = sealed(SealingKey.from_text(key))
    assert statistician.post("/randomisation", form(copy, act="reseal")).status_code == 303
    confirm = action_of(manager, "confirm-list")
    typed = {"sha256": SHA256[:16], "password": PASSWORD}
    assert manager.post(confirm, typed).status_code == 303
    assert "not the one the arms" not in text_of(manager.get("/randomisation"))
    database_of(anew).engine.dispose()


@pytest.mark.parametrize("role", sorted(Role))
def test_the_state_of_the_list_is_for_those_who_look_after_it(app: Flask, role: Role) -> None:
    load_test_list(database_of(app))
    answer = browser(app, role).get("/randomisation")
    expected = 200 if Permission.RANDOMISATION_STATUS in GRANTS[role] else 403
    assert answer.status_code == expected
    assert {Role.STATISTICIAN, Role.DATA_MANAGER} == {
        one for one in Role if Permission.RANDOMISATION_STATUS in GRANTS[one]
    }


def test_the_public_page_also_tells_of_a_minimisation(app: Flask) -> None:
    first, second = Role.STATISTICIAN, Role.DATA_MANAGER
    confirmer = Actor(username="manager", role=second)
    with database_of(app).unit_of_work(confirmer, "randomisation.load") as uow:
        row = begin_minimisation(
            uow, seed=SEED, minimisation=MINIMISATION, key=KEY, purpose="test",
            brought_by=str(first), passwords_checked=True,
        )  # fmt: skip
        root = row.root
    assert root in text_of(BrowserClient(app).get("/commitment"))


# --- the public page ---------------------------------------------------------------------------


def test_before_a_list_is_loaded_there_is_nothing_to_publish(app: Flask) -> None:
    anyone = BrowserClient(app)
    assert "No list is loaded" in text_of(anyone.get("/commitment"))
    assert anyone.get("/commitment.json").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_reads_the_commitment_without_signing_in(app: Flask, language: str) -> None:
    load_test_list(database_of(app))
    anyone = BrowserClient(app, language=language)

    page = anyone.get("/commitment")
    file = anyone.get("/commitment.json")

    assert page.status_code == file.status_code == 200
    assert json.loads(file.get_data()) == MADE.commitment_document()
    words = text_of(page)
    for told in (MADE.list_id, SHA256, MADE.commitment().root, MADE.header_hash()):
        assert told in words
    assert {"en": "How to check", "zh": "如何核验"}[language] in words
    with database_of(app).reading() as session:
        loaded_at = session.scalars(select(AllocationListRow.loaded_at)).one()
    since = {"en": "Published here since", "zh": "公布起始时间"}[language]
    assert f"{since} {local(loaded_at):%Y-%m-%d %H:%M:%S}" in " ".join(words.split())
    assert DESIGN.fingerprint() not in words
    assert (
        hashlib.sha256(file.get_data()).hexdigest()
        == hashlib.sha256(anyone.get("/commitment.json").get_data()).hexdigest()
    )
    assert 'href="/commitment"' in anyone.get("/sign-in").get_data(as_text=True)
