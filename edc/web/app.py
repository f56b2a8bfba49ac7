"""Builds the web application out of its parts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from edc.models.session import create_engine_for
from edc.protocol import STUDY
from edc.services.unit_of_work import Database
from edc.web import (
    crf_files,
    errors,
    guard,
    logging,
    page_context,
    register_form,
    security,
    sessions,
    views,
)
from edc.web.request import close_reading, language

if TYPE_CHECKING:
    from edc.settings import Settings

ROOT = Path(__file__).parents[2]
STATIC = Path(__file__).parents[1] / "static"
MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_FORM_PARTS = 2000


def build(settings: Settings) -> Flask:
    """Return the application: configuration, gate, pages, refusals."""
    app = Flask("edc", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-edc" if settings.secure_cookies else "edc",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session, which is short
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "edc" / "translations"),
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    app.extensions["edc_settings"] = settings
    app.extensions["edc_database"] = Database(create_engine_for(settings.database_url))
    app.extensions["edc_study"] = STUDY

    logging.configure(app)
    Babel(app, locale_selector=language)
    app.before_request(security.refuse_unreadable)
    # The gate stands before the CSRF check: one who may not act learns that, not a token's fate.
    app.before_request(guard.check_access)
    app.before_request(crf_files.make_room)
    app.before_request(register_form.make_room)
    CSRFProtect(app)
    sessions.register(app)
    errors.register(app)
    security.protect(app, secure=settings.secure_cookies)
    static = f"static/{tree_digest(STATIC)}/"
    page_context.register(app, static_url=lambda path: f"/{static}{quote(path)}")
    views.register(app)
    app.teardown_request(close_reading)

    files = WhiteNoise(
        app.wsgi_app,
        root=str(STATIC),
        # A digest in the path: a module's imports carry it too, and all can be kept for good.
        prefix=static,
        max_age=31_536_000,
        add_headers_function=security.add_static_headers,
    )
    app.wsgi_app = files  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def tree_digest(folder: Path) -> str:
    """Return a digest of every file in *folder*, which changes when any of them does."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
