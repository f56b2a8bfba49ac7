"""The proof of an allocation as a file: opened to those who treat, closed to everybody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from edc.permissions import GRANTS, Permission, Role
from edc.randomization import verifier
from edc.randomization.masking import may_see_arm
from tests.support.visitors import ANONYMOUS, Doorstep


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def test_the_proof_shows_an_arm_to_those_who_may_see_it_only(doorstep: Doorstep) -> None:
    path = f"/subjects/{doorstep.world.subjects['soc']}/allocation/proof.json"
    told = 0
    for role in Role:
        answer = doorstep.browser(role).get(path)
        if Permission.CRF_READ not in GRANTS[role]:
            assert answer.status_code == 403
            continue
        proof = json.loads(answer.get_data(as_text=True))
        checks = verifier.verify(proof["commitment"], proof)
        assert [problem for check in checks for problem in check.problems] == []
        (one,) = proof["allocations"]
        assert (one["opened"] is not None) is may_see_arm(role), role
        assert answer.headers["Content-Disposition"] == 'attachment; filename="proof.json"'
        told += 1
    assert told > 5
    # Who is not randomised has none.
    path = f"/subjects/{doorstep.world.subjects['ready']}/allocation/proof.json"
    assert doorstep.browser(Role.INVESTIGATOR).get(path).status_code == 404


def test_the_allocation_page_leads_to_the_proof_in_both_languages(doorstep: Doorstep) -> None:
    subject = doorstep.world.subjects["soc"]
    for language, words in (("en", "Download the proof"), ("zh", "下载分配证明")):
        page = doorstep.browser(Role.INVESTIGATOR, language=language).page(
            f"/subjects/{subject}/allocation"
        )
        link = page.find("a", string=lambda text, words=words: words in (text or ""))
        assert link is not None
        assert link["href"] == f"/subjects/{subject}/allocation/proof.json"


def test_everybody_gets_the_checking_program_that_the_system_runs(doorstep: Doorstep) -> None:
    anybody = doorstep.browser(ANONYMOUS)
    page = anybody.page("/commitment")
    link = page.find("a", href="/verifier.py")
    assert link is not None
    assert anybody.get("/verifier.py").get_data() == verifier.source()


def test_a_monitor_s_archive_holds_what_checks_it(doorstep: Doorstep) -> None:
    answer = doorstep.browser(Role.MONITOR).post("/audit/export", {"format": "zip"})
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        commitment, proof = (
            json.loads(archive.read(name)) for name in ("commitment.json", "proof.json")
        )
        trail = archive.read("trail.jsonl").splitlines()
    checks = verifier.verify(commitment, proof, trail=trail)
    assert [problem for check in checks for problem in check.problems] == []
    counts = {check.en: check.count for check in checks}
    assert counts["The audit trail tells the same"] > 10
    # Two factors for each participant of the monitor's site.
    assert counts["Strata are those recorded on the CRF"] >= 4
    assert counts["Each arm shown is the one committed to"] == 0
