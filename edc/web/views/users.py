"""People: their accounts, the roles they hold at sites, and what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from edc.errors import NotFound, Refused
from edc.permissions import ROLE_LABELS, Permission, Role
from edc.services import accounts, sessions
from edc.services.sites import list_sites, name_of
from edc.web import sessions as browser
from edc.web.guard import requires
from edc.web.inputs.users import (
    EVERY_SITE,
    ChangeRoleInput,
    CreateUserInput,
    EmailInput,
    GiveRoleInput,
    ReasonInput,
)  # fmt: skip
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from flask.typing import ResponseReturnValue

    from edc.models import RoleGrant
    from edc.services.accounts import Person
    from edc.services.unit_of_work import UnitOfWork
    from edc.web.inputs.fields import Input

bp = Blueprint("users", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    """Give the pages the names of the roles."""
    return {"role_labels": ROLE_LABELS}


# Where a refusal of a service is shown on a form; everything else stands at the reason.
_FIELDS = {
    "USERNAME": "username",
    "USERNAME-TAKEN": "username",
    "FULL-NAME": "full_name",
    "EMAIL": "email",
    "ROLE-HELD": "site",
    "ROLE-SAME": "role",
    "ROLE-ADMINISTRATOR-EVERYWHERE": "site",
    "ROLE-ADMINISTRATOR-ALONE": "role",
}


@bp.get("/people")
@requires(Permission.USER_MANAGE)
def index() -> ResponseReturnValue:
    """List every account with its roles, its last sign-in and its state."""
    return render_template(
        "users/index.html", people=accounts.list_people(reading()), sites=_site_names()
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def create() -> ResponseReturnValue:
    """Create an account with its first role, and show the one-time password once."""
    form = CreateUserInput()
    form.role.offer(_role_choices())
    form.site.offer(_site_choices())
    if not form.is_submitted() or language_chosen():
        return _create_page(form)
    if not form.validate():
        return _create_page(form), 422
    try:
        with _acting("account.create", form) as uow:
            made = accounts.create_user(
                uow,
                username=form.text_of("username"),
                full_name=form.text_of("full_name"),
                email=form.text_of("email"),
                hashing=browser.hashing(),
            )
            accounts.give_role(
                uow, user_id=made.user.id, site_id=_site_id(form), role=Role(form.role.data)
            )
    except Refused as refusal:
        _place_error(form, refusal)
        return _create_page(form), 422
    return _one_time_page(made.user.id, made.one_time_password)


@bp.get("/people/<int:user_id>")
@requires(Permission.USER_MANAGE)
def person(user_id: int) -> ResponseReturnValue:
    """Show one account: its roles, its sessions, and what can be done with it."""
    return render_template(
        "users/person.html",
        them=accounts.find_person(reading(), user_id),
        sites=_site_names(),
        open_sessions=sessions.list_sessions(reading(), user_id, limits=browser.limits()),
    )


@bp.route("/people/<int:user_id>/roles/new", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def give_role(user_id: int) -> ResponseReturnValue:
    """Give a role at a site."""
    form = GiveRoleInput()
    form.role.offer(_role_choices())
    form.site.offer(_site_choices())

    def act(uow: UnitOfWork) -> None:
        accounts.give_role(uow, user_id=user_id, site_id=_site_id(form), role=Role(form.role.data))

    return _carry_out("account.role_give", form, user_id, act, done=_("The role is given."))


@bp.route("/people/<int:user_id>/roles/<int:grant_id>/change", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def change_role(user_id: int, grant_id: int) -> ResponseReturnValue:
    """Change a role where one is held."""
    held = _held(user_id, grant_id)
    form = ChangeRoleInput(role=held.role)
    form.role.offer(_role_choices())

    def act(uow: UnitOfWork) -> None:
        accounts.change_role(uow, grant_id=grant_id, role=Role(form.role.data))

    return _carry_out(
        "account.role_change", form, user_id, act, held=held, done=_("The role is changed.")
    )


@bp.route("/people/<int:user_id>/roles/<int:grant_id>/end", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def end_role(user_id: int, grant_id: int) -> ResponseReturnValue:
    """End a role."""
    held = _held(user_id, grant_id)

    def act(uow: UnitOfWork) -> None:
        accounts.end_role(uow, grant_id=grant_id)

    return _carry_out(
        "account.role_end", ReasonInput(), user_id, act, held=held, done=_("The role is ended.")
    )


@bp.route("/people/<int:user_id>/email", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def set_email(user_id: int) -> ResponseReturnValue:
    """Set where the person's mails go."""
    form = EmailInput(email=accounts.find_person(reading(), user_id).user.email or "")

    def act(uow: UnitOfWork) -> None:
        accounts.set_email(uow, user_id=user_id, email=form.text_of("email"))

    return _carry_out("account.email", form, user_id, act, done=_("The mail address is set."))


