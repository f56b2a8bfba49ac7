"""A page as a browser holds it: its words, its forms with what they would send, its messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
_RULE_ID = re.compile(r"\[([A-Z][A-Z0-9]*(?:[-:._][A-Z0-9]+)*)\]")
_READ = ("text", "number", "search", "time")
_MESSAGES = ("kit-notice", "govuk-error-summary", "crf-message")


@dataclass(slots=True)
class Control:
    """A field of a form; *is_sent* tells whether a browser would send it as it stands."""

    name: str
    value: str
    is_sent: bool


@dataclass(slots=True)
class Form:
    """A form, with its controls in the order of the page."""

    form_id: str
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of every control, sent or not."""
        return frozenset(control.name for control in self.controls)

    def fields(self) -> dict[str, list[str]]:
        """Return what a browser would send if the form were submitted as it is."""
        found: dict[str, list[str]] = {}
        for control in self.controls:
            if control.is_sent:
                found.setdefault(control.name, []).append(control.value)
        return found


@dataclass(slots=True)
class Page:
    """What one answer shows.

    :param text: every visible word, with single blanks; *content* without the frame of the page.
    :param messages: the words of notices and error lists.
    :param rules: the ids of rules that the page names, in brackets or at an element.
    """

    text: str = ""
    content: str = ""
    messages: str = ""
    rules: frozenset[str] = frozenset()
    forms: list[Form] = field(default_factory=list)

    def form(self, *, form_id: str = "", action: str = "") -> Form | None:
        """Return the form of that id, or the first that posts to that path."""
        for form in self.forms:
            if form_id and form.form_id == form_id:
                return form
            if action and form.method == "post" and form.action == action:
                return form
        return None


def read_page(body: str) -> Page:
    """Return the page that *body* draws."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    messages = _joined(reader.messages)
    return Page(
        text=_joined(reader.words),
        content=_joined(reader.content),
        messages=messages,
        rules=frozenset(_RULE_ID.findall(messages)) | frozenset(reader.rules),
        forms=reader.forms,
    )


def _joined(words: list[str]) -> str:
    return " ".join(" ".join(words).split())


@dataclass(slots=True)
class _Open:
    """An element that is open, with what its content inherits."""

    tag: str
    is_hidden: bool
    is_disabled: bool
    is_message: bool
    is_content: bool


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.content: list[str] = []
        self.messages: list[str] = []
        self.rules: set[str] = set()
        self.forms: list[Form] = []
        self.stack: list[_Open] = []
        self.form: Form | None = None
        self.elsewhere: list[tuple[str, Control]] = []
        self.area: tuple[Control, list[str]] | None = None
        self.select: _Select | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if rule := given.get("data-rule"):
            self.rules.add(rule)
        above = self.stack[-1] if self.stack else _Open("", False, False, False, False)
        here = _Open(
            tag,
            above.is_hidden or "hidden" in given or tag in ("script", "style", "template", "head"),
            above.is_disabled or (tag == "fieldset" and "disabled" in given),
            above.is_message or any(one in given.get("class", "").split() for one in _MESSAGES),
            above.is_content or tag == "main",
        )
        if tag not in VOID:
            self.stack.append(here)
        self._control(tag, given, is_disabled=here.is_disabled or "disabled" in given)

    def _control(self, tag: str, given: dict[str, str], *, is_disabled: bool) -> None:
        match tag:
            case "form":
                self.form = Form(
                    given.get("id", ""), given.get("action", ""), given.get("method", "get").lower()
                )
                self.forms.append(self.form)
            case "input":
                self._input(given, is_disabled=is_disabled)
            case "button" if given.get("type", "submit") == "submit" and self.form is not None:
                if given.get("form", self.form.form_id) == self.form.form_id:
                    button = Control(
                        given.get("name", ""), given.get("value", ""), is_sent=not is_disabled
                    )
                    self.form.buttons.append(button)
            case "textarea":
                self.area = (self._add(given, "", is_sent=not is_disabled), [])
            case "select":
                self.select = _Select(self._add(given, "", is_sent=not is_disabled))
            case "option" if self.select is not None:
                self.select.option(given)

    def _input(self, given: dict[str, str], *, is_disabled: bool) -> None:
        kind = given.get("type", "text").lower()
        if kind in ("submit", "button", "reset", "image", "file"):
            if kind == "file":
                self._add(given, "", is_sent=False)
            return
        if kind in _READ and not (self.stack and self.stack[-1].is_hidden):
            self.words.append(f" {given.get('value', '')} ")  # what is typed there is seen too
        is_choice = kind in ("radio", "checkbox")
        is_sent = not is_disabled and (not is_choice or "checked" in given)
        self._add(given, given.get("value", "on" if is_choice else ""), is_sent=is_sent)

    def _add(self, given: dict[str, str], value: str, *, is_sent: bool) -> Control:
        control = Control(given.get("name", ""), value, is_sent=is_sent)
        if control.name and "form" in given:
            self.elsewhere.append((given["form"], control))
        elif self.form is not None and control.name:
            self.form.controls.append(control)
        return control

    def close(self) -> None:
        """Give the controls that name their form to it: it may stand after them."""
        super().close()
        for form_id, control in self.elsewhere:
            for form in self.forms:
                if form.form_id == form_id:
                    form.controls.append(control)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.area is not None:
            control, words = self.area
            # A line break right after the start tag is not part of the text.
            control.value = "".join(words).removeprefix("\r\n").removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth].tag == tag:
                del self.stack[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area[1].append(data)
        if self.stack and self.stack[-1].is_hidden:
            return
        self.words.append(data)
        if not self.stack:
            return
        if self.stack[-1].is_content:
            self.content.append(data)
        if self.stack[-1].is_message:
            self.messages.append(data)


class _Select:
    """A list to choose one from: the first entry until another is marked."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.is_empty = True

    def option(self, given: dict[str, str]) -> None:
        if self.is_empty or "selected" in given:
            self.control.value = given.get("value", "")
            self.is_empty = False
