"""Everybody who may knock: each role, nobody, a closed account, a newcomer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.permissions import Role
from tests.factories import database_of, make_app, signed_in_client
from tests.support.client import BrowserClient
from tests.support.world import DEACTIVATED, NEWCOMER, SERIOUS_ROW, World, find_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from werkzeug.routing import Rule

    from edc.services.casebooks import Place

ANONYMOUS = "anonymous"
STRANGERS = (ANONYMOUS, DEACTIVATED)
ROLES = tuple(str(role) for role in Role)
VISITORS = (*ROLES, *STRANGERS, NEWCOMER)

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# A CRF of a randomised participant in which each role has something to read, and to type if at all.
_PLACES: dict[str, Place] = {
    Role.OUTCOME_ASSESSOR: ("BL", "OM", 1),
    Role.DATA_MANAGER: ("BL", "RAND", 1),
    Role.SAFETY_OFFICER: ("-", "SAE", SERIOUS_ROW),
    Role.STATISTICIAN: ("-", "DV", 1),
}
_ITEMS = {
    "DM": "SUBJINIT",
    "OM": "OMDAT",
    "RAND": "RDNUM",
    "IE": "IEVER",
    "SAE": "SAEEXP",
    "AE": "AETERM",
    "DV": "DVPP",
}
_SIGNED: Place = ("SCR", "IE", 1)
_PHOTOGRAPHED: Place = ("V7", "OM", 1)


class Doorstep:
    """An application on a copy of the world, and who stands before it."""

    def __init__(self, url: str, **settings: object) -> None:
        """Start the application on the database at *url*."""
        self.app: Flask = make_app(url, **settings)
        self.world: World = find_world(database_of(self.app))

    def close(self) -> None:
        """Let the database go."""
        database_of(self.app).engine.dispose()

    def browser(self, visitor: str, *, language: str = "en") -> BrowserClient:
        """Return a browser of a visitor, named by role or user name."""
        if visitor == ANONYMOUS:
            return BrowserClient(self.app, language=language)
        return signed_in_client(self.app, self.world.users[visitor], language=language)

    def rules(self) -> list[Rule]:
        """Return every address rule of the application, in a steady order."""
        return sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))

    def operations(self) -> list[tuple[Rule, str]]:
        """Return every method of every rule, reading ones first.

        OPTIONS is left out: two rules of one address share its answer, which names methods only.
        """
        pairs = [
            (rule, method)
            for rule in self.rules()
            for method in sorted((rule.methods or set()) - {"OPTIONS"})
        ]
        return sorted(pairs, key=lambda pair: pair[1] in UNSAFE)

    def path(self, rule: Rule, visitor: str, **changes: object) -> str:
        """Return an address of *rule* at which the world has something for *visitor*."""
        values = {**self.arguments(rule, visitor), **changes}
        with self.app.test_request_context():
            built = rule.build(
                {name: values[name] for name in rule.arguments}, append_unknown=False
            )
        assert built is not None, f"{rule} was not built from {values}"
        return str(built[1])

    def arguments(self, rule: Rule, visitor: str) -> Mapping[str, object]:
        """Return sample values for the arguments of *rule*."""
        world = self.world
        place = _PLACES.get(visitor, ("SCR", "DM", 1))
        if rule.endpoint.startswith("signing."):
            place = _SIGNED
        if rule.endpoint.startswith("safety."):
            place = ("-", "SAE", SERIOUS_ROW)
        if rule.endpoint.startswith("logs."):
            place = ("-", "AE", 1)
        if rule.endpoint == "files.show":
            place = _PHOTOGRAPHED
        visit, form, row = place
        state = "ready" if rule.endpoint.startswith("randomisation.randomise") else "soc"
        state = "ready" if rule.endpoint == "randomisation.page" else state
        state = "withdrawn" if rule.endpoint.startswith("deviations.") else state
        known: dict[str, object] = {
            "subject_id": world.subjects[state],
            "visit": visit,
            "form": form,
            "row": row,
            "item": "OMPHOTO" if place == _PHOTOGRAPHED else _ITEMS[form],
            "name": f"{'0' * 64}.jpg",
            "repeat": 1,
            "user_id": world.users["target"].id,
            "grant_id": world.grant_of("target").id,
            "site_id": world.site_id,
            "register": "BATCH" if visitor == Role.PHARMACIST else "ICF",
            "row_id": world.batch_row_id
            if visitor == Role.PHARMACIST or rule.endpoint.startswith("product.")
            else world.register_row_id,
            "proposal_id": world.proposal_id,
            "query_id": world.query_id,
            "key": "0" * 64,
            "version": 1,
            "link_id": 987,
            "envelope_id": 987,
            "lock_id": 987,
            "unmasking_id": 987,
        }
        unknown = rule.arguments - known.keys()
        assert not unknown, f"{rule}: give tests/support/visitors.py a sample of {unknown}"
        return {name: known[name] for name in rule.arguments}
