"""The clocks of safety reports and of re-consent: when each is due, when it was met, how it stands.

Reports that are due after hours run to the minute, as they are recorded; a clock is late from the
minute after the one in which it is due. Reports that are due after days run by the calendar of the
site. What the sponsor or the authority asks for is in section 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from edc.forms.derivations import safety
from edc.forms.derivations.values import day
from edc.forms.states import State, participant_state
from edc.forms.study_settings import (
    FOLLOW_UP_REMINDED_BEFORE,
    GRAVE_SUSAR_REMINDED_BEFORE,
    RECONSENT_REMINDED_BEFORE,
    RECONSENT_WITHIN,
    REMINDED_AFTER,
    REPORT_WITHIN,
    SUSAR_REMINDED_BEFORE,
)
from edc.label import Label

if TYPE_CHECKING:
    from edc.study.casebook import Casebook, Record, RecordScope
    from edc.study.conditions import Value

_FIRST_REPORT_REMINDED_BEFORE: Final = {
    safety.FIRST_GRAVE_SUSAR_REPORT: GRAVE_SUSAR_REMINDED_BEFORE,
    safety.FIRST_SUSAR_REPORT: SUSAR_REMINDED_BEFORE,
}
Place = tuple[str, str, int]  # visit, form, row

_LEFT: Final = frozenset(
    {State.SCREEN_FAILED, State.COMPLETED, State.LOST, State.WITHDRAWN, State.DIED}
)
_When = TypeVar("_When", date, datetime)


class ClockKind(StrEnum):
    """What is due."""

    SAE = "SAE"
    SUSAR = "SUSAR"
    SUSFUP = "SUSFUP"
    PREG = "PREG"
    RECONSENT = "RECONSENT"


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    LATE = "late"
    MET = "met"
    MET_LATE = "met_late"


CLOCK_LABELS: Final[dict[ClockKind, Label]] = {
    ClockKind.SAE: Label(en="SAE report to the sponsor, 24 hours", zh="SAE报告申办者（24小时）"),
    ClockKind.SUSAR: Label(en="SUSAR report to the authority", zh="SUSAR报告监管部门"),
    ClockKind.SUSFUP: Label(
        en="Further information on a fatal or life-threatening SUSAR",
        zh="致死/危及生命SUSAR的随访信息",
    ),
    ClockKind.PREG: Label(
        en="Pregnancy report to the sponsor, 24 hours", zh="妊娠报告申办者（24小时）"
    ),
    ClockKind.RECONSENT: Label(
        en="Consent to a new version, 14 days", zh="按新版本再次知情同意（14天）"
    ),
}
STATE_LABELS: Final[dict[ClockState, Label]] = {
    ClockState.RUNNING: Label(en="Running", zh="计时中"),
    ClockState.DUE_SOON: Label(en="Due soon", zh="即将到期"),
    ClockState.LATE: Label(en="Late", zh="已超时"),
    ClockState.MET: Label(en="Met in time", zh="按时完成"),
    ClockState.MET_LATE: Label(en="Met late", zh="超时完成"),
}
WAITING: Final = frozenset({ClockState.RUNNING, ClockState.DUE_SOON, ClockState.LATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """A version of a safety report that was sent."""

    form: str
    row: int
    version: int
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One thing that is due.

    :param place: the record whose clock it is: visit, form, row.
    :param due: a moment, or a day of which the whole counts.
    :param met: when it was met, None while it is not.
    :param about: which one: the version of a consent form.
    """

    kind: ClockKind
    place: Place
    started: date | datetime
    due: date | datetime
    met: date | datetime | None
    state: ClockState
    about: str = ""

    @property
    def is_late(self) -> bool:
        """Tell whether it is past due, or was met late."""
        return self.state in (ClockState.LATE, ClockState.MET_LATE)

    @property
    def is_waiting(self) -> bool:
        """Tell whether it is not met yet."""
        return self.state in WAITING


def clocks_of(casebook: Casebook, now: datetime, *, sent: Iterable[SentReport] = ()) -> list[Clock]:
    """Return every clock of the participant, those of one kind in the order of their rows.

    :param now: with the site's offset.
    :param sent: the versions of their safety reports that were sent.
    """
    versions = list(sent)
    found: list[Clock | None] = []
    for record in _rows(casebook, "SAE"):
        scope = casebook.scope(record)
        found += [sae_clock(scope, now), susar_clock(scope, now.date())]
        found.append(follow_up_clock(scope, now.date(), sent=versions))
    for record in _rows(casebook, "PREG"):
        found.append(pregnancy_clock(casebook.scope(record), now))
    found += consent_clocks(casebook, now.date())
    order = list(ClockKind)
    return sorted((one for one in found if one), key=lambda one: order.index(one.kind))


