"""The Chinese catalogue is made from everybody's fragments, and a gap in it is found."""

from __future__ import annotations

import gettext
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_translations.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script with a small project of its own to work on."""
    specification = importlib.util.spec_from_file_location("build_translations", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    chinese = tmp_path / "edc" / "translations" / "zh"
    chinese.mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CHINESE", chinese)
    monkeypatch.setattr(module, "MERGED", chinese / "LC_MESSAGES")
    monkeypatch.setattr(sys, "argv", ["build_translations.py"])
    return module


def fragment(script: ModuleType, name: str, text: str) -> None:
    (script.CHINESE / f"{name}.po").write_text(text, encoding="utf-8")


def check(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["build_translations.py", "--check"])
    code = script.main()
    return code, capsys.readouterr().out


def test_all_fragments_end_in_one_catalogue(script: ModuleType) -> None:
    fragment(script, "accounts", 'msgid "Sign in"\nmsgstr "登录"\n')
    fragment(script, "casebook", 'msgid "Visit"\nmsgstr "访视"\n')
    assert script.main() == 0
    with (script.MERGED / "messages.mo").open("rb") as stream:
        chinese = gettext.GNUTranslations(stream)
    assert chinese.gettext("Sign in") == "登录"
    assert chinese.gettext("Visit") == "访视"


def test_a_plural_needs_one_chinese_form(script: ModuleType) -> None:
    fragment(
        script,
        "queries",
        'msgid "%(num)d query"\nmsgid_plural "%(num)d queries"\nmsgstr[0] "%(num)d 条质疑"\n',
    )
    assert script.main() == 0
    with (script.MERGED / "messages.mo").open("rb") as stream:
        chinese = gettext.GNUTranslations(stream)
    for number in (1, 2):
        assert chinese.ngettext("%(num)d query", "%(num)d queries", number) == "%(num)d 条质疑"


def test_the_same_chinese_may_stand_in_two_fragments(script: ModuleType) -> None:
    fragment(script, "accounts", 'msgid "Save"\nmsgstr "保存"\n')
    fragment(script, "casebook", 'msgid "Save"\nmsgstr "保存"\n')
    assert script.main() == 0


def test_two_different_translations_of_one_sentence_are_refused(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    fragment(script, "accounts", 'msgid "Save"\nmsgstr "保存"\n')
    fragment(script, "casebook", 'msgid "Save"\nmsgstr "存储"\n')
    assert script.main() == 1
    message = capsys.readouterr().err
    for part in ("accounts.po", "casebook.po", "Save", "保存", "存储"):
        assert part in message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("templates/page.html", "<h1>{{ _('Site') }}</h1>"),
        ("templates/crf/page.html", "<h1>{% trans %}Site{% endtrans %}</h1>"),
        ("edc/web/view.py", "title = _('Site')"),
        ("edc/web/view.py", "title = lazy_gettext('Site')"),
    ],
)
@pytest.mark.parametrize("entry", ["", 'msgid "Site"\nmsgstr ""\n'])
def test_a_sentence_without_chinese_is_found(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    text: str,
    entry: str,
) -> None:
    fragment(script, "sites", entry)
    file = script.ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    code, output = check(script, monkeypatch, capsys)
    assert code == 1
    assert f"{path}:1: no Chinese for “Site”." in output


def test_a_whole_catalogue_passes(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fragment(script, "sites", 'msgid "Site %(code)s"\nmsgstr "中心 %(code)s"\n')
    page = "<h1>{{ _('Site %(code)s', code=code) }}</h1>"
    (script.ROOT / "templates" / "page.html").write_text(page, encoding="utf-8")
    assert check(script, monkeypatch, capsys) == (
        0,
        "1 sentences, 0 to put right, 0 translations not used.\n",
    )


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('#, fuzzy\nmsgid "Site"\nmsgstr "站点"\n', "marked fuzzy"),
        ('msgid "Site %(code)s"\nmsgstr "中心 %(name)s"\n', "same placeholders"),
        ('msgid "Site %(code)s"\nmsgstr "中心"\n', "same placeholders"),
    ],
)
def test_a_doubtful_translation_is_found(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    entry: str,
    complaint: str,
) -> None:
    fragment(script, "sites", entry)
    code, output = check(script, monkeypatch, capsys)
    assert code == 1
    assert complaint in output


def test_a_template_that_does_not_parse_is_no_empty_one(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (script.ROOT / "templates" / "page.html").write_text("\n{% if %}", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["build_translations.py", "--check"])
    assert script.main() == 1
    assert "templates/page.html:2:" in capsys.readouterr().err
