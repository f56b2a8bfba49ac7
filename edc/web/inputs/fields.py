"""What the inputs share: text that is cleaned as everywhere, and a field that must be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import StopValidation

from edc.study.items import Unreadable, cleaned
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wtforms import Field, Form
    from wtforms.form import BaseForm

LONGEST_REASON = 500


class Input(FlaskForm):  # type: ignore[misc]
    """A form whose fields' errors can be listed on top of the page, in the order of *order*."""

    order: tuple[str, ...] = ()

    def list_errors(self) -> list[dict[str, str]]:
        """Return every error with its field's name, for the error summary."""
        fields = sorted(
            self, key=lambda f: self.order.index(f.name) if f.name in self.order else -1
        )
        return [
            {"name": field.name, "text": str(error)} for field in fields for error in field.errors
        ]

    def text_of(self, name: str) -> str:
        """Return what was typed into a field, empty when nothing was."""
        return self[name].data or ""

    def add_error(self, name: str, sentence: str) -> None:
        """Set a sentence that a service said at the field it is about."""
        self[name].errors = [*self[name].errors, sentence]


class CleanText(StringField):
    """One line of text without control characters, in NFC, trimmed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the text as typed, so that it can be shown again, and refuse what cannot be."""
        self.data = valuelist[0] if valuelist else ""
        try:
            self.data = cleaned(self.data)
        except Unreadable as error:
            raise ValueError(text(error.message)) from error


class ChoiceText(SelectField):
    """One of the options; an unknown one is told in a sentence of ours."""

    offered: Sequence[tuple[str, str]] = ()

    def __init__(self, sentence: object = "", **options: Any) -> None:  # noqa: ANN401 - WTForms'
        """Keep the sentence that says what to choose."""
        super().__init__(**options)
        self.sentence = sentence

    def offer(self, options: Sequence[tuple[str, str]]) -> None:
        """Set the options, each its value and its text."""
        self.offered = options
        self.choices = list(options)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what was not offered."""
        del form
        if not self.data or self.data not in dict(self.offered):
            raise StopValidation(str(self.sentence))


class Filled:
    """Refuse an empty field; unlike WTForms' own, it does not take 0 for nothing."""

    field_flags: dict[str, Any] = {"required": True}  # noqa: RUF012 - WTForms' own protocol

    def __init__(self, sentence: object, *, at_most: int | None = None) -> None:
        """Keep the sentence that says what to fill in, and the length that is too much."""
        self.sentence = sentence
        self.at_most = at_most

    def __call__(self, form: Form, field: Field) -> None:
        """Check one field."""
        del form
        if not (field.data or "").strip():
            raise StopValidation(str(self.sentence))
        if self.at_most and len(field.data) > self.at_most:
            raise StopValidation(
                str(lazy_gettext("Use at most %(most)d characters.", most=self.at_most))
            )
