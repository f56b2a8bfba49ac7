"""A register's entry ⇄ page: its fields, what its form sends, and the files that come with it.

A field is named as on a CRF page: the item's code, with parts after a dot. A newly chosen file is
kept at once, so that nobody has to choose one twice: ``ITEM.kept`` vouches for it, bound to this
person and this register, until the entry is saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, request, url_for
from itsdangerous import Signer

from edc import clock
from edc.forms.lab_limits import ReferenceLimits
from edc.services.documents import keep_document, read_document
from edc.services.files import FileRefused
from edc.study.browser import browser_context
from edc.study.conditions import Expression
from edc.study.entry_scope import EntryScope
from edc.study.items import Choice, Date, DateTime, File, Reference, System, Table, Text
from edc.web import limits_grid
from edc.web.request import language, settings, text, viewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Label
    from edc.services.register_rules import Problems
    from edc.services.registers import Row
    from edc.study.items import Item
    from edc.study.study import Register

_DATE_PARTS = ("year", "month", "day")
_SILENT = frozenset({"REQ", "REASON"})
_SENT_TO = frozenset({"registers.add", "registers.correct"})
_MOST_ROOM = 2 * 10 * 1024 * 1024


def make_room() -> None:
    """Let a register's form be as large as its files; run before anything reads the form."""
    if request.endpoint in _SENT_TO and request.method == "POST":
        request.max_content_length = current_app.config["MAX_CONTENT_LENGTH"] + 2 * _MOST_ROOM


def has_files(declared: Register) -> bool:
    """Tell whether the register asks for a file, so that its form must be sent in parts."""
    return any(isinstance(item, File) for item in declared.items)


def sent(declared: Register) -> dict[str, Any]:
    """Return what was typed, item by item, in the shape that its reader takes."""
    return {item.code: _parts(item) for item in declared.items if item.is_typed}


def stored(declared: Register, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a stored entry in the same shape."""
    return {
        item.code: item.parts(values[item.code]) if item.code in values else ""
        for item in declared.items
    }


def take_files(declared: Register, typed: dict[str, Any], *, before: Mapping[str, str]) -> Problems:
    """Keep the files that were chosen, put their names into *typed*; return what was refused.

    A name that is neither stored nor vouched for is dropped: it was not chosen on this page.
    """
    refused: Problems = {}
    for item in declared.items:
        if not isinstance(item, File):
            continue
        code = item.code
        name = typed.get(code, "")
        is_kept = name and (name == before.get(code) or _is_voucher(declared, code, name))
        typed[code] = "" if f"{code}.remove" in request.form or not is_kept else name
        chosen = request.files.get(f"{code}.file")
        if chosen is None or not chosen.filename:
            continue
        try:
            document = read_document(chosen.stream.read(item.max_bytes + 1), item=item)
        except FileRefused as refusal:
            refused[code] = [(f"HARD:{code}", refusal.message)]
            continue
        keep_document(settings().instance, document)
        typed[code] = document.name
    return refused


def fields(
    declared: Register,
    typed: Mapping[str, Any],
    problems: Problems,
    *,
    row: Row | None,
) -> list[dict[str, Any]]:
    """Return a field for each item, with what was typed and what speaks against it."""
    scope = _scope(declared, typed)
    found = []
    for item in declared.items:
        if isinstance(item, System) and row is None:
            continue
        field = {
            "name": item.code,
            "kind": "ref" if isinstance(item, Reference) else item.kind,
            "label": text(item.label),
            "hint": text(item.hint) if item.hint else None,
            "unit": _unit(item),
            "value": typed.get(item.code, ""),
            "required": _is_required(declared, item, scope),
            "shown": scope.is_shown(item) or bool(problems.get(item.code)),
            "shown_when": item.shown_when.tree if item.shown_when else None,
            "error": _sentences(problems.get(item.code, [])) or None,
        }
        found.append(field | _particulars(declared, item, field["value"], row))
    return found


def context(declared: Register, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the browser needs to follow the entry's conditions."""
    return browser_context(declared, _scope(declared, typed)) | {"stored": {}}


def told(problems: Problems, labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Return every problem for the list on top of the page."""
    return [
        {"name": name, "text": labels.get(name, "") + _sentences([one])}
        for name, found in problems.items()
        for one in found
    ]


def _sentences(found: list[tuple[str, Label]]) -> str:
    return " ".join(
        text(message) + ("" if rule in _SILENT else f" [{rule}]") for rule, message in found
    )


def _particulars(
    declared: Register,
    item: Item,
    value: Any,  # noqa: ANN401 - each kind's own shape
    row: Row | None,
) -> dict[str, Any]:
    match item:
        case Choice():
            return {
                "options": [{"value": c.value, "text": text(c.label)} for c in item.codes.codes]
            }
        case File():
            return _file(declared, item, value, row)
        case ReferenceLimits():
            return limits_grid.particulars(value)
        case Text():
            return {"max_length": item.max_length, "scanned": item.scanned}
        case System():
            return {"display": item.write(value, language()) if value else None}
    return {}


def _file(declared: Register, item: File, name: str, row: Row | None) -> dict[str, Any]:
    """Return what a file's field shows: the document that is there, and what vouches for it."""
    is_stored = row is not None and bool(name) and row.values.get(item.code) == name
    href = None
    if is_stored and row is not None:
        href = url_for("registers.file", row_id=row.row_id, item=item.code)
    shown = {"href": href, "text": f"{name[:12]}….{name.rpartition('.')[2]}"}
    return {
        "accept": ",".join(item.types),
        "kept": _voucher(declared, item.code, name) if name and not is_stored else "",
        "is_document": True,
        "file": shown if name else None,
    }


def _parts(item: Item) -> Any:  # noqa: ANN401 - each kind's own shape
    code = item.code
    if isinstance(item, Date | DateTime):
        names = (*_DATE_PARTS, "time") if isinstance(item, DateTime) else _DATE_PARTS
        return {part: request.form.get(f"{code}.{part}", "") for part in names}
    if isinstance(item, Table):
        rows: dict[int, dict[str, str]] = {}
        for name in request.form:
            head, _, rest = name.partition(".")
            number, _, column = rest.partition(".")
            if head == code and number.isascii() and number.isdecimal() and len(number) < 4:  # noqa: PLR2004
                rows.setdefault(int(number), {})[column] = request.form[name]
        return [rows[number] for number in sorted(rows)]
    return request.form.get(code, "")


def _scope(declared: Register, typed: Mapping[str, Any]) -> EntryScope:
    """Return what conditions read of what is typed; what cannot be read yet is empty."""
    values = {}
    for item in declared.items:
        given = typed.get(item.code)
        if isinstance(given, str) and given:
            values[item.code] = given
    return EntryScope(declared, values, facts={"today": clock.today().isoformat()})


def _is_required(declared: Register, item: Item, scope: EntryScope) -> bool:
    if isinstance(item.required, Expression):
        return item.required.holds(scope)
    return item.required or item.code == declared.key


def _unit(item: Item) -> str | None:
    unit = item.unit
    return text(unit.label) if unit and not unit.is_count else None


def _voucher(declared: Register, code: str, name: str) -> str:
    return _signer().get_signature(_told(declared, code, name)).decode()


def _is_voucher(declared: Register, code: str, name: str) -> bool:
    given = request.form.get(f"{code}.kept", "")
    return _signer().validate(f"{_told(declared, code, name)}.{given}")


def _told(declared: Register, code: str, name: str) -> str:
    return "|".join((str(viewer().user_id), declared.code, code, name))


def _signer() -> Signer:
    return Signer(settings().secret_key, salt="edc-register-file")
