"""A hospital that enters data: participants at every stage, and the real application serving it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from edc.permissions import Role
from edc.protocol import DESIGN
from edc.services.randomize import randomise_subject
from tests.factories import database_of, make_app
from tests.services.casebook_support import KEY, Ward, enter, open_ward, ready_subject, screen
from tests.services.casebook_support import screening_values as answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


ORAL_AUTOLOGOUS = DESIGN.strata()[0].key


@dataclass(frozen=True)
class Hospital:
    """A ward with one participant at each stage, by what can be done with them next."""

    ward: Ward
    app: Flask
    registered: int
    consented: int
    randomised: int

    def consented_subject(self) -> int:
        """Screen another participant whose consent is recorded, for a test that changes them."""
        return consented_subject(self.ward)


def consented_subject(ward: Ward) -> int:
    """Screen a participant and record the consent."""
    subject_id = screen(ward)
    enter(ward, subject_id, ("", "IC", 1), answers(ward)["", "IC", 1])
    return subject_id


def open_hospital(url: str) -> Hospital:
    """Fill the migrated database at *url* through the services."""
    app = make_app(url)
    ward = open_ward(database_of(app))
    randomised = ready_subject(ward)
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        randomise_subject(
            uow, subject_id=randomised, confirmed=ORAL_AUTOLOGOUS, key=KEY, purpose="test"
        )
    return Hospital(
        ward=ward,
        app=app,
        registered=screen(ward),
        consented=consented_subject(ward),
        randomised=randomised,
    )


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve *app* on a free port of this machine; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
