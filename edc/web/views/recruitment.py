"""Whether participants can be randomised, who stopped or closed it and why, and doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EdcError, PasswordRefused, Refused, TooManyAttempts
from edc.label import Label
from edc.models import Gate, GateAct
from edc.permissions import ROLE_LABELS, Permission, Role
from edc.protocol import STUDY
from edc.reports.envelopes import list_incidents
from edc.services.people import find_names
from edc.services.recruitment import NEEDS, REASON_MAX, find_recruitment, list_events, move
from edc.services.sign_in import check_password
from edc.web import sessions
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, text, viewer, whole
from edc.web.sealing import list_purpose

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import RecruitmentEvent
    from edc.services.recruitment import Recruitment

bp = Blueprint("recruitment", __name__)
_MOVERS = tuple(sorted(set(NEEDS.values())))

ACTS: dict[GateAct, Label] = {
    GateAct.STOP: Label(en="Stop randomisation at once", zh="立即暂停随机"),
    GateAct.RESUME: Label(en="Resume randomisation", zh="恢复随机"),
    GateAct.CLOSE: Label(en="Close recruitment", zh="关闭招募"),
    GateAct.REOPEN: Label(en="Open recruitment again", zh="重新开放招募"),
}
_EXPLAINED: dict[GateAct, Label] = {
    GateAct.STOP: Label(
        en="For an incident: the wrong list, a test list in production, an arm that became known. "
        "Nobody can be randomised from that moment. Nothing that was given changes.",
        zh="用于异常事件：载入了错误列表、正式环境使用了测试列表、分组泄露等。立即停止随机，"
        "已分配的随机号不受影响。",
    ),
    GateAct.RESUME: Label(
        en="After an incident, once you have decided that the list can be used. Say what was found "
        "and what was done.",
        zh="异常事件处理完毕、确认列表可继续使用后操作。请说明调查结果及处理措施。",
    ),
    GateAct.CLOSE: Label(
        en="Before the target is reached, on the sponsor's word. Cite it in the reason.",
        zh="未达目标例数而按申办者要求关闭。请在原因中注明依据。",
    ),
    GateAct.REOPEN: Label(
        en="On the sponsor's word, to a new target. Cite it in the reason.",
        zh="按申办者要求重新开放，并设定新的目标例数。请在原因中注明依据。",
    ),
}
_DONE: dict[GateAct, Label] = {
    GateAct.STOP: Label(en="Randomisation is stopped.", zh="随机已暂停。"),
    GateAct.RESUME: Label(en="Randomisation is resumed.", zh="随机已恢复。"),
    GateAct.CLOSE: Label(en="Recruitment is closed.", zh="招募已关闭。"),
    GateAct.REOPEN: Label(en="Recruitment is open again.", zh="招募已重新开放。"),
}
_ACTIONS: dict[GateAct, str] = {
    GateAct.STOP: "recruitment.stop",
    GateAct.RESUME: "recruitment.resume",
    GateAct.CLOSE: "recruitment.close",
    GateAct.REOPEN: "recruitment.reopen",
}
LONGEST_TARGET = 5  # figures
_FIELDS = {"REASON": "reason", "PRIVACY": "reason", "TARGET": "new_target"}


@bp.get("/recruitment")
@requires(Permission.ENROLMENT_READ, Permission.ENVELOPE_ENTER)
def index() -> ResponseReturnValue:
    """Show whether slots are given, what stopped or closed it, and what the person may do."""
    return _page()


@bp.post("/recruitment")
@requires(*_MOVERS)
def change() -> ResponseReturnValue:
    """Stop, resume, close or reopen; all but a stop ask for the password again."""
    try:
        act = GateAct(request.form.get("act", ""))
    except ValueError:
        return _page(), 422
    if language_chosen():
        return _page(act=act)
    reason = request.form.get("reason", "")
    try:
        if act is not GateAct.STOP:
            check_password(
                database(),
                viewer(),
                request.form.get("password", ""),
                origin=sessions.origin(),
                hashing=sessions.hashing(),
            )
        doing = database().unit_of_work(actor(NEEDS[act]), _ACTIONS[act], reason=reason)
        with doing as uow:
            move(
                uow,
                act=act,
                reason=reason,
                purpose=list_purpose(),
                target=STUDY.target,
                new_target=whole(request.form.get("new_target", ""), figures=LONGEST_TARGET),
            )
    except TooManyAttempts as refusal:
        return _page(act=act, refusal=refusal), 429, {"Retry-After": str(refusal.wait_seconds)}
    except Refused as refusal:
        return _page(act=act, refusal=refusal), 422
    flash(text(_DONE[act]), "success")
    return redirect(url_for("recruitment.index"), code=303)


def _page(*, act: GateAct | None = None, refusal: EdcError | None = None) -> str:
    found = find_recruitment(reading(), purpose=list_purpose(), target=STUDY.target)
    events = list_events(reading())
    incidents = [
        one for one in list_incidents(reading()) if viewer().role_at(one.site_id) is not None
    ]
    names = find_names(
        reading(), {one.username for one in events} | {one.decided_by or "" for one in incidents}
    )
    return render_template(
        "recruitment/index.html",
        recruitment=found,
        gate=_gate(found),
        acts=[_offer(one, act, refusal) for one in GateAct if _may(one) and _offers(found, one)],
        events=[
            {
                "act": text(ACTS[GateAct(one.act)]),
                "at": one.at,
                "who": names.get(one.username, one.username),
                "role": text(ROLE_LABELS[Role(one.role)]),
                "reason": one.reason,
                "count": _count(one),
            }
            for one in events
        ],
        incidents=incidents,
        names=names,
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
        field=_field(refusal),
        reason_max=REASON_MAX,
    )


def _count(event: RecruitmentEvent) -> str:
    new = f" → {event.closes_after}" if event.closes_after else ""
    return f"{event.allocated}{new}"


def _field(refusal: EdcError | None) -> str:
    if isinstance(refusal, (PasswordRefused, TooManyAttempts)):
        return "password"
    return _FIELDS.get(refusal.rule, "") if refusal else ""


def _may(act: GateAct) -> bool:
    return viewer().may_somewhere(NEEDS[act])


def _offers(found: Recruitment | None, act: GateAct) -> bool:
    return found is not None and found.offers(act)


def _offer(act: GateAct, typed_at: GateAct | None, refusal: EdcError | None) -> dict[str, Any]:
    is_typed = act is typed_at
    return {
        "act": str(act),
        "title": text(ACTS[act]),
        "text": text(_EXPLAINED[act]),
        "asks_target": act is GateAct.REOPEN,
        "asks_password": act is not GateAct.STOP,
        "is_danger": act in {GateAct.STOP, GateAct.CLOSE},
        "is_typed": is_typed,
        "reason": request.form.get("reason", "") if is_typed else "",
        "new_target": request.form.get("new_target", "") if is_typed else "",
        "error": text(refusal.message) if refusal and is_typed else "",
    }


def _gate(found: Recruitment | None) -> dict[str, str]:
    if found is None:
        return {"kind": "warning", "title": _("No list is loaded")}
    if found.gate is Gate.STOPPED:
        return {"kind": "error", "title": _("Randomisation is stopped because of an incident")}
    if found.gate is Gate.CLOSED:
        reached = _("The target is reached: randomisation is closed")
        return {
            "kind": "warning",
            "title": reached if found.is_target_reached else _("Recruitment is closed"),
        }
    return {"kind": "success", "title": _("Randomisation is open")}
