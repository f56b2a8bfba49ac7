"""Merge the Chinese fragments into one catalogue, compile it, and tell what is untranslated.

Each area of the program keeps its Chinese in `edc/translations/zh/<area>.po`.  The merged `.po`
and the `.mo` in `LC_MESSAGES` are made from them and are not kept in the repository.
With `--check`, every English sentence in the program and its templates must have its Chinese.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from jinja2 import TemplateSyntaxError

ROOT = Path(__file__).resolve().parent.parent
CHINESE = ROOT / "edc" / "translations" / "zh"
MERGED = CHINESE / "LC_MESSAGES"

# Where sentences stand: [path below the root, what is read there, how].
SOURCES = (
    ("edc", "**.py", "python"),
    ("templates", "**.html", "jinja2"),
    ("templates", "**.txt", "jinja2"),
)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!%)%[sd]")
# A template that does not parse is an error here, not a file without sentences.
JINJA_OPTIONS = {"silent": "false", "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}

Identity = tuple[str | None, str]


class Mistake(Exception):
    """Something that a translator has to put right."""


def identity(message: Message) -> Identity:
    """Return what tells one message from another: its context and its English."""
    english = message.id if isinstance(message.id, str) else message.id[0]
    return message.context, english


def translations(message: Message) -> tuple[str, ...]:
    """Return the Chinese of a message, one string for each plural form."""
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string or ("",))


def read_fragments() -> Catalog:
    """Return one catalogue of all fragments.

    :raises Mistake: when two fragments translate one message differently, or one is not readable.
    """
    merged = Catalog(locale="zh", project="edc", charset="utf-8", fuzzy=False)
    first: dict[Identity, tuple[Path, Message]] = {}
    for path in sorted(CHINESE.glob("*.po")):
        with path.open("rb") as stream:
            fragment = read_po(stream, locale="zh", abort_invalid=True)
        for message in fragment:
            if not message.id:
                continue
            key = identity(message)
            if key in first:
                other_path, other = first[key]
                if translations(other) != translations(message):
                    raise Mistake(
                        f"{path.name} translates “{key[1]}” as {translations(message)},"
                        f" {other_path.name} as {translations(other)}: agree on one."
                    )
                continue
            first[key] = (path, message)
            merged[message.id] = message
    return merged


def compile_catalogue(catalogue: Catalog) -> None:
    """Write the merged `.po` and `.mo` where Flask-Babel looks for the locale `zh`."""
    MERGED.mkdir(parents=True, exist_ok=True)
    with (MERGED / "messages.po").open("wb") as stream:
        write_po(stream, catalogue, sort_output=True, width=0)
    # Written beside and renamed: a running server never reads half a file.
    half = MERGED / "messages.mo.new"
    with half.open("wb") as stream:
        write_mo(stream, catalogue)
    half.replace(MERGED / "messages.mo")


def extract() -> Iterator[tuple[str, Message]]:
    """Yield each English sentence of the program with the place where it stands.

    :raises Mistake: when a template does not parse.
    """
    reading: list[str] = []
    for folder, pattern, method in SOURCES:
        base = ROOT / folder
        if not base.is_dir():
            continue
        found = extract_from_dir(
            base,
            method_map=[(pattern, method)],
            options_map={pattern: JINJA_OPTIONS if method == "jinja2" else {}},
            keywords=KEYWORDS,
            callback=lambda file, _method, _options: reading.append(file),
        )
        try:
            for file, line, english, _comments, context in found:
                yield f"{folder}/{file}:{line}", Message(english, context=context)
        except (SyntaxError, TemplateSyntaxError) as error:
            raise Mistake(f"{folder}/{reading[-1]}:{error.lineno}: {error}") from error


def placeholders(text: str | Iterable[str]) -> set[str]:
    """Return the names that a sentence, or any of its plural forms, has filled in."""
    whole = text if isinstance(text, str) else " ".join(text)
    return set(PLACEHOLDER.findall(whole))


def mistakes(catalogue: Catalog) -> Iterator[str]:
    """Yield a sentence for each message without good Chinese, and for each that is not whole."""
    known = {identity(message): message for message in catalogue if message.id}
    reported: set[Identity] = set()
    for place, wanted in extract():
        key = identity(wanted)
        if key in reported:
            continue
        message = known.get(key)
        if message is None or not all(text.strip() for text in translations(message)):
            reported.add(key)
            yield f"{place}: no Chinese for “{key[1]}”."
    for key, message in known.items():
        if message.fuzzy:
            yield f"“{key[1]}” is marked fuzzy: settle its Chinese and remove the mark."
        chinese = translations(message)
        names = placeholders(message.id)
        if any(text and placeholders(text) != names for text in chinese):
            yield f"“{key[1]}”: the Chinese must hold the same placeholders as the English."


def judge(catalogue: Catalog) -> int:
    """Print what is to put right in a catalogue and return the program's exit code."""
    found = list(mistakes(catalogue))
    for sentence in found:
        print(sentence)
    wanted = {identity(message) for _place, message in extract()}
    unused = sum(1 for message in catalogue if message.id and identity(message) not in wanted)
    print(f"{len(wanted)} sentences, {len(found)} to put right, {unused} translations not used.")
    return 1 if found else 0


def main() -> int:
    """Merge and compile; with --check, judge too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail when a sentence has no Chinese")
    arguments = parser.parse_args()
    try:
        catalogue = read_fragments()
        compile_catalogue(catalogue)
        return judge(catalogue) if arguments.check else 0
    except (Mistake, PoFileError) as mistake:
        print(mistake, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
