"""Every edit check has fired somewhere in the demo study, by a mistake that somebody made."""

from __future__ import annotations

from sqlalchemy import select

from edc.models import DeviationProposal, Notice, NoticeSeen, ProposalState, Query
from edc.protocol import STUDY
from edc.simulation.mistakes import MISTAKES
from edc.study.checks import Severity
from tests.simulation.conftest import Trial


def checks() -> dict[str, Severity]:
    """Return every edit check of the study and of its registers."""
    declared = [crf.checks for crf in STUDY.all_crfs]
    declared += [register.checks for register in STUDY.registers]
    return {rule.id: rule.severity for rules in declared for rule in rules}


def fired(trial: Trial) -> set[str]:
    """Return what asked a question, told somebody, warned on a page, or refused an act."""
    with trial.database.reading() as session:
        asked = session.scalars(select(Query.check_id).distinct()).all()
        told = session.scalars(select(Notice.check_id).distinct()).all()
    return {*asked, *told, *trial.simulated.fired}


def test_every_check_has_fired_somewhere(whole_trial: Trial) -> None:
    assert set(checks()) - fired(whole_trial) == set()


def test_each_mistake_names_a_check_and_a_crf_of_the_study() -> None:
    known = set(checks())
    for mistake in MISTAKES:
        assert mistake.check in known or mistake.check.startswith("SOFT:")
        form, _, _ = mistake.at.partition("@")[0].partition(":")
        assert form in STUDY.crfs


def test_what_a_mistake_refuses_is_never_stored(whole_trial: Trial) -> None:
    hard = {check for check, severity in checks().items() if severity is Severity.HARD}
    with whole_trial.database.reading() as session:
        asked = set(session.scalars(select(Query.check_id).distinct()))
    assert hard.isdisjoint(asked)


def test_deviations_are_accepted_refused_and_left(whole_trial: Trial) -> None:
    with whole_trial.database.reading() as session:
        states = set(session.scalars(select(DeviationProposal.state).distinct()))
    assert {ProposalState.ACCEPTED, ProposalState.REFUSED} <= states


def test_some_notices_are_seen_and_others_not(whole_trial: Trial) -> None:
    with whole_trial.database.reading() as session:
        notices = set(session.scalars(select(Notice.id)))
        seen = set(session.scalars(select(NoticeSeen.notice_id)))
    assert seen
    assert notices - seen
