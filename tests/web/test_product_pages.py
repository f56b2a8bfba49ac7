"""The pharmacist's pages: the register of batches, its files, the stock, and who got a batch."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from edc.permissions import Role
from edc.services import registers
from tests.factories import database_of
from tests.services.casebook_support import BATCH_ENTRY
from tests.services.test_documents import PDF, TABLE
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.visitors import Doorstep

TO_THE_STOCK = (
    Role.RESEARCH_NURSE, Role.INVESTIGATOR, Role.PHARMACIST, Role.UNMASKED_MONITOR
)  # fmt: skip


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def pharmacist(doorstep: Doorstep) -> BrowserClient:
    return doorstep.browser(Role.PHARMACIST)


def typed(**changes: Any) -> dict[str, Any]:
    """Return a batch's entry as its form sends it."""
    found: dict[str, Any] = {}
    for code, value in (BATCH_ENTRY | {"BTLOT": "MSC2"} | changes).items():
        if code in ("BTMFG", "BTEXP", "BTREL") and value:
            parts = zip(("year", "month", "day"), value.split("-"), strict=True)
            found |= {f"{code}.{part}": digits for part, digits in parts}
        else:
            found[code] = value
    return found


def new_batch(doorstep: Doorstep) -> str:
    return f"/registers/{doorstep.world.site_id}/BATCH/new"


def stored(doorstep: Doorstep, key: str) -> registers.Row:
    with database_of(doorstep.app).reading() as session:
        return next(row for row in registers.list_rows(session) if row.key == key)


