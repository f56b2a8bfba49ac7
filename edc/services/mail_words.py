"""What a mail says: a sentence in both languages and a link, and nothing that tells an arm.

A mail leaves the system and cannot be called back. So its words are declared here and filled with
facts that are numbers, codes and moments: no text that a person typed finds its way into one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import TYPE_CHECKING, Final

from edc.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping


class MailKind(StrEnum):
    """What mails tell of."""

    RANDOMISED = "randomised"
    ENVELOPE_WAITS = "envelope_waits"
    ENVELOPE_INCIDENT = "envelope_incident"
    STOPPED = "randomisation_stopped"
    RESUMED = "randomisation_resumed"
    CLOSED = "recruitment_closed"
    REOPENED = "recruitment_reopened"
    UNMASKING_ASKED = "unmasking_asked"
    UNMASKED = "unmasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """The words of a kind of mail.

    :param path: the page it leads to, after the installation's own address.
    """

    subject: Label
    body: Label
    path: str


WORDS: Final[dict[MailKind, MailWords]] = {
    MailKind.RANDOMISED: MailWords(
        subject=Label(en="Participant {number} was randomised", zh="受试者{number}已随机"),
        body=Label(
            en="Participant {number} was randomised on {moment}. Sign in to see the allocation and "
            "the dates of the visits.",
            zh="受试者{number}已于{moment}完成随机。请登录系统查看分配结果及访视日期。",
        ),
        path="/subjects/{subject_id}/allocation",
    ),
    MailKind.ENVELOPE_WAITS: MailWords(
        subject=Label(
            en="An envelope of participant {number} waits for a second person",
            zh="受试者{number}的信封待第二人确认",
        ),
        body=Label(
            en="An envelope that was opened for participant {number} has been entered. A second "
            "person must compare it with the paper and confirm it; until then the next envelope "
            "of the stratum must not be used.",
            zh="已录入为受试者{number}拆开的信封，须由第二人与纸质信封核对并确认；在此之前，"
            "不得使用该分层的下一个信封。",
        ),
        path="/subjects/{subject_id}/envelope",
    ),
    MailKind.ENVELOPE_INCIDENT: MailWords(
        subject=Label(
            en="Incident: the envelope of participant {number}",
            zh="异常事件：受试者{number}的信封",
        ),
        body=Label(
            en="The envelope that was entered for participant {number} does not fit the allocation "
            "list. Nothing was swapped. The independent statistician decides what follows.",
            zh="为受试者{number}录入的信封与随机列表不符，未作任何调换，由独立统计师决定后续处理。",
        ),
        path="/recruitment",
    ),
    MailKind.STOPPED: MailWords(
        subject=Label(en="Randomisation is stopped", zh="随机已暂停"),
        body=Label(
            en="Randomisation was stopped because of an incident, after {allocated} of {target} "
            "participants. Nobody can be randomised, by envelope neither, until it is resumed.",
            zh="因发生异常事件，随机已暂停（已随机{allocated}例，目标{target}例）。"
            "恢复之前不能随机，也不得使用信封。",
        ),
        path="/recruitment",
    ),
    MailKind.RESUMED: MailWords(
        subject=Label(en="Randomisation is resumed", zh="随机已恢复"),
        body=Label(
            en="Randomisation is resumed, after {allocated} of {target} participants.",
            zh="随机已恢复（已随机{allocated}例，目标{target}例）。",
        ),
        path="/recruitment",
    ),
    MailKind.CLOSED: MailWords(
        subject=Label(en="Recruitment is closed", zh="招募已关闭"),
        body=Label(
            en="Recruitment is closed: {allocated} participants are randomised, the target was "
            "{target}.",
            zh="招募已关闭：已随机{allocated}例，目标{target}例。",
        ),
        path="/recruitment",
    ),
    MailKind.REOPENED: MailWords(
        subject=Label(en="Recruitment is open again", zh="招募已重新开放"),
        body=Label(
            en="Recruitment is open again: {allocated} participants are randomised, the new target "
            "is {target}.",
            zh="招募已重新开放：已随机{allocated}例，新的目标为{target}例。",
        ),
        path="/recruitment",
    ),
    MailKind.UNMASKING_ASKED: MailWords(
        subject=Label(
            en="Unmasking requested for participant {number}", zh="受试者{number}有揭盲申请待批准"
        ),
        body=Label(
            en="An emergency unmasking was requested for participant {number} at {moment}. It "
            "waits for your decision and expires after 24 hours. Sign in to read why.",
            zh="受试者{number}于{moment}提出紧急揭盲申请，请登录系统查看原因并处理；申请24小时后失效。",
        ),
        path="/subjects/{subject_id}/unmasking",
    ),
    MailKind.UNMASKED: MailWords(
        subject=Label(en="Unmasking of participant {number}", zh="受试者{number}发生揭盲"),
        body=Label(
            en="An unmasking of participant {number} was approved or reported at {moment}. Sign in "
            "to read who and why, and to say what it means for the study.",
            zh="受试者{number}的揭盲已于{moment}获批或上报。请登录系统查看当事人和原因，并评估其对研究的影响。",
        ),
        path="/subjects/{subject_id}/unmasking",
    ),
}

_FACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:+. /-]{0,39}")
_FOOT = Label(
    en="This mail holds no treatment and no personal data; please do not add any when you answer "
    "or forward it. It was sent by the system and is not read.",
    zh="本邮件不含治疗分组及个人信息，回复或转发时请勿添加。本邮件由系统自动发送，回复无人查收。",
)


def check_facts(kind: MailKind, facts: Mapping[str, object]) -> dict[str, str]:
    """Return the facts of a mail as it keeps them.

    :raises ValueError: when one is missing, not of this kind, or anything but a number, a code or a
        moment; a mail must not be able to carry more.
    """
    wanted = _wanted(kind)
    if wanted != facts.keys():
        message = f"a mail {kind} tells of {sorted(wanted)}, not of {sorted(facts)}"
        raise ValueError(message)
    kept = {name: str(value) for name, value in facts.items()}
    for name, value in kept.items():
        if not _FACT.fullmatch(value):
            message = f"{name} is no number, code or moment: a mail cannot hold it"
            raise ValueError(message)
    return kept


def known_facts(kind: MailKind, facts: Mapping[str, object]) -> dict[str, object]:
    """Return those of *facts* that the kind's words ask for."""
    wanted = _wanted(kind)
    return {name: value for name, value in facts.items() if name in wanted}


def _wanted(kind: MailKind) -> set[str]:
    words = WORDS[kind]
    sentences = (*_both(words.subject), *_both(words.body), words.path)
    return {name for text in sentences for _, name, _, _ in Formatter().parse(text) if name}


def subject_line(kind: MailKind, facts: Mapping[str, str], *, mark: str) -> str:
    """Return the subject line in both languages, under the study's name.

    :param mark: says that the data are not those of the trial, where they are not.
    """
    zh, en = (text.format_map(facts) for text in _both(WORDS[kind].subject))
    return f"[MSC-MucInj{mark}] {zh} · {en}"


def body(kind: MailKind, facts: Mapping[str, str], *, address: str) -> str:
    """Return the text in both languages with the link to the page.

    :param address: of the installation, without a slash at its end.
    """
    words = WORDS[kind]
    zh, en = (text.format_map(facts) for text in _both(words.body))
    link = address + words.path.format_map(facts)
    return f"{zh}\n\n{en}\n\n{link}\n\n--\n{_FOOT.zh}\n{_FOOT.en}\n"


def _both(label: Label) -> tuple[str, str]:
    return label.zh, label.en