@bp.route("/people/<int:user_id>/password", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def reset_password(user_id: int) -> ResponseReturnValue:
    """Set a one-time password and show it once."""
    told: list[str] = []

    def act(uow: UnitOfWork) -> None:
        told.append(accounts.reset_password(uow, user_id=user_id, hashing=browser.hashing()))

    answer = _carry_out("account.password_reset", ReasonInput(), user_id, act, done="")
    return _one_time_page(user_id, told[0]) if told else answer


@bp.route("/people/<int:user_id>/deactivate", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def deactivate(user_id: int) -> ResponseReturnValue:
    """Close an account."""

    def act(uow: UnitOfWork) -> None:
        accounts.deactivate(uow, user_id=user_id)

    return _carry_out(
        "account.deactivate", ReasonInput(), user_id, act, done=_("The account is closed.")
    )


@bp.route("/people/<int:user_id>/activate", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def activate(user_id: int) -> ResponseReturnValue:
    """Open a closed account again."""

    def act(uow: UnitOfWork) -> None:
        accounts.activate(uow, user_id=user_id)

    return _carry_out(
        "account.activate", ReasonInput(), user_id, act, done=_("The account is open again.")
    )


@bp.route("/people/<int:user_id>/sessions/end", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Sign a person out everywhere."""

    def act(uow: UnitOfWork) -> None:
        accounts.end_sessions_of(uow, user_id=user_id)

    return _carry_out(
        "session.end",
        ReasonInput(),
        user_id,
        act,
        done=_("The person has been signed out on every device."),
    )


def _carry_out(
    action: str,
    form: Input,
    user_id: int,
    act: Callable[[UnitOfWork], None],
    *,
    done: str,
    held: RoleGrant | None = None,
) -> ResponseReturnValue:
    """Ask for what the act needs, or carry it out and go back to the person."""
    them = accounts.find_person(reading(), user_id)
    if not form.is_submitted() or language_chosen():
        return _act_page(action, form, them, held)
    if not form.validate():
        return _act_page(action, form, them, held), 422
    try:
        with _acting(action, form) as uow:
            act(uow)
    except Refused as refusal:
        _place_error(form, refusal)
        return _act_page(action, form, them, held), 422
    if done:
        flash(done, "success")
    return redirect(url_for("users.person", user_id=user_id), code=303)


def _acting(action: str, form: Input) -> AbstractContextManager[UnitOfWork]:
    return database().unit_of_work(
        actor(Permission.USER_MANAGE), action, reason=form.text_of("reason")
    )


def _act_page(action: str, form: Input, them: Person, held: RoleGrant | None) -> str:
    return render_template(
        "users/act.html", action=action, form=form, them=them, held=held, sites=_site_names()
    )


def _create_page(form: CreateUserInput) -> str:
    return render_template("users/create.html", form=form)


def _one_time_page(user_id: int, password: str) -> str:
    with database().reading() as fresh:  # the request's own session began before the change
        return render_template(
            "users/one_time_password.html",
            them=accounts.find_person(fresh, user_id),
            password=password,
        )


def _held(user_id: int, grant_id: int) -> RoleGrant:
    them = accounts.find_person(reading(), user_id)
    for grant in them.user.roles:
        if grant.id == grant_id and grant.is_active:
            return grant
    raise NotFound


def _place_error(form: Input, refusal: Refused) -> None:
    name = _FIELDS.get(refusal.rule, "reason")
    form.add_error(name if name in form else "reason", text(refusal.message))


def _site_id(form: GiveRoleInput) -> int | None:
    return None if form.site.data == EVERY_SITE else int(form.site.data)


def _role_choices() -> list[tuple[str, str]]:
    return [("", ""), *((str(role), text(ROLE_LABELS[role])) for role in Role)]


def _site_choices() -> list[tuple[str, str]]:
    return [
        ("", ""),
        (EVERY_SITE, _("All sites")),
        *((str(site.id), text(name_of(site))) for site in list_sites(reading())),
    ]


def _site_names() -> dict[int | None, str]:
    names: dict[int | None, str] = {s.id: text(name_of(s)) for s in list_sites(reading())}
    return {None: _("All sites"), **names}
