"""The data dictionary derived from a Study: one plain structure for diff, export, fingerprint.

Everything declared is in it, each item by walking the fields of its kind: a change of definition
that the codebook did not show would be a change without a trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from edc.label import Label
from edc.study.codelists import CodeList, Unit
from edc.study.conditions import Expression
from edc.study.items import Conversion, Item, Range
from edc.study.missing import MISSING_LABELS

if TYPE_CHECKING:
    from edc.study.checks import EditCheck
    from edc.study.crf import Crf
    from edc.study.study import Register, Study
    from edc.study.visits import Visit

_ENTRIES = "entries"  # of a dictionary that comes with the program; its key names it


def codebook(study: Study) -> dict[str, Any]:
    """Return the whole definition as plain JSON values."""
    return {
        "study": study.code,
        "version": study.version,
        "name": _texts(study.name),
        "short_name": _texts(study.short_name),
        "target": study.target,
        "crfs": [_crf(crf) for crf in study.all_crfs],
        "visits": [_visit(visit) for visit in study.schedule.visits],
        "registers": [_register(register) for register in study.registers],
        "facts": [
            {"name": fact.name, "rule": _plain(fact.rule), "reads": list(fact.reads)}
            for fact in study.all_facts
        ],
        "missing": {str(code): _texts(label) for code, label in MISSING_LABELS.items()},
        "codelists": {
            name: {
                "maps_to": codes.maps_to,
                "codes": [
                    {"value": c.value, **_texts(c.label)}
                    | ({"short": _texts(c.short)} if c.short else {})
                    for c in codes.codes
                ],
            }
            for name, codes in sorted(study.codelists.items())
        },
    }


def _crf(crf: Crf) -> dict[str, Any]:
    return {
        "code": crf.code,
        "label": _texts(crf.label),
        "note": _texts(crf.note),
        "occurs": str(crf.occurs),
        "sdtm": crf.sdtm,
        "date_item": crf.date_item,
        "row_title": list(crf.row_title),
        "again": list(crf.again),
        "as_last": list(crf.as_last),
        "parts": [{"code": part.code, **_texts(part.label)} for part in crf.parts],
        "assesses": crf.assesses,
        "system_only": crf.system_only,
        "rows_of": crf.rows_of,
        "before_consent": crf.before_consent,
        "answers_stay": _texts(crf.answers_stay),
        "sections": [
            {
                "code": section.code,
                "label": _texts(section.label),
                "hint": _texts(section.hint),
                "repeats": section.repeats,
                "row_label": _texts(section.row_label),
                "numbered": section.numbered,
                "kept": list(section.kept),
                "part": section.part,
                "rest": section.rest,
                "items": [_item(item) for item in section.items],
            }
            for section in crf.sections
        ],
        "checks": [_check(rule) for rule in crf.checks],
    }


def _check(rule: EditCheck) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": str(rule.severity),
        "when": rule.when.source,
        "message": _texts(rule.message),
        "item": rule.item,
        "proposes": [rule.proposes.category, rule.proposes.severity] if rule.proposes else [],
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "code": visit.code,
        "number": visit.number,
        "label": _texts(visit.label),
        "target": visit.target,
        "window": [visit.window.before, visit.window.after],
        "weekdays": sorted(visit.weekdays),
        "group": visit.group,
        "main": visit.main,
        "created": str(visit.created),
        "crfs": [
            {
                "crf": plan.crf,
                "part": plan.part,
                "when": plan.when.source if plan.when else "",
                "optional": plan.optional,
            }
            for plan in visit.crfs
        ],
    }


def _register(register: Register) -> dict[str, Any]:
    return {
        "code": register.code,
        "label": _texts(register.label),
        "key": register.key,
        "period": list(register.period or ()),
        "shown_with": list(register.shown_with),
        "in_force_from": register.in_force_from,
        "items": [_item(item) for item in register.items],
        "checks": [_check(rule) for rule in register.checks],
    }


def _item(item: Item) -> dict[str, Any]:
    declared = {
        field.name: _plain(getattr(item, field.name))
        for field in fields(item)
        if field.name != _ENTRIES
    }
    return {"kind": item.kind} | declared


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    # What is left is a plain value, or a rule, which its docstring tells.
    return " ".join((value.__doc__ or "").split()) if callable(value) else value


def _texts(label: Label | None) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh} if label else {}


_WRITTEN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (type(None), lambda _: ""),
    (Label, _texts),
    (Expression, lambda rule: rule.source),
    (Range, lambda bounds: bounds.text()),
    (Unit, lambda unit: {"ucum": unit.ucum, **_texts(unit.label)}),
    (CodeList, lambda codes: codes.name),
    (Conversion, lambda one: {"item": one.item, "unit": one.unit.ucum, "factor": one.factor}),
    (Item, _item),
    (tuple, lambda parts: [_plain(part) for part in parts]),
    (frozenset, lambda parts: sorted(str(part) for part in parts)),
)