def _rows(casebook: Casebook, form: str) -> list[Record]:
    return sorted(casebook.of_form(form), key=lambda record: record.row)


def sae_clock(scope: RecordScope, now: datetime) -> Clock | None:
    """Return the clock of an SAE: 24 h from SAEAWDTM, met by SAESUBDTM; none before SAEAWDTM."""
    return _report_clock(ClockKind.SAE, scope, "SAEAWDTM", "SAESUBDTM", now)


def pregnancy_clock(scope: RecordScope, now: datetime) -> Clock | None:
    """Return the clock of a pregnancy: 24 h from PGAWDTM, met by PGSUBDTM (section 3.4)."""
    return _report_clock(ClockKind.PREG, scope, "PGAWDTM", "PGSUBDTM", now)


def _report_clock(
    kind: ClockKind, scope: RecordScope, aware: str, sent: str, now: datetime
) -> Clock | None:
    started, met = _moment(scope.item(aware)), _moment(scope.item(sent))
    if started is None:
        return None
    due = started + REPORT_WITHIN
    state = _state(
        due, met=met, now=now.replace(second=0, microsecond=0), soon=started + REMINDED_AFTER
    )
    return Clock(
        kind=kind, place=scope.record.place, started=started, due=due, met=met, state=state
    )


def susar_clock(scope: RecordScope, today: date) -> Clock | None:
    """Return the clock of a SUSAR's first report: day 7 or 15 (SUSDUE), met by SUSSUB."""
    started, due = day(scope.item("SAESPDTM")), day(scope.item("SUSDUE"))
    if started is None or due is None:
        return None
    met = day(scope.item("SUSSUB"))
    before = _FIRST_REPORT_REMINDED_BEFORE.get(due - started, timedelta())
    return Clock(
        kind=ClockKind.SUSAR, place=scope.record.place, started=started, due=due, met=met,
        state=_state(due, met=met, now=today, soon=due - before),
    )  # fmt: skip


def follow_up_clock(scope: RecordScope, today: date, *, sent: Iterable[SentReport]) -> Clock | None:
    """Return the clock of a grave SUSAR's further information (SUSFUP).

    It is met by the first later version of the report that is sent on or after the day of the first
    report to the authority: no item says when that authority was told more.
    """
    started, due = day(scope.item("SUSSUB")), day(scope.item("SUSFUP"))
    if started is None or due is None:
        return None
    _, form, row = scope.record.place
    days = (
        one.sent_at.date()
        for one in sent
        if (one.form, one.row) == (form, row) and one.version > 1 and one.sent_at.date() >= started
    )
    met = min(days, default=None)
    soon = due - FOLLOW_UP_REMINDED_BEFORE
    return Clock(
        kind=ClockKind.SUSFUP, place=scope.record.place, started=started, due=due, met=met,
        state=_state(due, met=met, now=today, soon=soon),
    )  # fmt: skip


def consent_clocks(casebook: Casebook, today: date) -> Iterator[Clock]:
    """Return a clock for each version of the consent form newer than the one signed first.

    IC-04: due 14 days after its approval, or after the first consent if that came later; met by a
    signature under it or under a still newer version; none left open for who has left the study.
    """
    scopes = (casebook.scope(record) for record in casebook.of_form("IC"))
    signed = [
        (on, approved, scope.record.place)
        for scope in scopes
        if (on := day(scope.item("ICDAT"))) and (approved := day(scope.item("ICAPPDAT")))
    ]
    if not signed:
        return
    consented, known, place = min(signed)
    has_left = bool(casebook.of_form("EOS")) or participant_state(casebook) in _LEFT
    for version, on in _approved(casebook, until=today):
        if on <= known:
            continue
        met = min((when for when, under, _ in signed if under >= on), default=None)
        if met is None and has_left:
            continue
        started = max(on, consented)
        due = started + RECONSENT_WITHIN
        yield Clock(
            kind=ClockKind.RECONSENT, place=place, started=started, due=due, met=met, about=version,
            state=_state(due, met=met, now=today, soon=due - RECONSENT_REMINDED_BEFORE),
        )  # fmt: skip


def _approved(casebook: Casebook, *, until: date) -> list[tuple[str, date]]:
    """Return the versions of the consent form approved by a day, oldest first."""
    entries = casebook.registers.get("ICF", {}).items()
    dated = [(on, key) for key, entry in entries if (on := day(entry.get("ICAPPDAT")))]
    return [(key, on) for on, key in sorted(dated) if on <= until]


def _moment(value: Value) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None


def _state(due: _When, *, met: _When | None, now: _When, soon: _When) -> ClockState:
    """Return how a clock stands: due itself is still in time."""
    if met is not None:
        return ClockState.MET if met <= due else ClockState.MET_LATE
    if now > due:
        return ClockState.LATE
    return ClockState.DUE_SOON if now >= soon else ClockState.RUNNING
