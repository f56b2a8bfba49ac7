"""Every setting is documented, has a place in ``Settings``, and no secret has a default."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from config import read_settings
from edc.errors import InstallationFault
from edc.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"EDC_[A-Z_]*[A-Z]")
SECRETS = {"EDC_SECRET_KEY": "s" * 43, "EDC_ALLOCATION_KEY": "a" * 43}
# What tests and the Makefile understand is no setting of an installation.
OF_TESTS = {"EDC_TEST_PG"}
NAMED_OTHERWISE = {"EDC_ENV": "environment"}


def documented() -> dict[str, list[str]]:
    """Return the cells of each row of the page's table, by variable."""
    rows = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in rows if "| `EDC" in row
    ]
    return {row[0].strip("`"): row for row in cells}


def read_by_the_program() -> set[str]:
    return set(VARIABLE.findall((ROOT / "config.py").read_text(encoding="utf-8")))


def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    assert set(documented()) == read_by_the_program()
    names = {NAMED_OTHERWISE.get(name, name.removeprefix("EDC_").lower()) for name in documented()}
    assert names == {field.name for field in fields(Settings)}


def test_no_other_file_of_the_program_speaks_of_a_setting_that_does_not_exist() -> None:
    known = read_by_the_program() | OF_TESTS
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("edc", "docs", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".html"}
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
        if name not in known
    }
    assert unknown == set()


def test_the_defaults_on_the_page_are_those_in_force() -> None:
    settings = read_settings(SECRETS)
    for name, row in documented().items():
        attribute = NAMED_OTHERWISE.get(name, name.removeprefix("EDC_").lower())
        value = getattr(settings, attribute)
        shown = row[2].strip("`")
        if shown.isdecimal():
            assert int(value) == int(shown), name
        elif name == "EDC_ENV":
            assert value == shown
        assert row[1] == ("yes" if name in SECRETS else "no")


def test_no_secret_has_a_default() -> None:
    for field in fields(Settings):
        if field.name.endswith("_key"):
            assert field.default is MISSING
    for name in SECRETS:
        with pytest.raises(InstallationFault, match=f"{name} is not set"):
            read_settings({other: value for other, value in SECRETS.items() if other != name})


def test_the_page_says_in_plain_numbers_what_the_program_does_by_itself() -> None:
    settings = read_settings(SECRETS)
    assert settings.secure_cookies
    assert settings.trusted_proxies == 0
    assert settings.environment == "production"
    assert settings.database_url.startswith("sqlite:///")


MAIL = {
    "EDC_MAIL_HOST": "mail.hospital.example",
    "EDC_MAIL_FROM": "edc@hospital.example",
    "EDC_PUBLIC_URL": "https://edc.hospital.example/",
}


def test_mail_is_off_by_itself_and_on_with_a_server_a_sender_and_an_address() -> None:
    assert read_settings(SECRETS).mail_host == ""
    settings = read_settings(SECRETS | MAIL)
    assert (settings.mail_security, settings.mail_port) == ("starttls", 587)
    assert settings.public_url == "https://edc.hospital.example"
    here = {"EDC_MAIL_HOST": "127.0.0.1", "EDC_MAIL_SECURITY": "none"}
    assert read_settings(SECRETS | MAIL | here).mail_security == "none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EDC_MAIL_FROM", ""),
        ("EDC_MAIL_FROM", "edc@hospital.example\nBcc: x@y.example"),
        ("EDC_PUBLIC_URL", ""),
        ("EDC_PUBLIC_URL", "javascript:alert(1)"),
        ("EDC_MAIL_SECURITY", "none"),
        ("EDC_MAIL_SECURITY", "perhaps"),
    ],
)
def test_mail_that_could_not_be_sent_safely_keeps_the_program_from_starting(
    name: str, value: str
) -> None:
    with pytest.raises(InstallationFault, match=name):
        read_settings(SECRETS | MAIL | {name: value})
