"""Files that a CRF page sends: kept at once, so that nobody has to choose one twice.

A page carries the name of a file as the item's own field, ``ITEM``. A newly chosen one arrives as
``ITEM.file``; ``ITEM.remove`` takes the file away. A file that no saved CRF names yet is vouched
for by ``ITEM.kept``, which binds it to this person and this participant: a name typed by hand, or
copied from another participant's page, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request
from itsdangerous import Signer
from werkzeug.datastructures import MultiDict

from edc.errors import Refused
from edc.label import Label
from edc.protocol import STUDY
from edc.services import admission
from edc.services.casebooks import load_references, open_casebook
from edc.services.files import FileRefused, Photograph, keep, read_photograph
from edc.services.submissions import address, drafted
from edc.study.items import File
from edc.web import crf_form
from edc.web.request import reading, role, settings, viewer

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from edc.services.casebooks import Place
    from edc.study.crf import Crf

Errors = dict[str, list[tuple[str, Label]]]

CHOSEN, KEPT, REMOVE = (f".{part}" for part in crf_form.FILE_PARTS)
_SENT_TO = "crf.save"


def make_room() -> None:
    """Let a request be as large as the files of its CRF; run before anything reads the form.

    There is room for files twice too large: those are refused at their field, with everything else
    that was typed still there.
    """
    if request.endpoint != _SENT_TO:
        return
    crf = STUDY.crfs.get((request.view_args or {}).get("form", ""))
    items = [item for item in crf.items if isinstance(item, File)] if crf else []
    if crf and items:
        room = sum(2 * item.max_bytes * crf.section_of(item.code).repeats for item in items)
        request.max_content_length = current_app.config["MAX_CONTENT_LENGTH"] + room


def has_files(crf: Crf) -> bool:
    """Tell whether the CRF asks for a file, so that its form must be sent in parts."""
    return any(isinstance(item, File) for item in crf.items)


def take(subject_id: int, place: Place, crf: Crf) -> tuple[MultiDict[str, str], Errors]:
    """Return the form with the names of its chosen files, which are kept, and what was refused.

    A refused file leaves the field as the page showed it.
    """
    fields: MultiDict[str, str] = request.form
    chosen = {name: file for name, file in request.files.items() if file.filename}
    if not chosen:
        return fields, {}
    refused: Errors = {}
    read: dict[str, Photograph] = {}
    fields = MultiDict(fields)
    before = fields.copy()
    for name, file in chosen.items():
        field = crf_form.owner_of(crf, name)
        item = crf.by_code.get(field.partition(".")[0])
        if not isinstance(item, File) or name != field + CHOSEN:
            refused[""] = [("UNKNOWN", _UNASKED)]
            continue
        try:
            read[field] = read_photograph(_content(file, item), item=item)
        except FileRefused as refusal:
            refused[field] = [(f"HARD:{item.code}", refusal.message)]
            continue
        fields[field] = read[field].name
        fields.pop(field + REMOVE, None)
    problems = _problems(subject_id, place, crf, fields) if read else {}
    for field, photograph in read.items():
        # What may not be recorded is not kept either: there may be no consent to a photograph.
        if reasons := problems.get(field) or problems.get("") or refused.get(""):
            refused[field] = reasons
            fields[field] = before.get(field, "")
            continue
        keep(settings().instance, photograph)
        fields[field + KEPT] = _voucher(subject_id, place, field, photograph.name)
    return fields, refused


def vouched(subject_id: int, place: Place, crf: Crf, fields: MultiDict[str, str]) -> frozenset[str]:
    """Return the files that the form names, and that this person sent for this participant."""
    return frozenset(
        name
        for code in (item.code for item in crf.items if isinstance(item, File))
        for repeat in range(1, crf.section_of(code).repeats + 1)
        for field in [address((code, repeat))]
        if (name := fields.get(field, ""))
        and is_voucher(fields.get(field + KEPT, ""), subject_id, place, field=field, name=name)
    )


def is_voucher(text: str, subject_id: int, place: Place, *, field: str, name: str) -> bool:
    """Tell whether *text* vouches for the file."""
    return _signer().validate(f"{_told(subject_id, place, field, name)}.{text}")


def _voucher(subject_id: int, place: Place, field: str, name: str) -> str:
    return _signer().get_signature(_told(subject_id, place, field, name)).decode()


def _told(subject_id: int, place: Place, field: str, name: str) -> str:
    # Not the row: what was typed over somebody's new row of a log can be saved as the next one.
    visit, form, _ = place
    code = field.partition(".")[0]
    return "|".join((str(viewer().user_id), str(subject_id), visit, form, code, name))


def _signer() -> Signer:
    return Signer(settings().secret_key, salt="edc-crf-file")


def _content(file: FileStorage, item: File) -> bytes:
    return file.stream.read(item.max_bytes + 1)


def _problems(subject_id: int, place: Place, crf: Crf, fields: MultiDict[str, str]) -> Errors:
    """Return what speaks against the form as it stands, by field."""
    opened = open_casebook(reading(), subject_id)
    try:
        admission.admit(opened, place, role=role())
    except Refused as refusal:
        return {"": [("", refusal.message)]}
    load_references(reading(), opened, crf)
    sent = crf_form.submission(crf, fields)
    return drafted(opened, place, sent, role=role(), by=viewer().username).problems


_UNASKED = Label(
    en="The page sent a file that this CRF does not take. Reload the page.",
    zh="页面提交了该CRF不接受的文件，请刷新页面。",
)
