"""Accounts and roles: what an administrator fills in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from edc.web.inputs.fields import LONGEST_REASON, ChoiceText, CleanText, Filled, Input

EVERY_SITE = "all"
_REASON = Filled(_("Give the reason for the change."), at_most=LONGEST_REASON)


class ReasonInput(Input):
    """Why it is done; the trail keeps it."""

    reason = CleanText(validators=[_REASON])


class ChangeRoleInput(ReasonInput):
    """Another role where one is held."""

    order = ("full_name", "username", "email", "role", "site", "reason")
    role = ChoiceText(_("Choose the role."))


class GiveRoleInput(ChangeRoleInput):
    """A role at a site."""

    site = ChoiceText(_("Choose the site, or all sites."))


class EmailInput(ReasonInput):
    """Where the person's mails go."""

    order = ("email", "reason")
    email = CleanText()


class CreateUserInput(GiveRoleInput):
    """A new account with its first role."""

    username = CleanText(validators=[Filled(_("Type a user name."))])
    full_name = CleanText(validators=[Filled(_("Type the full name."))])
    email = CleanText()
