"""How the trail is told to people, and what of it is told to nobody."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from edc import clock
from edc.forms.confidential import REASON, TITLE, is_confidential, passed, passed_text
from edc.forms.states import STATE_LABELS
from edc.permissions import ROLE_LABELS
from edc.reports.audit_labels import (
    ACTION_LABELS,
    CODED,
    COLUMN_LABELS,
    NO,
    STATES,
    TABLE_LABELS,
    YES,
)
from edc.study.missing import MISSING_LABELS, Missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Language
    from edc.study.items import Item
    from edc.study.study import Study

SECRET_COLUMNS: Final = frozenset(
    {"password_hash", "sealed_arm", "sealed_draw", "sealed_seed", "slot_hash", "block", "position"}
    | {"design_fingerprint", "sequence"}
)
"""Shown to nobody, on no page and in no export: secrets, and what would help to guess an arm."""

COMMITTED: Final = frozenset({"list_id", "slot_hash"})
"""Of an act's facts those that lead to the published commitment: in every file of the trail, for
every reader. A slot's hash is salted and tells nothing; of a slot not yet used it is in no act."""

PROVING: Final = frozenset({"confirmed", "content_sha256", "void_reason"})
"""Columns by which a guess at a hidden answer could be proved, and one that repeats the reason of
an act, which may be withheld."""

SECRET_TABLES: Final = frozenset({"envelope", "minimisation_draw", "slot", "user_account"})
"""Tables with such columns: a search by text must not find them by what it may not show."""

DIGESTS: Final = frozenset(
    {("envelope", "decision"), ("envelope", "reason"), ("safety_report", "content")}
)
"""Columns of which the trail holds a digest: it proves, and tells no reader anything."""

POINTERS: Final = frozenset(
    {
        "at", "commitment", "confirmed", "content_sha256", "counted_as_id", "counted_id",
        "entry_id", "facts",
        "fingerprint", "form", "id", "identity_key", "item", "list_id", "messages", "missing",
        "lock_id", "notice_id", "number", "query_id",
        "repeat", "rescreen_of_id", "revision", "row", "site_id", "stratum_id",
        "subject_id", "token", "user_id", "value", "visit", "void_reason", "waited",
    }
)  # fmt: skip
"""Columns that only tie rows together; where a row stands is told in words beside the change."""
_LONGEST_CACHED = 40  # characters of a value worth remembering


