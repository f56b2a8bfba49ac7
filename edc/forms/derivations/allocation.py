"""Readiness for randomisation and the strata; all three stand still once a number is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.forms.injury_sites import SITES
from edc.label import Label
from edc.study.casebook import Casebook, Record
from edc.study.checks import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edc.study.casebook import RecordScope
    from edc.study.checks import EditCheck
    from edc.study.visits import Planned, Visit

# Section 3.5, rule 2.
SCREENING_CRFS = ("DM", "HSCT", "INJ", "VIR", "IE")
BASELINE_CRFS = ("VS", "LB", "PREGT")
PREGNANCY_TEST, PREGNANCY_CHECK = "PREGT", "PREGT-01"


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


def _owed(casebook: Casebook) -> Iterator[tuple[Planned, Visit]]:
    """Return each planned CRF, or panel, that must be complete, with its visit."""
    assessments = {site.assessment for site in SITES.values()}
    for code, forms in {"SCR": SCREENING_CRFS, "BL": {*BASELINE_CRFS, *assessments}}.items():
        visit = casebook.study.schedule.by_code[code]
        scope = casebook.scope(Record("SV", code, 0))
        for plan in visit.crfs:
            is_planned = plan.when is None or plan.when.holds(scope)
            if plan.crf in forms and not plan.optional and is_planned:
                yield plan, visit


def _open_hard_checks(casebook: Casebook) -> Iterator[Owed]:
    for record in casebook.records.values():
        if record.form == "RAND":
            continue
        scope = casebook.scope(record)
        for rule in scope.crf.checks:
            if rule.severity is Severity.HARD and rule.when.holds(scope):
                yield Owed(_message(rule), *record.place)


def _message(rule: EditCheck) -> Label:
    return Label(en=f"{rule.id}: {rule.message.en}", zh=f"{rule.id}：{rule.message.zh}")


def _pregnancy_test(casebook: Casebook) -> Iterator[Owed]:
    """Ask PREGT-01 of whom a pregnancy test is due, whether or not one was recorded."""
    visit = casebook.study.schedule.by_code["BL"]
    scope = casebook.scope(Record("SV", visit.code, 0))
    plans = [plan for plan in visit.crfs if plan.crf == PREGNANCY_TEST]
    if not any(plan.when is None or plan.when.holds(scope) for plan in plans):
        return
    place = (visit.code, PREGNANCY_TEST, 1)
    asked = Casebook(
        study=casebook.study,
        records=casebook.records,
        facts=casebook.facts | {"randomisation_asked": "Y"},
    )
    record = casebook.records.get(place) or Record(PREGNANCY_TEST, visit.code)
    for rule in casebook.study.crfs[PREGNANCY_TEST].checks_by_id[PREGNANCY_CHECK]:
        if rule.when.holds(asked.scope(record)):
            yield Owed(_message(rule), *place)


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
    for plan, visit in _owed(casebook):
        crf = casebook.study.crfs[plan.crf]
        row = crf.row_of(plan.part)
        record = casebook.records.get((visit.code, plan.crf, row))
        if record is None or not record.is_complete:
            name = crf.at(row).label
            sentence = Label(
                en=f"“{name.en}” of “{visit.label.en}” is not complete.",
                zh=f"“{visit.label.zh}”的“{name.zh}”表尚未填写完整。",
            )
            missing.append(Owed(sentence, visit.code, plan.crf, row))
    missing += _pregnancy_test(casebook)
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
