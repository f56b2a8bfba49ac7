"""The data dictionary derived from a Study: one plain structure for diff, export and fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.study.conditions import Expression

if TYPE_CHECKING:
    from edc.label import Label
    from edc.study.crf import Crf
    from edc.study.items import Item
    from edc.study.study import Study


def codebook(study: Study) -> dict[str, Any]:
    """Return the whole definition as plain JSON values."""
    return {
        "study": study.code,
        "version": study.version,
        "name": _texts(study.name),
        "crfs": [_crf(crf) for crf in study.all_crfs],
        "visits": [
            {
                "code": visit.code,
                "number": visit.number,
                "label": _texts(visit.label),
                "target": visit.target,
                "window": [visit.window.before, visit.window.after],
                "created": str(visit.created),
                "crfs": [
                    {
                        "crf": plan.crf,
                        "when": plan.when.source if plan.when else "",
                        "optional": plan.optional,
                    }
                    for plan in visit.crfs
                ],
            }
            for visit in study.schedule.visits
        ],
        "registers": [
            {
                "code": register.code,
                "label": _texts(register.label),
                "items": [_item(item) for item in register.items],
            }
            for register in study.registers
        ],
        "codelists": {
            name: {
                "maps_to": codes.maps_to,
                "codes": [{"value": c.value, **_texts(c.label)} for c in codes.codes],
            }
            for name, codes in sorted(study.codelists.items())
        },
    }


def _crf(crf: Crf) -> dict[str, Any]:
    return {
        "code": crf.code,
        "label": _texts(crf.label),
        "occurs": str(crf.occurs),
        "sdtm": crf.sdtm,
        "sections": [
            {
                "code": section.code,
                "label": _texts(section.label),
                "repeats": section.repeats,
                "items": [_item(item) for item in section.items],
            }
            for section in crf.sections
        ],
        "checks": [
            {
                "id": rule.id,
                "severity": str(rule.severity),
                "when": rule.when.source,
                "message": _texts(rule.message),
                "item": rule.item,
            }
            for rule in crf.checks
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": item.code,
        "kind": item.kind,
        "label": _texts(item.label),
        "required": item.required.source
        if isinstance(item.required, Expression)
        else item.required,
        "shown_when": item.shown_when.source if item.shown_when else "",
        "hard": item.hard.text() if item.hard else "",
        "soft": item.soft.text() if item.soft else "",
        "expected": item.expected or "",
        "unit": item.unit.ucum if item.unit else "",
        "cdash": item.cdash,
        "sdtm": item.sdtm,
    }
    for name in ("max_length", "pattern", "places", "step", "to", "max_rows", "reads", "holds"):
        if hasattr(item, name):
            entry[name] = getattr(item, name)
    codes = getattr(item, "codes", None)
    if codes is not None:
        entry["codes"] = codes.name
    if hasattr(item, "columns"):
        entry["columns"] = [_item(column) for column in item.columns]
    rule = getattr(item, "rule", None)
    if rule is not None:
        entry["rule"] = " ".join((rule.__doc__ or "").split())
    return entry


def _texts(label: Label) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh}
