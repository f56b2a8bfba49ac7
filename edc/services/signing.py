"""Electronic signatures: put under the content of a CRF, void when that content changes.

A signature names its signer, the time and what it means (21 CFR 11.50), and is bound to the record
by a SHA-256 over the CRF's content and the version of the study's definition (11.70). Every typed
answer takes part in the hash, with missing codes and their reasons; what the system derives from
those answers does not, for it follows other CRFs too, and nobody vouches for arithmetic.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from edc import clock
from edc.errors import EditConflict, NotFound, NotPermitted, SignatureRefused
from edc.label import Label
from edc.models import CrfEntry, DataPoint, Signature
from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.randomization.masking import is_visible
from edc.services import projection, settling
from edc.services.casebooks import open_casebook
from edc.study.items import Calculated

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.casebooks import Opened, Place
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Casebook, Record

CONTENT_FORMAT: Final = "edc-signed-content/1"
_ELIGIBILITY: Final = "IE"
# The item of a CRF that holds the moment of its signature.
_SIGNED_AT: Final = {"IE": "IECONFDT", "EOS": "EOSSIG"}


class Meaning(StrEnum):
    """What a signature states."""

    ELIGIBILITY_CONFIRMED = "eligibility_confirmed"
    REVIEWED = "reviewed"
    AUTHORED = "authored"


MEANINGS: Final[dict[Meaning, Label]] = {
    Meaning.ELIGIBILITY_CONFIRMED: Label(
        en="I have checked every criterion and confirm that this participant is eligible.",
        zh="本人已逐条核对入选/排除标准，确认该受试者符合入组条件。",
    ),
    Meaning.REVIEWED: Label(
        en="I have reviewed this CRF; it is complete and agrees with the source records.",
        zh="本人已审核本CRF，内容完整，与原始记录一致。",
    ),
    Meaning.AUTHORED: Label(
        en="I am responsible for what is recorded on this CRF; it is true and complete.",
        zh="本人对本CRF的内容负责，所填信息真实、完整。",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureState:
    """A signature as it stands.

    :param is_valid: it has not been voided, and its hash is that of the content now.
    :param is_intact: the hash is that of the content now; a valid signature that is not intact
        means that the content was changed around the system.
    :param is_current_definition: the study's definition is still the version it was put under.
    """

    who: str
    role: str
    meaning: Meaning
    at: datetime
    content_sha256: str
    entry_version: int
    is_valid: bool
    is_intact: bool
    is_current_definition: bool
    voided_at: datetime | None
    void_reason: str | None


_Point = tuple[str, int, str | None, str | None, str | None]


def content_sha256(entry: CrfEntry, *, fingerprint: str) -> str:
    """Return the SHA-256 of a CRF's content as canonical JSON, under a version of the definition.

    An item that was emptied counts as one that was never filled in.
    """
    points = [(p.item, p.repeat, p.value, p.missing, p.missing_reason) for p in entry.points]
    return _sha256(entry, points, fingerprint=fingerprint)


def _sha256(entry: CrfEntry, points: Iterable[_Point], *, fingerprint: str) -> str:
    items = sorted(
        list(point)
        for point in points
        if (point[2] is not None or point[3] is not None) and _is_signed(entry.form, point[0])
    )
    content = {
        "format": CONTENT_FORMAT,
        "subject": entry.subject_id,
        "visit": entry.visit,
        "form": entry.form,
        "row": entry.row,
        "definition": fingerprint,
        "items": items,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_signed(form: str, code: str) -> bool:
    """Tell whether an item is content: not derived, and not written by the act of signing."""
    crf = STUDY.crfs.get(form)
    item = crf.by_code.get(code) if crf else None
    if crf is None or item is None:
        return True  # an item of an older definition: what it holds was typed
    return not isinstance(item, Calculated) and (item.is_typed or crf.system_only)


def find_entry(session: Session, subject_id: int, place: Place) -> CrfEntry | None:
    """Return the CRF with its data points."""
    visit, form, row = place
    found = session.scalars(
        select(CrfEntry)
        .where(
            CrfEntry.subject_id == subject_id,
            CrfEntry.visit == visit,
            CrfEntry.form == form,
            CrfEntry.row == row,
        )
        .options(joinedload(CrfEntry.points))
    )
    return found.unique().one_or_none()


def meanings_for(casebook: Casebook, record: Record) -> tuple[Meaning, ...]:
    """Return what a signature under this CRF may mean, the usual one first.

    Under a confirmed eligibility there is one meaning only, so that it can stand for nothing less.
    """
    if record.form == _ELIGIBILITY and casebook.scope(record).item("IECONF") == "Y":
        return (Meaning.ELIGIBILITY_CONFIRMED,)
    return (Meaning.REVIEWED, Meaning.AUTHORED)


def sign_entry(
    uow: UnitOfWork,
    *,
    subject_id: int,
    place: Place,
    version: int,
    meaning: Meaning,
    password_checked: Literal[True],
) -> Signature:
    """Sign a CRF as the unit of work's actor.

    :param version: the one that the signer has read.
    :param password_checked: the caller has asked for the password again (21 CFR 11.200).
    :raises NotPermitted: when the actor's role does not sign.
    :raises NotFound: when there is no such CRF, or the role may not know of it.
    :raises EditConflict: when the CRF was saved since the signer opened it.
    :raises SignatureRefused: when it cannot be signed now with this meaning.
    """
    del password_checked
    actor = uow.actor
    if actor.role is None or actor.user_id is None or not grants(actor.role, Permission.CRF_SIGN):
        raise NotPermitted
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    record = opened.book.records.get(place)
    entry = find_entry(uow.session, subject_id, place)
    if record is None or entry is None or not is_visible(actor.role, form=place[1], row=place[2]):
        raise NotFound
    if entry.version != version:
        raise EditConflict
    signatures = _valid_signatures(uow.session, entry)
    _require_signable(opened.book, record, meaning=meaning, signatures=signatures)
    _require_settled(uow.session, opened, record)
    signature = Signature(
        entry=entry,
        user_id=actor.user_id,
        full_name=actor.full_name,
        role=str(actor.role),
        meaning=str(meaning),
        signed_at=clock.now(),
        content_sha256=content_sha256(entry, fingerprint=STUDY.fingerprint()),
        entry_version=entry.version,
        fingerprint=STUDY.fingerprint(),
    )
    uow.session.add(signature)
    if record.form != _ELIGIBILITY or meaning is Meaning.ELIGIBILITY_CONFIRMED:
        moment = clock.local(signature.signed_at).isoformat(timespec="seconds")
        _write_moment(uow.session, entry, moment)
    record.is_signed = True
    projection.refresh(uow, opened)
    uow.session.flush()
    return signature


def _require_signable(
    casebook: Casebook, record: Record, *, meaning: Meaning, signatures: list[Signature]
) -> None:
    if not record.is_complete:
        raise SignatureRefused(_INCOMPLETE, rule="SIGN")
    if meaning is Meaning.ELIGIBILITY_CONFIRMED:
        scope = casebook.scope(record)
        if record.form != _ELIGIBILITY or scope.item("IECONF") != "Y":
            raise SignatureRefused(_NOT_CONFIRMED, rule="SIGN")
        if scope.item("IEYN") != "Y":
            raise SignatureRefused(_NOT_ELIGIBLE, rule="IE-01")
    if meaning not in meanings_for(casebook, record):
        raise SignatureRefused(_OTHER_MEANING, rule="SIGN")
    for signature in signatures:
        if signature.meaning == meaning:
            raise SignatureRefused(_SIGNED.filled(who=signature.full_name), rule="SIGNED")


def _require_settled(session: Session, opened: Opened, record: Record) -> None:
    """Refuse the signature of the whole casebook while something in it is open (EOS-05)."""
    if not settling.asks_for_settlement(record.form):
        return
    settling.load_open_queries(session, opened)
    left = settling.unsettled(opened, role=None)
    rule = settling.refusing(opened, record, is_unsettled=bool(left))
    if rule is not None:
        raise SignatureRefused(rule.message, rule=rule.id)


def _valid_signatures(session: Session, entry: CrfEntry) -> list[Signature]:
    return list(
        session.scalars(
            select(Signature).where(Signature.entry_id == entry.id, Signature.voided_at.is_(None))
        )
    )


def _write_moment(session: Session, entry: CrfEntry, moment: str | None) -> None:
    """Write when the CRF was signed, where an item holds it, or empty it with the signature."""
    code = _SIGNED_AT.get(entry.form)
    if code is None:
        return
    point = next((p for p in entry.points if p.item == code), None)
    if point is not None:
        point.value = moment
        point.revision += 1
    elif moment is not None:
        session.add(DataPoint(entry=entry, item=code, repeat=1, value=moment, revision=1))


def void_signatures(uow: UnitOfWork, entry: CrfEntry, record: Record) -> None:
    """Void the valid signatures whose content has changed, and tell the record what still holds.

    It runs in the unit of work that changes the content, before the record is written.
    """
    record.is_signed = False
    if entry.id is None:  # a CRF that is saved for the first time
        return
    points = [
        (item, repeat, cell.value, cell.missing, cell.missing_reason)
        for (item, repeat), cell in record.cells.items()
    ]
    for signature in _valid_signatures(uow.session, entry):
        if _sha256(entry, points, fingerprint=signature.fingerprint) == signature.content_sha256:
            record.is_signed = True
            continue
        signature.voided_at = clock.now()
        signature.void_reason = uow.reason
        if entry.form != _ELIGIBILITY or signature.meaning == Meaning.ELIGIBILITY_CONFIRMED:
            _write_moment(uow.session, entry, None)
            record.cells.pop((_SIGNED_AT.get(entry.form, ""), 1), None)


def void_all(uow: UnitOfWork, entry: CrfEntry) -> None:
    """Void every valid signature of a CRF that is no record any more."""
    for signature in _valid_signatures(uow.session, entry):
        signature.voided_at = clock.now()
        signature.void_reason = uow.reason


def signature_state(session: Session, subject_id: int, place: Place) -> list[SignatureState]:
    """Return the CRF's signatures, newest first, each verified against the content now."""
    visit, form, row = place
    found = session.scalars(
        select(Signature)
        .join(CrfEntry, CrfEntry.id == Signature.entry_id)
        .where(
            CrfEntry.subject_id == subject_id,
            CrfEntry.visit == visit,
            CrfEntry.form == form,
            CrfEntry.row == row,
        )
        .order_by(Signature.id.desc())
    ).all()
    # Most CRFs have no signature; their content is then not read a second time.
    entry = find_entry(session, subject_id, place) if found else None
    return [_state(signature, entry) for signature in found if entry is not None]


