"""The person's own account: signing in and out, the password, the open sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import NotFound, PasswordRefused, TooManyAttempts
from edc.permissions import ROLE_LABELS
from edc.services import accounts, sessions
from edc.services.passwords import SHORTEST
from edc.services.sites import list_sites, name_of
from edc.web import sessions as browser
from edc.web.guard import open_to_all, signed_in
from edc.web.inputs.account import ChangePasswordInput, SignInInput
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, text, viewer
from edc.web.views.pages import own_path

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("account", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    """Give the pages the names of the roles."""
    return {"role_labels": ROLE_LABELS}


@bp.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Ask for user name and password; every wrong pair gets the same answer."""
    target = own_path(request.values.get("next", ""))
    if request.method != "POST" and browser.current_viewer() is not None:
        return redirect(target)
    form = SignInInput()
    if request.method != "POST" or language_chosen():
        return _sign_in_page(form, target)
    if not form.validate():
        return _sign_in_page(form, target), 422
    try:
        browser.sign_in_session(
            username=form.text_of("username"), password=form.text_of("password")
        )
    except PasswordRefused as refusal:
        form.add_error("username", text(refusal.message))
        return _sign_in_page(form, target), 422
    except TooManyAttempts as refusal:
        form.add_error("username", text(refusal.message))
        wait = {"Retry-After": str(refusal.wait_seconds)}
        return _sign_in_page(form, target), 429, wait
    return redirect(target, code=303)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session for good."""
    browser.sign_out_session()
    ended = "idle" if request.form.get("idle") else "now"
    return redirect(url_for("account.sign_in", ended=ended), code=303)


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password() -> ResponseReturnValue:
    """Let the person choose another password; their other sessions end."""
    form = ChangePasswordInput()
    if request.method != "POST" or language_chosen():
        return _password_page(form)
    if not form.validate():
        return _password_page(form), 422
    try:
        accounts.change_password(
            database(),
            actor(),
            viewer=viewer(),
            old=form.text_of("old"),
            new=form.text_of("new"),
            origin=browser.origin(),
            hashing=browser.hashing(),
        )
    except PasswordRefused as refusal:
        at = "old" if refusal.rule == "PASSWORD-WRONG" else "new"
        form.add_error(at, text(refusal.message))
        return _password_page(form), 422
    except TooManyAttempts as refusal:
        form.add_error("old", text(refusal.message))
        return _password_page(form), 429, {"Retry-After": str(refusal.wait_seconds)}
    flash(_("Your password is changed. Other devices have been signed out."), "success")
    first = viewer().must_change_password
    return redirect(url_for("pages.home" if first else "account.me"), code=303)


@bp.get("/account")
@signed_in
def me() -> ResponseReturnValue:
    """Show the person's own roles and open sessions."""
    person = accounts.find_person(reading(), viewer().user_id)
    return render_template(
        "account/me.html",
        me=person,
        sites=_site_names(),
        open_sessions=sessions.list_sessions(reading(), viewer().user_id, limits=browser.limits()),
        own_key=viewer().session_key,
    )


@bp.post("/account/sessions/<key>/end")
@signed_in
def end_session(key: str) -> ResponseReturnValue:
    """End one of the person's sessions, on whatever device."""
    if key == viewer().session_key:
        browser.sign_out_session()
        return redirect(url_for("account.sign_in", ended="now"), code=303)
    with database().unit_of_work(actor(), "session.end") as uow:
        if not sessions.end_session(uow, user_id=viewer().user_id, key=key):
            raise NotFound
    flash(_("The device has been signed out."), "success")
    return redirect(url_for("account.me"), code=303)


@bp.post("/account/sessions/end-others")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """End every session of the person but this one."""
    with database().unit_of_work(actor(), "session.end") as uow:
        sessions.end_sessions(uow, user_id=viewer().user_id, keep=viewer().session_key)
    flash(_("All other devices have been signed out."), "success")
    return redirect(url_for("account.me"), code=303)


@bp.post("/account/ping")
@signed_in
def ping() -> ResponseReturnValue:
    """Take a sign of life, which lengthens the session; answer how long it lives in seconds."""
    return jsonify({"expires_in": browser.seconds_left()})


def _sign_in_page(form: SignInInput, target: str) -> str:
    return render_template(
        "account/sign_in.html",
        form=form,
        target=target,
        ended=request.args.get("ended", ""),
    )


def _password_page(form: ChangePasswordInput) -> str:
    return render_template(
        "account/change_password.html",
        form=form,
        shortest=SHORTEST,
        is_first=viewer().must_change_password,
    )


def _site_names() -> dict[int | None, str]:
    names: dict[int | None, str] = {s.id: text(name_of(s)) for s in list_sites(reading())}
    return {None: _("All sites"), **names}
