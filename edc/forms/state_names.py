"""The states of a participant, a visit and a CRF, and what each is called."""

from __future__ import annotations

from enum import StrEnum

from edc.label import Label


class State(StrEnum):
    """The states of a participant, in the order of section 3.5, rule 1."""

    REGISTERED = "REGISTERED"
    CONSENTED = "CONSENTED"
    SCREENING = "SCREENING"
    ELIGIBLE = "ELIGIBLE"
    SCREEN_FAILED = "SCREEN_FAILED"
    RANDOMISED = "RANDOMISED"
    ON_TREATMENT = "ON_TREATMENT"
    FOLLOW_UP = "FOLLOW_UP"
    COMPLETED = "COMPLETED"
    LOST = "LOST"
    WITHDRAWN = "WITHDRAWN"
    DIED = "DIED"


class VisitState(StrEnum):
    """The states of a visit on a participant's schedule."""

    NOT_DUE = "not_due"  # not yet, or healed
    DUE = "due"
    LATE = "late"
    DONE = "done"  # held; whether its CRFs are complete is another question
    OUT_OF_WINDOW = "out_of_window"
    MISSED = "missed"
    CLOSED = "closed"


class CrfState(StrEnum):
    """The states of a CRF in a participant's casebook."""

    NOT_DUE = "not_due"
    DUE = "due"
    LATE = "late"
    STARTED = "started"
    COMPLETE = "complete"
    MISSED = "missed"
    CLOSED = "closed"


STATE_LABELS: dict[State, Label] = {
    State.REGISTERED: Label(en="Registered", zh="已登记"),
    State.CONSENTED: Label(en="Consented", zh="已知情同意"),
    State.SCREENING: Label(en="Screening", zh="筛选中"),
    State.ELIGIBLE: Label(en="Eligible", zh="符合入选"),
    State.SCREEN_FAILED: Label(en="Screen failure", zh="筛选失败"),
    State.RANDOMISED: Label(en="Randomised", zh="已随机"),
    State.ON_TREATMENT: Label(en="On study treatment", zh="研究治疗期"),
    State.FOLLOW_UP: Label(en="In follow-up", zh="随访中"),
    State.COMPLETED: Label(en="Completed", zh="完成研究"),
    State.LOST: Label(en="Lost to follow-up", zh="失访"),
    State.WITHDRAWN: Label(en="Withdrawn", zh="已退出"),
    State.DIED: Label(en="Died", zh="已死亡"),
}
VISIT_STATE_LABELS: dict[VisitState, Label] = {
    VisitState.NOT_DUE: Label(en="Not due", zh="未到期"),
    VisitState.DUE: Label(en="Due", zh="应访视"),
    VisitState.LATE: Label(en="Late", zh="逾期未录入"),
    VisitState.DONE: Label(en="Held", zh="已访视"),
    VisitState.OUT_OF_WINDOW: Label(en="Held outside its window", zh="超窗访视"),
    VisitState.MISSED: Label(en="Missed", zh="漏访"),
    VisitState.CLOSED: Label(en="Closed", zh="已关闭"),
}
CRF_STATE_LABELS: dict[CrfState, Label] = {
    CrfState.NOT_DUE: Label(en="Not due", zh="未到期"),
    CrfState.DUE: Label(en="Due", zh="待填写"),
    CrfState.LATE: Label(en="Late", zh="逾期"),
    CrfState.STARTED: Label(en="Started", zh="填写中"),
    CrfState.COMPLETE: Label(en="Complete", zh="已完成"),
    CrfState.MISSED: Label(en="Missed", zh="漏访未做"),
    CrfState.CLOSED: Label(en="Closed", zh="已关闭"),
}
