"""The refusals of the system, one tree, each a sentence in both languages.

EdcError
├── Refused                       the request is understood and not carried out (422)
│   ├── InvalidValues             one or more items cannot be saved as typed
│   ├── ReasonRequired            a saved value changes and no reason is given
│   ├── ConsentMissing            nothing may be recorded before consent
│   ├── NotOnSchedule             the visit does not have this CRF, or is not open
│   ├── EntryClosed               withdrawn, ended or died: nothing new may be opened
│   ├── EntryLocked               the CRF, the casebook or the study is locked
│   ├── NotReady                  randomisation or signature lacks something (RAND-01 …)
│   ├── AlreadyRandomised         the participant has a slot (RAND-02)
│   ├── RandomisationClosed       target reached, no list, or the stratum is exhausted (RAND-04)
│   ├── PasswordRefused           the password is wrong, too weak or unchanged
│   └── SignatureRefused          this CRF, or this user, cannot be signed now
├── EditConflict                  somebody saved the CRF in the meantime (409)
├── QueryMoved                    somebody acted on the query in the meantime (409)
├── NotPermitted                  the role may not do this (403)
├── NotFound                      absent, or at a site the user may not see (404)
├── TooManyAttempts               sign-in is delayed after repeated failures (429)
└── InstallationFault             this installation is not fit to run (start-up, doctor)

Services raise these; ``edc.web.errors`` maps each class to a status and a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class EdcError(Exception):
    """Refuse something, with a sentence for the user in both languages."""

    def __init__(self, message: Label, *, rule: str = "") -> None:
        """Keep the sentence and the stable id of the rule that refused, if it has one."""
        super().__init__(message.en)
        self.message = message
        self.rule = rule


class Refused(EdcError):
    """The request is understood and not carried out."""


class InvalidValues(Refused):
    """One or more items cannot be saved as typed; nothing was stored.

    :param problems: for each item address (``ITEM`` or ``ITEM#repeat``) the rule ids and sentences.
    """

    def __init__(self, problems: Mapping[str, Sequence[tuple[str, Label]]]) -> None:
        """Keep the problems by item address; the empty address is the whole CRF."""
        super().__init__(
            Label(
                en="Nothing was saved: please correct the entries marked below.",
                zh="未保存：请更正下方标出的内容。",
            )
        )
        self.problems = {address: list(found) for address, found in problems.items()}


class ReasonRequired(Refused):
    """A saved value changes and no reason is given (21 CFR 11.10(e), GCP 2020 art. 24)."""

    def __init__(self) -> None:
        """Say what to give."""
        super().__init__(
            Label(
                en="Saved values are being changed. Give the reason for the change.",
                zh="正在修改已保存的数据，请填写修改原因。",
            ),
            rule="REASON",
        )


class ConsentMissing(Refused):
    """Nothing may be recorded before consent."""

    def __init__(self) -> None:
        """Say what comes first."""
        super().__init__(
            Label(
                en="Record the informed consent first; other CRFs open after it.",
                zh="请先填写知情同意；其他CRF在记录知情同意后开放。",
            ),
            rule="CONSENT",
        )


class NotOnSchedule(Refused):
    """The visit does not have this CRF, or is not open."""


class EntryClosed(Refused):
    """Nothing new may be opened after withdrawal, death or end of study."""

    def __init__(self) -> None:
        """Say what is still possible."""
        super().__init__(
            Label(
                en="The participant has left the study: no new visit, CRF or row can be opened. "
                "Existing ones can still be corrected with a reason.",
                zh="该受试者已结束研究，不能再新增访视、CRF或记录；已有数据仍可说明原因后更正。",
            ),
            rule="CLOSED",
        )


class EntryLocked(Refused):
    """The CRF, the casebook or the whole study is locked."""

    def __init__(self, message: Label | None = None) -> None:
        """Say what is locked and who can help; the CRF unless told otherwise."""
        super().__init__(
            message
            or Label(
                en="This CRF is locked. Ask the data manager to unlock it.",
                zh="该CRF已锁定，请联系数据管理员解锁。",
            ),
            rule="LOCKED",
        )

    @classmethod
    def of_casebook(cls) -> EntryLocked:
        """Refuse what concerns a casebook that is locked."""
        return cls(
            Label(
                en="This participant's casebook is locked: nothing of it can be entered or "
                "changed. Ask the data manager to unlock it.",
                zh="该受试者的病例报告表已锁定，不能再录入或修改。请联系数据管理员解锁。",
            )
        )

    @classmethod
    def of_study(cls) -> EntryLocked:
        """Refuse what concerns any data of a study that is locked."""
        return cls(
            Label(
                en="The study is locked: no data can be entered or changed any more. If something "
                "must be corrected, tell the data manager.",
                zh="本研究数据库已锁定，不能再录入或修改任何数据。如确需更正，请联系数据管理员。",
            )
        )


class NotReady(Refused):
    """Something must be done before this act."""

    def __init__(self, message: Label, *, missing: Sequence[Label], rule: str) -> None:
        """Keep the list of what is missing."""
        super().__init__(message, rule=rule)
        self.missing = list(missing)


class AlreadyRandomised(Refused):
    """The participant has a slot (RAND-02); only the number is told."""


class RandomisationClosed(Refused):
    """No slot can be given: target reached (RAND-04), no list loaded, or stratum exhausted."""


class PasswordRefused(Refused):
    """The password is wrong, too weak, or unchanged."""


class SignatureRefused(Refused):
    """This CRF, or this user, cannot be signed now."""


class EditConflict(EdcError):
    """Somebody saved the CRF since the page was opened; nothing was stored."""

    def __init__(self) -> None:
        """Say that both versions are kept."""
        super().__init__(
            Label(
                en="Somebody saved this CRF after you opened it. Compare both versions below; "
                "nothing of yours is lost.",
                zh="您打开页面后，他人已保存过此CRF。请比较下方两个版本；您填写的内容未丢失。",
            ),
            rule="CONFLICT",
        )


class QueryMoved(EdcError):
    """Somebody acted on the query since it was read; nothing was stored."""

    def __init__(self) -> None:
        """Say that the thread is now another."""
        super().__init__(
            Label(
                en="Somebody acted on this query after you opened it. Read what was said, then "
                "decide again; what you typed is still here.",
                zh="您打开页面后，他人已处理过此质疑。请查看最新记录后再决定；您填写的内容仍保留。",
            ),
            rule="MOVED",
        )


class NotPermitted(EdcError):
    """The role may not do this."""

    def __init__(self, message: Label | None = None) -> None:
        """Say no more than that: a refusal must not tell what lies behind it."""
        super().__init__(
            message
            or Label(
                en="Your role does not permit this.",
                zh="您的角色无权进行此操作。",
            )
        )


class NotFound(EdcError):
    """Absent, or at a site the user may not see: the two are not told apart."""

    def __init__(self) -> None:
        """Use one sentence for both cases."""
        super().__init__(
            Label(
                en="There is nothing here, or it belongs to another site.",
                zh="此处没有内容，或不属于您的中心。",
            )
        )


class TooManyAttempts(EdcError):
    """Sign-in is delayed after repeated failures.

    :param wait_seconds: how long from now the next attempt is read.
    """

    def __init__(self, *, wait_seconds: int) -> None:
        """Keep the delay for the Retry-After header."""
        super().__init__(
            Label(
                en="Too many failed attempts. Try again in {seconds} seconds.",
                zh="失败次数过多，请在{seconds}秒后重试。",
            ).filled(seconds=wait_seconds)
        )
        self.wait_seconds = wait_seconds


class InstallationFault(EdcError):
    """This installation is not fit to run."""
