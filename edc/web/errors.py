"""EdcError class → status and page, in one dictionary; and the pages of HTTP's own refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from edc import errors
from edc.label import Label
from edc.web.request import request_id, text

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

STATUS: dict[type[errors.EdcError], int] = {
    errors.NotFound: 404,
    errors.NotPermitted: 403,
    errors.EditConflict: 409,
    errors.QueryMoved: 409,
    errors.TooManyAttempts: 429,
    errors.Refused: 422,
    errors.InstallationFault: 503,
    errors.EdcError: 400,
}

_PAGES: dict[int, Label] = {
    400: Label(
        en="The browser sent something that cannot be read. Go back and try again.",
        zh="浏览器发送的内容无法识别，请返回后重试。",
    ),
    404: errors.NotFound().message,
    405: Label(en="This address does not take that act.", zh="该地址不支持此操作。"),
    409: Label(
        en="Somebody changed the same thing at the same moment. Nothing was saved by this request. "
        "Go back, reload the page and try again.",
        zh="他人同时修改了同一内容，本次请求未保存。请返回、刷新页面后重试。",
    ),
    413: Label(
        en="What was sent is too large. Shorten the text or use a smaller file.",
        zh="提交内容过大，请缩短文本或使用较小的文件。",
    ),
    500: Label(
        en="Something went wrong on our side. Nothing was saved by this request. "
        "Go back, check what you typed and save again; tell the data manager the number below.",
        zh="系统发生错误，本次请求未保存任何数据。请返回核对填写内容后重新保存，"
        "并将下方编号告知数据管理员。",
    ),
    503: Label(
        en="The database cannot be reached. Nothing was saved. Keep this page open, "
        "go back and save again in a minute.",
        zh="数据库暂时无法连接，未保存任何数据。请勿关闭页面，稍后返回并重新保存。",
    ),
}
_CSRF = Label(
    en="This page was open for too long, or was opened in another session. "
    "Nothing was saved. Go back, reload the page and save again.",
    zh="页面打开时间过长或会话已更换，未保存。请返回、刷新页面后重新保存。",
)


def status_of(error: errors.EdcError) -> int:
    """Return the HTTP status of a refusal, by its nearest class."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def page(status: int, message: Label, *, rule: str = "") -> tuple[str, int]:
    """Return the page of a refusal: one sentence, what to do, and the request's number."""
    return (
        render_template(
            "errors/refused.html",
            status=status,
            message=text(message),
            rule=rule,
            request_id=request_id(),
        ),
        status,
    )


def register(app: Flask) -> None:
    """Answer every refusal and fault of *app* with a sentence in the user's language."""
    log = structlog.get_logger("edc.web")

    @app.errorhandler(errors.EdcError)
    def refused(error: errors.EdcError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
        status = status_of(error)
        body, _ = page(status, error.message, rule=error.rule)
        if isinstance(error, errors.TooManyAttempts):
            return body, status, {"Retry-After": str(error.wait_seconds)}
        return body, status

    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> tuple[str, int]:
        del error
        return page(400, _CSRF)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int] | Response:
        status = error.code or 500
        if status < 400:  # noqa: PLR2004 - redirects are HTTPExceptions too
            return error.get_response()
        return page(status, _PAGES.get(status, _PAGES[400 if status < 500 else 500]))  # noqa: PLR2004

    @app.errorhandler(OperationalError)
    def database_lost(error: OperationalError) -> tuple[str, int]:
        log.error("database_unreachable", request_id=request_id(), kind=type(error.orig).__name__)
        return page(503, _PAGES[503])

    @app.errorhandler(StaleDataError)
    @app.errorhandler(IntegrityError)
    def overtaken(error: Exception) -> tuple[str, int]:
        log.warning("overtaken", request_id=request_id(), kind=type(error).__name__)
        return page(409, _PAGES[409])

    @app.errorhandler(Exception)
    def fault(error: Exception) -> tuple[str, int]:
        # The exception's text may quote typed values: only its place is logged.
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        log.error(
            "fault",
            request_id=request_id(),
            endpoint=request.endpoint,
            kind=type(error).__name__,
            place=f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "",
        )
        return page(500, _PAGES[500])