def _state(signature: Signature, entry: CrfEntry) -> SignatureState:
    now = content_sha256(entry, fingerprint=signature.fingerprint)
    is_intact = now == signature.content_sha256
    return SignatureState(
        who=signature.full_name,
        role=signature.role,
        meaning=Meaning(signature.meaning),
        at=signature.signed_at,
        content_sha256=signature.content_sha256,
        entry_version=signature.entry_version,
        is_valid=is_intact and signature.voided_at is None,
        is_intact=is_intact,
        is_current_definition=signature.fingerprint == STUDY.fingerprint(),
        voided_at=signature.voided_at,
        void_reason=signature.void_reason,
    )


def may_sign(role: Role, form: str) -> bool:
    """Tell whether the role may sign this CRF."""
    return grants(role, Permission.CRF_SIGN) and is_visible(role, form=form)


_INCOMPLETE = Label(
    en="This CRF still lacks required answers. Complete and save it, then sign.",
    zh="本CRF尚有必填项未填，请填写完整并保存后再签名。",
)
_NOT_CONFIRMED = Label(
    en="Eligibility is not confirmed on the CRF. Answer the confirmation with Yes and save, "
    "then sign.",
    zh="CRF中尚未确认入选资格。请将“研究者确认入选资格”填为“是”并保存后再签名。",
)
_NOT_ELIGIBLE = Label(
    en="Cannot confirm: a criterion is not met.",
    zh="存在不符合的标准，不能确认入选。",
)
_OTHER_MEANING = Label(
    en="This CRF cannot be signed with this meaning. Reload the page.",
    zh="本CRF不能以此含义签名，请刷新页面。",
)
_SIGNED = Label(
    en="{who} has signed this CRF with the same meaning, and the signature holds.",
    zh="{who}已以相同含义签署本CRF，签名有效。",
)
