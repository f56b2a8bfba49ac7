"""The application's log: one JSON object a line, by request number, without typed values."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import structlog
from flask import g, request

from edc.web.request import request_id

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response


def configure(app: Flask) -> None:
    """Log each answered request of *app*: number, endpoint, status, milliseconds; no address line.

    The path's query part is left out: a search for a participant's initials is not the log's.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    log = structlog.get_logger("edc.request")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def answered(response: Response) -> Response:
        log.info(
            "request",
            request_id=request_id(),
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        )
        response.headers["X-Request-Id"] = request_id()
        return response