def test_a_batch_is_added_with_its_certificate_and_temperature_log(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    files = {
        "BTCERT.file": (io.BytesIO(PDF), "certificate.csv"),
        "BTTLOG.file": (io.BytesIO(TABLE.encode()), "log.pdf"),
    }
    answer = pharmacist.post(
        new_batch(doorstep), typed() | files, content_type="multipart/form-data"
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/product"
    row = stored(doorstep, "MSC2")
    assert row.values["BTCERT"].endswith(".pdf")
    assert row.values["BTTLOG"].endswith(".csv")
    sent = pharmacist.get(f"/registers/rows/{row.row_id}/file/BTCERT")
    assert sent.get_data() == PDF
    assert sent.headers["Content-Disposition"] == ('attachment; filename="BATCH-MSC2-BTCERT.pdf"')
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    assert nurse.get(f"/registers/rows/{row.row_id}/file/BTTLOG").status_code == 200
    for item in ("BTLOT", "NONE"):
        assert pharmacist.get(f"/registers/rows/{row.row_id}/file/{item}").status_code == 404


def test_a_refused_entry_names_every_rule_and_keeps_a_chosen_file(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    chosen = {"BTCERT.file": (io.BytesIO(PDF), "certificate.pdf")}
    answer = pharmacist.post(
        new_batch(doorstep),
        typed(BTSTER="N", BTVOL="501", BTEXP="2019-12-31") | chosen,
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    page = parsed(answer)
    summary = page.find(class_="govuk-error-summary")
    assert summary is not None
    for rule in ("[BATCH-01]", "[HARD:BTVOL]", "[HARD:BTEXP]"):
        assert rule in summary.get_text()
    name = page.find("input", {"name": "BTCERT", "type": "hidden"})["value"]
    voucher = page.find("input", {"name": "BTCERT.kept"})["value"]
    again = typed() | {"BTCERT": name, "BTCERT.kept": voucher}
    assert pharmacist.post(new_batch(doorstep), again).status_code == 303
    assert stored(doorstep, "MSC2").values["BTCERT"] == name


def test_a_file_that_lies_about_its_type_is_refused_and_nothing_is_stored(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    lie = {"BTCERT.file": (io.BytesIO(b"MZ\x90\x00" + b"\x00" * 60), "certificate.pdf")}
    answer = pharmacist.post(new_batch(doorstep), typed() | lie, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "[HARD:BTCERT]" in text_of(answer)
    with database_of(doorstep.app).reading() as session:
        assert all(row.key != "MSC2" for row in registers.list_rows(session))


def test_a_files_name_typed_by_hand_is_dropped(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    forged = typed() | {"BTCERT": f"{'0' * 64}.pdf", "BTCERT.kept": "forged"}
    assert pharmacist.post(new_batch(doorstep), forged).status_code == 303
    assert "BTCERT" not in stored(doorstep, "MSC2").values


def test_a_stored_file_stays_until_it_is_taken_away_with_a_reason(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    chosen = {"BTTLOG.file": (io.BytesIO(TABLE.encode()), "log.csv")}
    pharmacist.post(new_batch(doorstep), typed() | chosen, content_type="multipart/form-data")
    row = stored(doorstep, "MSC2")
    address, kept = f"/registers/rows/{row.row_id}", {"BTTLOG": row.values["BTTLOG"]}
    changed = typed(BTDISP="5") | kept
    assert pharmacist.post(address, changed).status_code == 422  # without a reason
    assert pharmacist.post(address, changed | {"_reason": "dispensed"}).status_code == 303
    assert stored(doorstep, "MSC2").values["BTTLOG"] == row.values["BTTLOG"]
    gone = changed | {"BTTLOG.remove": "y", "_reason": "wrong file"}
    assert pharmacist.post(address, gone).status_code == 303
    assert "BTTLOG" not in stored(doorstep, "MSC2").values


def test_a_recall_leads_to_the_list_of_everybody_who_got_the_batch(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    row = stored(doorstep, BATCH_ENTRY["BTLOT"])
    recalled = typed(BTLOT=row.key, BTST="RECALL") | {"_reason": "recalled by the maker"}
    answer = pharmacist.post(f"/registers/rows/{row.row_id}", recalled)
    assert answer.headers["Location"] == f"/product/batches/{row.row_id}"
    page = pharmacist.page(answer.headers["Location"])
    text = " ".join(page.get_text(" ").split())
    assert "[BATCH-03]" in text
    assert "1 participant was given it" in text
    (link,) = page.select("table a.kit-table__stretch")
    assert link["href"].startswith(f"/subjects/{doorstep.world.subjects['msc']}")
    # The dose was given on the day of the recall, so it is asked about at once.
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    crf = nurse.get(f"/subjects/{doorstep.world.subjects['msc']}/crf/-/EX/1")
    assert "Batch expired or not released" in text_of(crf)


@pytest.mark.parametrize("role", list(Role))
def test_the_product_is_shown_to_those_who_give_or_follow_it_and_to_nobody_else(
    doorstep: Doorstep, role: Role
) -> None:
    browser = doorstep.browser(role)
    expected = 200 if role in TO_THE_STOCK else 403
    for path in ("/product", f"/product/batches/{doorstep.world.batch_row_id}"):
        answer = browser.get(path)
        assert answer.status_code == expected
        assert (BATCH_ENTRY["BTLOT"] in text_of(answer)) is (role in TO_THE_STOCK)
    own = browser.get("/account").get_data(as_text=True)
    assert ('href="/product"' in own) is (role in TO_THE_STOCK)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "2 batches have expired and are still released."),
        ("zh", "2个批次已过期，但状态仍为放行。"),
    ],
)
def test_one_notice_lists_all_batches_that_expired(
    doorstep: Doorstep, pharmacist: BrowserClient, language: str, sentence: str
) -> None:
    old = {"BTMFG": "2024-01-01", "BTREL": "2024-01-05", "BTEXP": "2024-06-01"}
    old |= {"BTSTDT": "2024-01-05"}
    for lot in ("OLD1", "OLD2"):
        assert pharmacist.post(new_batch(doorstep), typed(BTLOT=lot, **old)).status_code == 303
    page = doorstep.browser(Role.PHARMACIST, language=language).page("/product")
    told = [one for one in page.select("main .kit-notice--warning") if sentence in one.get_text()]
    (notice,) = told
    assert [link.get_text() for link in notice.select("a")] == ["OLD1", "OLD2"]
    assert "2024-06-01" in notice.get_text()


def test_a_row_of_another_register_is_no_batch(
    doorstep: Doorstep, pharmacist: BrowserClient
) -> None:
    answer = pharmacist.get(f"/product/batches/{doorstep.world.register_row_id}")
    assert answer.status_code == 404
    assert pharmacist.get("/product/batches/999999").status_code == 404


def test_the_second_person_confirms_a_dose_on_its_page(doorstep: Doorstep) -> None:
    address = f"/subjects/{doorstep.world.subjects['msc']}"
    nurse, doctor = (doorstep.browser(role) for role in TO_THE_STOCK[:2])
    confirm = f"{address}/dose/1/check"
    assert nurse.page(f"{address}/crf/-/EX/1").find("form", action=confirm) is None
    form = doctor.page(f"{address}/crf/-/EX/1").find("form", action=confirm)
    version = form.find("input", {"name": "_version"})["value"]
    assert doctor.post(confirm, {"_version": "junk"}).status_code == 409
    assert doctor.post(confirm, {"_version": version}).status_code == 303
    page = doctor.page(f"{address}/crf/-/EX/1")
    assert page.find("form", action=confirm) is None
    assert "research_nurse; investigator" in page.get_text()


def test_a_dose_entered_in_error_opens_as_it_was(doorstep: Doorstep) -> None:
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    base = f"/subjects/{doorstep.world.subjects['msc']}"
    sent = {"_version": "1", "_reason": "Another participant's"}
    assert nurse.post(f"{base}/log/EX/1/error", sent).status_code == 303
    page = nurse.page(f"{base}/crf/-/EX/1")
    assert "Another participant's" in page.get_text()
    assert page.find("form", action=f"{base}/dose/1/check") is None
    assert nurse.post(f"{base}/dose/1/check", {"_version": "2"}).status_code == 404
