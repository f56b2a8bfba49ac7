"""Labels in two languages, the one clock, and the missing codes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from edc import clock
from edc.label import Label
from edc.study.casebook import Cell
from edc.study.missing import MISSING_LABELS, Missing


@pytest.mark.parametrize(
    ("en", "zh"), [("Weight", ""), ("", "体重"), ("Weight", " \u3000"), ("", "")]
)
def test_a_label_in_one_language_only_is_refused(en: str, zh: str) -> None:
    with pytest.raises(ValueError, match="both languages"):
        Label(en=en, zh=zh)


def test_a_label_is_filled_in_both_languages() -> None:
    filled = Label(en="At most {limit}.", zh="最多{limit}。").filled(limit=3)
    assert (filled.text("en"), filled.text("zh")) == ("At most 3.", "最多3。")


def test_every_missing_code_is_told_in_both_languages() -> None:
    assert set(MISSING_LABELS) == set(Missing)
    assert {str(code) for code in Missing} == {"ND", "NK", "NA", "REF"}


def test_a_cell_never_holds_a_value_and_a_missing_code() -> None:
    with pytest.raises(ValueError, match="a value or a missing code"):
        Cell("5", "ND")
    assert Cell(None, "ND").is_answered
    assert Cell("0").is_answered
    assert not Cell().is_answered


def raise_on(day: str) -> None:
    assert day == "2024-03-20"
    raise RuntimeError


def test_the_clock_can_be_replaced_and_is_put_back_after_an_error() -> None:
    then = datetime(2024, 3, 18, 23, 30, tzinfo=timezone(timedelta(hours=1)))
    with clock.replaced(lambda: then):
        assert clock.now() == then
        assert clock.now().tzinfo is UTC
        assert clock.today().isoformat() == "2024-03-19"
        with pytest.raises(RuntimeError), clock.replaced(lambda: then + timedelta(days=1)):
            raise_on(clock.today().isoformat())
        assert clock.today().isoformat() == "2024-03-19"
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_moment_is_shown_at_the_site_with_its_offset() -> None:
    shown = clock.local(datetime(2024, 3, 18, 16, 30, tzinfo=UTC))
    assert shown.isoformat() == "2024-03-19T00:30:00+08:00"


def test_a_time_replaced_in_one_thread_is_not_left_to_another() -> None:
    far = datetime(2031, 1, 1, tzinfo=UTC)
    started, finish = threading.Event(), threading.Event()

    def replace_for_long() -> None:
        with clock.replaced(lambda: far):
            started.set()
            finish.wait(5)

    with clock.replaced(lambda: datetime(2030, 1, 1, tzinfo=UTC)):
        thread = threading.Thread(target=replace_for_long)
        thread.start()
        started.wait(5)
        assert clock.now().year == 2030
    finish.set()
    thread.join()

    assert clock.now() < far.replace(year=2029)
