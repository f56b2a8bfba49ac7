"""Signing in, and choosing a password."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField
from wtforms.validators import StopValidation

from edc.web.inputs.fields import Filled, Input


class SignInInput(Input):
    """User name and password. The name is not checked here: every wrong one gets one answer."""

    username = StringField(validators=[Filled(_("Type your user name."))])
    password = PasswordField(validators=[Filled(_("Type your password."))])


class ChangePasswordInput(Input):
    """The present password, and the new one twice."""

    old = PasswordField(validators=[Filled(_("Type your present password."))])
    new = PasswordField(validators=[Filled(_("Type a new password."))])
    again = PasswordField(validators=[Filled(_("Type the new password a second time."))])

    def validate_again(self, field: PasswordField) -> None:
        """Refuse two different new passwords."""
        if field.data != self.new.data:
            raise StopValidation(str(_("The two new passwords differ.")))
