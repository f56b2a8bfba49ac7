"""Files that CRFs name: shown to those who may read the CRF, and only from their own place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from edc.errors import NotFound
from edc.permissions import Permission
from edc.randomization.masking import is_visible
from edc.services import admission
from edc.services.casebooks import open_casebook
from edc.services.files import media_type, read_file, was_held
from edc.services.submissions import address
from edc.study.casebook import Record
from edc.study.items import File
from edc.web.crf_files import is_voucher
from edc.web.crf_page import NO_VISIT
from edc.web.guard import requires
from edc.web.request import reading, role, settings

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.services.casebooks import Place

bp = Blueprint("files", __name__)
_LARGEST_ROW = 2**31 - 1
_HEADERS = {
    "Cache-Control": "no-store, private",
    # Opened by itself it is a picture and nothing else, whatever it may hold.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


@bp.get("/subjects/<int:subject_id>/file/<visit>/<form>/<number:row>/<item>/<number:repeat>/<name>")
@requires(Permission.CRF_READ)
def show(  # noqa: PLR0917 - the parts of the address
    subject_id: int, visit: str, form: str, row: int, item: str, repeat: int, name: str
) -> ResponseReturnValue:
    """Send a file that the item holds or held, or that this person has just chosen for it."""
    crf = admission.find_crf(form, role=role(), row=row)
    declared = crf.by_code.get(item)
    if not isinstance(declared, File) or not is_visible(role(), form=form, item=item):
        raise NotFound
    if max(row, repeat) > _LARGEST_ROW:
        raise NotFound
    place = ("" if visit == NO_VISIT else visit, form, row)
    voucher = request.args.get("kept", "")
    if not is_voucher(
        voucher, subject_id, place, field=address((item, repeat)), name=name
    ) and not _is_shown(subject_id, place, declared, repeat=repeat, name=name):
        raise NotFound
    is_small = request.args.get("size") == "thumb"
    content = read_file(settings().instance, name, thumbnail=is_small)
    if content is None:
        raise NotFound
    answer = Response(content, mimetype="image/jpeg" if is_small else media_type(name))
    answer.headers.update(_HEADERS)
    neutral = f"{form}-{item}-{name[:8]}{name[64:]}"  # it tells nobody's number
    answer.headers["Content-Disposition"] = f'inline; filename="{neutral}"'
    return answer


def _is_shown(subject_id: int, place: Place, item: File, *, repeat: int, name: str) -> bool:
    """Tell whether the file belongs to the item, and the item is asked: it is not after a refusal.

    A participant who withdraws the consent to photographs takes them out of sight.
    """
    if not was_held(reading(), subject_id, place=place, item=item.code, repeat=repeat, name=name):
        return False
    visit, form, row = place
    opened = open_casebook(reading(), subject_id, queries=False)
    record = opened.book.records.get(place) or Record(form, visit, row)
    return opened.book.scope(record, repeat).is_shown(item)