def counts(table: str, facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns of an entry that count, among others, what is hidden from masked readers.

    Saves of a CRF are counted with those that changed only what is hidden; the highest entry of an
    export, with all that went before it. What somebody who knows the arms has exported, narrowed to
    a participant or a CRF, would tell by its rows that there is something.
    """
    if table == "crf_entry":
        return frozenset({"version"})
    if table or "rows" not in facts:
        return frozenset()
    return frozenset({"highest"} if facts.get("masked") else {"highest", "rows", "filters"})


class Words:
    """The words of one language for everything the trail holds.

    Looked-up wording is remembered, for an export asks for the same few thousand words a million
    times; free text is not, so that memory stays flat.
    """

    def __init__(
        self,
        study: Study,
        language: Language,
        *,
        reads_confidential: bool = False,
        is_masked: bool = False,
    ) -> None:
        """Speak *language* about *study*.

        :param reads_confidential: tell the answers of which others read only whether they passed.
        :param is_masked: tell no count from which one could learn that something is hidden.
        """
        self.study = study
        self.language: Language = language
        self.reads_confidential = reads_confidential
        self.is_masked = is_masked
        self._values: dict[tuple[str, str, str], str] = {}

    def action(self, name: str) -> str:
        """Return an act in words; one that a later version no longer knows keeps its name."""
        label = ACTION_LABELS.get(name)
        return label.text(self.language) if label else name

    def role(self, name: str) -> str:
        """Return a role in words."""
        return self._roles.get(name, name)

    def visit(self, code: str) -> str:
        """Return a visit's label."""
        found = self.study.find_visit(code) if code else None
        return found.label.text(self.language) if found else code

    def form(self, code: str, row: int = 1) -> str:
        """Return a CRF's or a register's label; of a CRF with parts, that of the part at *row*."""
        crf = self.study.crfs.get(code)
        if crf is not None and crf.parts:
            return crf.at(row).label.text(self.language)
        return self._forms.get(code, code)

    def table(self, name: str) -> str:
        """Return what kind of row a table holds."""
        label = TABLE_LABELS.get(name)
        return label.text(self.language) if label else name

    def item(self, form: str, code: str, repeat: int = 1) -> str:
        """Return an item's label, with its row in a repeating group."""
        if self._withholds(form, code):
            return TITLE.text(self.language)
        crf = self.study.crfs.get(form)
        if crf is not None and code in crf.repeating:
            return crf.label_of(code, repeat).text(self.language)
        item = self._items.get((form, code))
        return item.label.text(self.language) if item else code

    def reason(self, text: str | None, *, withheld: bool) -> str:
        """Return why something was done; *withheld* where the words may tell a confidential answer.

        Whoever reads the answers reads them where the item is, and its reasons there too.
        """
        if text and withheld and not self.reads_confidential:
            return REASON.text(self.language)
        return text or ""

    def change(self, table: str, form: str, item: str, values: str | None) -> str:
        """Return old or new values of one entry in words; empty when there are none.

        :param values: JSON of the changed columns, as the trail holds it.
        """
        if values is None:
            return ""
        facts = json.loads(values)
        if table == "data_point":
            return self.data_point(form, item, facts)
        mark = "；" if self.language == "zh" else "; "
        colon = "：" if self.language == "zh" else ": "
        shown = POINTERS | SECRET_COLUMNS if table else SECRET_COLUMNS
        if self.is_masked:
            shown = shown | counts(table, facts)
        return mark.join(
            f"{self._column(name)}{colon}{text}"
            for name, value in facts.items()
            if name not in shown
            and (table, name) not in DIGESTS
            and (text := self._fact(table, name, value)) != ""
        )

    def data_point(self, form: str, item: str, facts: dict[str, Any]) -> str:
        """Return what an item held: a value in words, or a missing code with its reason."""
        value = facts.get("value")
        if self._withholds(form, item):
            return passed_text(
                form, item, value=value, missing=facts.get("missing"), language=self.language
            )
        if value is not None:
            return self._value(form, item, value)
        missing = facts.get("missing")
        if missing is None:
            return ""
        label = self._missing.get(missing, missing)
        reason = facts.get("missing_reason") or ""
        return f"{label}（{reason}）" if self.language == "zh" else f"{label} ({reason})"

    def stored(self, form: str, item: str, values: str | None) -> tuple[str, str]:
        """Return what an item held, in words and as it is stored: the value or the missing code."""
        if values is None:
            return "", ""
        facts = json.loads(values)
        value, missing = facts.get("value"), facts.get("missing")
        if self._withholds(form, item):
            return self.data_point(form, item, facts), (
                passed(form, item, value=value, missing=missing) or ""
            )
        return self.data_point(form, item, facts), value or missing or ""

    def _withholds(self, form: str, item: str) -> bool:
        return is_confidential(form, item) and not self.reads_confidential

    def _value(self, form: str, item: str, value: str) -> str:
        key = (form, item, value)
        known = self._values.get(key)
        if known is not None:
            return known
        declared = self._items.get((form, item))
        try:
            text = declared.write(value, self.language) if declared else value
        except (KeyError, TypeError, ValueError):
            text = value  # saved under an older definition: shown as it was stored
        if getattr(declared, "codes", None) and len(value) <= _LONGEST_CACHED:
            self._values[key] = text
        return text

    def _column(self, name: str) -> str:
        label = COLUMN_LABELS.get(name)
        return label.text(self.language) if label else name.replace("_", " ")

    def _fact(self, table: str, name: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
        if isinstance(value, bool):
            return (YES if value else NO).text(self.language)
        if isinstance(value, dict):
            return ", ".join(f"{self._column(k)}={v}" for k, v in value.items())
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else self._text_fact(table, name, str(value))

    def _text_fact(self, table: str, name: str, value: str) -> str:
        if name in {"role", "raised_role", "entered_role", "person_role", "decided_role"}:
            return self.role(value)
        coded = CODED.get(name, {}).get(value)
        if coded is not None:
            return coded.text(self.language)
        if name == "state":
            label = STATES.get(table, STATE_LABELS).get(value)  # type: ignore[call-overload]
            return label.text(self.language) if label else value
        if name in {"next_visit", "code"} and table in {"subject", "subject_visit"}:
            return self.visit(value)
        if name.endswith(("_at", "_since")):
            return moment_text(datetime.fromisoformat(value))
        return value

    @cached_property
    def _roles(self) -> dict[str, str]:
        return {str(role): label.text(self.language) for role, label in ROLE_LABELS.items()}

    @cached_property
    def _missing(self) -> dict[str, str]:
        return {str(code): MISSING_LABELS[code].text(self.language) for code in Missing}

    @cached_property
    def _forms(self) -> dict[str, str]:
        crfs = {crf.code: crf.label for crf in self.study.all_crfs}
        registers = {register.code: register.label for register in self.study.registers}
        return {code: label.text(self.language) for code, label in (crfs | registers).items()}

    @cached_property
    def _items(self) -> dict[tuple[str, str], Item]:
        return {(crf.code, item.code): item for crf in self.study.all_crfs for item in crf.items}


def moment_text(moment: datetime) -> str:
    """Return a moment at the site with its offset: ``2026-01-05 16:30:00+08:00``."""
    return clock.local(moment).isoformat(sep=" ", timespec="seconds")
