"""The proof of one allocation, and the program that checks it without this system, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from edc.errors import NotFound
from edc.permissions import Permission
from edc.protocol import DESIGN
from edc.randomization import verifier
from edc.randomization.proof import write_document
from edc.services.proofs import find_proof, reader_of
from edc.web.guard import open_to_all, requires
from edc.web.request import reading, viewer
from edc.web.sealing import list_purpose, sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("proofs", __name__)


@bp.get("/verifier.py")
@open_to_all
def program() -> ResponseReturnValue:
    """Give the checking program to everybody: it is the file that this system runs itself."""
    return Response(
        verifier.source(),
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="verifier.py"'},
    )


@bp.get("/subjects/<int:subject_id>/allocation/proof.json")
@requires(Permission.CRF_READ)
def one(subject_id: int) -> ResponseReturnValue:
    """Send the proof of the participant's allocation; opened to those who may see the arm."""
    found = find_proof(
        reading(),
        design=DESIGN,
        purpose=list_purpose(),
        key=sealing_key(),
        reader=reader_of(viewer(), Permission.CRF_READ),
        subject_id=subject_id,
    )
    if found is None:
        raise NotFound
    return Response(
        write_document(found),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="proof.json"'},
    )
