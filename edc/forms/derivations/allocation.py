"""Readiness for randomisation and the strata; all three stand still once a number is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.forms.injury_sites import SITES
from edc.label import Label
from edc.study.checks import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edc.study.casebook import Casebook, Record, RecordScope

# Section 3.5, rule 2.
SCREENING_CRFS = ("DM", "HSCT", "INJ", "VIR", "IE")
BASELINE_CRFS = ("VS", "LB")


@dataclass(frozen=True, slots=True)
class Owed:
    """What randomisation still waits for, in words, and the CRF where it is given.

    :param is_signature: the CRF is filled in and waits for its signature.
    """

    label: Label
    visit: str
    form: str
    row: int = 1
    is_signature: bool = False


def _frozen(rule: Callable[[RecordScope], str | None], code: str, scope: RecordScope) -> str | None:
    """Return what was stored at the allocation, else what *rule* says now (section 5.5)."""
    return scope.cell(code).value if scope.cell("RDNUM").value else rule(scope)


def _complete(casebook: Casebook, form: str, visit: str) -> bool:
    found = [r for r in casebook.of_form(form) if r.visit == visit]
    return bool(found) and all(record.is_complete for record in found)


def _owed(casebook: Casebook) -> Iterator[tuple[str, str]]:
    """Return each CRF that must be complete, with its visit."""
    crfs = casebook.study.crfs
    yield from (("SCR", form) for form in SCREENING_CRFS if form in crfs)
    yield from (("BL", form) for form in BASELINE_CRFS if form in crfs)
    injury = next(iter(casebook.of_form("INJ")), None)
    scope = casebook.scope(injury) if injury else None
    for site in SITES.values():
        if site.assessment in crfs and scope and scope.item(site.present_item) == "Y":
            yield "BL", site.assessment


def _open_hard_checks(casebook: Casebook) -> Iterator[Owed]:
    for record in casebook.records.values():
        if record.form == "RAND":
            continue
        scope = casebook.scope(record)
        for rule in scope.crf.checks:
            if rule.severity is Severity.HARD and rule.when.holds(scope):
                message = Label(
                    en=f"{rule.id}: {rule.message.en}", zh=f"{rule.id}：{rule.message.zh}"
                )
                yield Owed(message, *record.place)


def _consented(record: Record, casebook: Casebook) -> bool:
    scope = casebook.scope(record)
    return record.is_complete and scope.item("ICDAT") is not None


def missing_before_randomisation(casebook: Casebook) -> list[Owed]:
    """Return what section 3.5, rule 2 still asks for; nothing when ready.

    Soft queries do not stand in the way.
    """
    missing = []
    if not any(_consented(record, casebook) for record in casebook.of_form("IC")):
        consent = Label(en="The consent CRF is not complete.", zh="知情同意表尚未填写完整。")
        missing.append(Owed(consent, "", "IC"))
    for visit, form in _owed(casebook):
        if not _complete(casebook, form, visit):
            planned = casebook.study.find_visit(visit)
            place = planned.label if planned else Label(en=visit, zh=visit)
            crf = casebook.study.crfs[form].label
            sentence = Label(
                en=f"“{crf.en}” of “{place.en}” is not complete.",
                zh=f"“{place.zh}”的“{crf.zh}”表尚未填写完整。",
            )
            missing.append(Owed(sentence, visit, form))
    return [*missing, *_eligibility(casebook), *_open_hard_checks(casebook)]


def _eligibility(casebook: Casebook) -> Iterator[Owed]:
    record = next(iter(casebook.of_form("IE")), None)
    if record is None or not record.is_complete:
        return  # that it is not complete is said already
    scope = casebook.scope(record)
    if (scope.item("IEYN"), scope.item("IECONF")) != ("Y", "Y"):
        not_confirmed = Label(
            en="Eligibility is not confirmed by an investigator.", zh="研究者尚未确认入选资格。"
        )
        yield Owed(not_confirmed, "SCR", "IE")
    elif not record.is_signed:
        not_signed = Label(
            en="The confirmation of eligibility is not signed.", zh="入选资格确认尚未签名。"
        )
        yield Owed(not_signed, "SCR", "IE", is_signature=True)


def ready_to_randomise(scope: RecordScope) -> str | None:
    """Return RDELIG: whether everything that randomisation needs is there (section 3.5, rule 2)."""

    def rule(scope: RecordScope) -> str:
        return "N" if missing_before_randomisation(scope.casebook) else "Y"

    return _frozen(rule, "RDELIG", scope)


def target_site(scope: RecordScope) -> str | None:
    """Return RDSTR1: the target site at the allocation, INJPRIM (section 5.1)."""

    def rule(scope: RecordScope) -> str | None:
        site = scope.foreign("INJ", "INJPRIM")
        return site if isinstance(site, str) else None

    return _frozen(rule, "RDSTR1", scope)


def transplant_type(scope: RecordScope) -> str | None:
    """Return RDSTR2: AUTO or ALLO at the allocation; a syngeneic transplant counts as AUTO (5.1)."""

    def rule(scope: RecordScope) -> str | None:
        kind = scope.foreign("HSCT", "HCTTYP")
        return {"AUTO": "AUTO", "SYN": "AUTO", "ALLO": "ALLO"}.get(str(kind))

    return _frozen(rule, "RDSTR2", scope)
