"""One module a page family; each has a blueprint ``bp``, every view of it marked for the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.web import routing
from edc.web.views.account import bp as account
from edc.web.views.arms import bp as arms
from edc.web.views.audit import bp as audit
from edc.web.views.balance import bp as balance
from edc.web.views.crf import bp as crf
from edc.web.views.custody import bp as custody
from edc.web.views.deviations import bp as deviations
from edc.web.views.enrolment import bp as enrolment
from edc.web.views.envelopes import bp as envelopes
from edc.web.views.files import bp as files
from edc.web.views.linking import bp as linking
from edc.web.views.locks import bp as locks
from edc.web.views.logs import bp as logs
from edc.web.views.notices import bp as notices
from edc.web.views.pages import bp as pages
from edc.web.views.product import bp as product
from edc.web.views.proofs import bp as proofs
from edc.web.views.queries import bp as queries
from edc.web.views.randomisation import bp as randomisation
from edc.web.views.recruitment import bp as recruitment
from edc.web.views.registers import bp as registers
from edc.web.views.reports import bp as reports
from edc.web.views.safety import bp as safety
from edc.web.views.signing import bp as signing
from edc.web.views.subjects import bp as subjects
from edc.web.views.unmasking import bp as unmasking
from edc.web.views.users import bp as users
from edc.web.views.visits import bp as visits

if TYPE_CHECKING:
    from flask import Flask

FAMILIES = (
    pages, account, users, registers, product, subjects, logs, crf, files, safety, signing,
    randomisation, proofs, audit, enrolment, notices, queries, deviations, reports, visits,
    linking, balance, envelopes, recruitment, custody, unmasking, locks, arms,
)  # fmt: skip


def register(app: Flask) -> None:
    """Give *app* every page family."""
    routing.register(app)
    for family in FAMILIES:
        app.register_blueprint(family)
