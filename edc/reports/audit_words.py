"""How the trail is told to people: acts, tables, columns and values in both languages."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from edc import clock
from edc.forms.confidential import REASON, TITLE, is_confidential, passed, passed_text
from edc.forms.states import STATE_LABELS
from edc.label import Label
from edc.permissions import ROLE_LABELS
from edc.reports.unmasking_words import (
    UNMASKING_ACTIONS,
    UNMASKING_COLUMNS,
    UNMASKING_KINDS,
)
from edc.study.missing import MISSING_LABELS, Missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Language
    from edc.study.items import Item
    from edc.study.study import Study

ACTION_LABELS: Final[dict[str, Label]] = {
    "account.activate": Label(en="Account made active", zh="启用账户"),
    "account.create": Label(en="Account created", zh="创建账户"),
    "account.deactivate": Label(en="Account made inactive", zh="停用账户"),
    "account.email": Label(en="Mail address set", zh="设置邮箱"),
    "account.grant": Label(en="Role granted", zh="授予角色"),
    "account.password_change": Label(en="Password changed", zh="修改密码"),
    "account.password_reset": Label(en="Password reset", zh="重置密码"),
    "account.role_change": Label(en="Role changed", zh="变更角色"),
    "account.role_end": Label(en="Role ended", zh="终止角色"),
    "account.role_give": Label(en="Role added", zh="增加角色"),
    "audit.export": Label(en="Audit trail exported", zh="导出稽查轨迹"),
    "crf.in_error": Label(en="Row marked as entered in error", zh="标记为误录"),
    "crf.save": Label(en="CRF saved", zh="保存CRF"),
    "crf.sign": Label(en="CRF signed", zh="签署CRF"),
    "envelope.confirm": Label(en="Envelope confirmed", zh="确认信封分配"),
    "envelope.enter": Label(en="Envelope entered", zh="录入信封分配"),
    "envelope.refuse": Label(en="Envelope refused", zh="退回信封录入"),
    "demo.complete": Label(en="Demonstration completed", zh="演示数据生成完成"),
    "demo.create": Label(en="Demonstration created", zh="创建演示数据"),
    "deviation.refuse": Label(en="Proposed deviation refused", zh="不采纳建议的方案偏离"),
    "linking.confirm": Label(en="Double registration confirmed", zh="确认重复登记"),
    "linking.propose": Label(en="Double registration reported", zh="提出重复登记"),
    "linking.refuse": Label(en="Double registration refused", zh="不认可重复登记"),
    "mail.claim": Label(en="Mails taken up for sending", zh="取出待发邮件"),
    "mail.send": Label(en="Mail sent or refused", zh="邮件发送结果"),
    "night.run": Label(en="Nightly run", zh="夜间任务"),
    "notice.seen": Label(en="Notice marked as seen", zh="提醒标记为已阅"),
    "dose.check": Label(en="Dose checked by a second person", zh="给药双人核对"),
    "password.refused": Label(en="Password refused", zh="密码验证失败"),
    "query.answer": Label(en="Query answered", zh="回复质疑"),
    "query.cancel": Label(en="Query cancelled", zh="撤销质疑"),
    "query.close": Label(en="Query closed", zh="关闭质疑"),
    "query.export": Label(en="Queries exported", zh="导出质疑"),
    "query.raise": Label(en="Query raised", zh="发出质疑"),
    "query.reopen": Label(en="Query reopened", zh="重新打开质疑"),
    "randomisation.load": Label(
        en="Allocation list confirmed and loaded", zh="确认并导入随机分配表"
    ),
    "randomisation.propose": Label(en="Allocation list brought", zh="提交随机分配表"),
    "randomisation.refuse": Label(en="Allocation list refused", zh="不认可随机分配表"),
    "randomisation.reseal": Label(en="Arms encrypted under a new key", zh="以新密钥重新加密分组"),
    "randomisation.withdraw": Label(en="Allocation list withdrawn", zh="撤回随机分配表"),
    "recruitment.close": Label(en="Recruitment closed", zh="关闭招募"),
    "recruitment.reopen": Label(en="Recruitment opened again", zh="重新开放招募"),
    "recruitment.resume": Label(en="Randomisation resumed", zh="恢复随机"),
    "recruitment.stop": Label(en="Randomisation stopped", zh="暂停随机"),
    "register.add": Label(en="Register entry added", zh="新增登记项"),
    "register.follow": Label(
        en="Casebook judged after a register correction", zh="登记更正后重新核查"
    ),
    "register.correct": Label(en="Register entry corrected", zh="更正登记项"),
    "safety.send": Label(en="Safety report sent", zh="提交安全性报告"),
    "session.end": Label(en="Sessions ended", zh="终止会话"),
    "session.refused": Label(en="Sign-in refused", zh="登录被拒"),
    "session.sign_in": Label(en="Signed in", zh="登录"),
    "session.sign_out": Label(en="Signed out", zh="退出登录"),
    "site.create": Label(en="Site created", zh="创建中心"),
    "subject.not_enrolled": Label(en="Not enrolled recorded", zh="记录未入组原因"),
    "subject.randomise": Label(en="Participant randomised", zh="随机分配"),
    "subject.register": Label(en="Participant registered", zh="登记受试者"),
    "subject.rescreen": Label(en="Participant screened again", zh="重新筛选"),
    "subject.screen": Label(en="Participant screened", zh="登记筛选"),
    "visit.unscheduled": Label(en="Unscheduled visit opened", zh="新增计划外访视"),
} | UNMASKING_ACTIONS
"""Every act of the program by the name under which the trail keeps it."""

TABLE_LABELS: Final[dict[str, Label]] = {
    "": Label(en="Act", zh="操作"),
    "allocation_list": Label(en="Allocation list", zh="随机分配表"),
    "crf_entry": Label(en="CRF", zh="CRF"),
    "data_point": Label(en="Item", zh="数据项"),
    "data_lock": Label(en="Lock", zh="锁定"),
    "deviation_proposal": Label(en="Proposed deviation", zh="建议的方案偏离"),
    "envelope": Label(en="Envelope", zh="信封"),
    "minimisation_draw": Label(en="Draw of the minimisation", zh="最小化法抽取"),
    "link_proposal": Label(en="Double registration", zh="重复登记"),
    "list_proposal": Label(en="Allocation list brought", zh="已提交的随机分配表"),
    "notice": Label(en="Notice", zh="系统提醒"),
    "notice_seen": Label(en="Notice seen", zh="提醒已阅"),
    "outgoing_mail": Label(en="Mail", zh="邮件"),
    "query": Label(en="Query", zh="质疑"),
    "query_message": Label(en="Message of a query", zh="质疑记录"),
    "recruitment_event": Label(en="Recruitment", zh="招募状态变更"),
    "register_row": Label(en="Register entry", zh="登记项"),
    "role_grant": Label(en="Role", zh="角色"),
    "safety_report": Label(en="Safety report sent", zh="已提交的安全性报告"),
    "signature": Label(en="Signature", zh="电子签名"),
    "site": Label(en="Site", zh="中心"),
    "slot": Label(en="Place in the allocation list", zh="随机分配位次"),
    "stratum": Label(en="Stratum", zh="分层"),
    "subject": Label(en="Participant", zh="受试者"),
    "subject_visit": Label(en="Planned visit", zh="访视计划"),
    "unmasking": Label(en="Unmasking", zh="揭盲"),
    "user_account": Label(en="Account", zh="账户"),
}

COLUMN_LABELS: Final[dict[str, Label]] = {
    "act": Label(en="act", zh="操作"),
    "algorithm": Label(en="algorithm", zh="算法"),
    "allocated": Label(en="numbers given", zh="已分配号数"),
    "allocated_at": Label(en="allocated at", zh="分配时间"),
    "allocated_by": Label(en="allocated by", zh="分配人"),
    "answered_at": Label(en="answered at", zh="回复时间"),
    "attempts": Label(en="attempts", zh="发送次数"),
    "awaits_signature": Label(en="eligibility awaits signature", zh="入组资格待签署"),
    "check_id": Label(en="check", zh="核查编号"),
    "closed_at": Label(en="closed at", zh="关闭时间"),
    "closes_after": Label(en="closes after (participants)", zh="关闭前目标例数"),
    "code": Label(en="code", zh="代码"),
    "confirmed_by": Label(en="confirmed by", zh="确认人"),
    "content": Label(en="content", zh="内容"),
    "counted": Label(en="registration that counts", zh="有效登记"),
    "cured_at": Label(en="cured at", zh="数据更正时间"),
    "decision": Label(en="why it was refused", zh="不认可的原因"),
    "decided_at": Label(en="decided at", zh="处理时间"),
    "decided_by": Label(en="decided by", zh="处理人"),
    "design_fingerprint": Label(en="design fingerprint", zh="设计指纹"),
    "due_at": Label(en="next attempt", zh="下次发送时间"),
    "dv_row": Label(en="row of DV", zh="DV记录号"),
    "dvcat": Label(en="kind", zh="偏离类别"),
    "dvsev": Label(en="weight", zh="严重程度"),
    "email": Label(en="mail address", zh="邮箱"),
    "ended_at": Label(en="ended at", zh="解除时间"),
    "entered_at": Label(en="entered at", zh="录入时间"),
    "entered_by": Label(en="entered by", zh="录入人"),
    "entered_role": Label(en="entered as", zh="录入人角色"),
    "entry_version": Label(en="saved version", zh="保存版本"),
    "error_reason": Label(en="why entered in error", zh="误录原因"),
    "exclusion": Label(en="why not randomised", zh="未随机原因"),
    "fault": Label(en="why it was not sent", zh="未发送原因"),
    "filters": Label(en="filters", zh="筛选条件"),
    "format": Label(en="format", zh="格式"),
    "full_name": Label(en="full name", zh="姓名"),
    "gate": Label(en="randomisation", zh="随机状态"),
    "happened_on": Label(en="happened on", zh="发生日期"),
    "header_hash": Label(en="header hash", zh="列表头哈希"),
    "highest": Label(en="highest entry", zh="最大记录编号"),
    "in_error": Label(en="entered in error", zh="误录"),
    "initials": Label(en="initials", zh="姓名缩写"),
    "conflict": Label(en="incident", zh="异常事件"),
    "is_as_listed": Label(en="as in the list", zh="与列表一致"),
    "is_active": Label(en="active", zh="有效"),
    "is_complete": Label(en="complete", zh="已完成"),
    "key_fingerprint": Label(en="key fingerprint", zh="密钥指纹"),
    "language": Label(en="language", zh="语言"),
    "kind": Label(en="kind", zh="类型"),
    "last_screening": Label(en="last screening number", zh="最新筛选号"),
    "last_subject": Label(en="last participant number", zh="最新受试者号"),
    "loaded_at": Label(en="loaded at", zh="导入时间"),
    "loaded_by": Label(en="loaded by", zh="导入人"),
    "masked": Label(en="masked", zh="设盲"),
    "meaning": Label(en="meaning", zh="签名含义"),
    "must_change_password": Label(en="must change password", zh="须修改密码"),
    "name_en": Label(en="name in English", zh="英文名称"),
    "name_zh": Label(en="name in Chinese", zh="中文名称"),
    "next_due": Label(en="next visit due", zh="下次访视日期"),
    "next_visit": Label(en="next visit", zh="下次访视"),
    "not_enrolled_note": Label(en="note on not enrolling", zh="未入组说明"),
    "not_enrolled_reason": Label(en="reason for not enrolling", zh="未入组原因"),
    "opened_at": Label(en="opened at", zh="发出时间"),
    "overdue_after": Label(en="overdue after", zh="逾期日"),
    "passed_over": Label(en="places passed over", zh="跳过的位次数"),
    "passed_over_at": Label(en="passed over at", zh="跳过时间"),
    "password_changed_at": Label(en="password changed at", zh="密码修改时间"),
    "proposed_by": Label(en="reported by", zh="提出人"),
    "proposed_at": Label(en="proposed at", zh="建议时间"),
    "purpose": Label(en="purpose", zh="用途"),
    "queued_at": Label(en="queued at", zh="排队时间"),
    "raised_at": Label(en="raised at", zh="发出时间"),
    "raised_by": Label(en="raised by", zh="发出人"),
    "raised_role": Label(en="raised as", zh="发出人角色"),
    "randomisation_number": Label(en="randomisation number", zh="随机号"),
    "randomised_on": Label(en="randomised on", zh="随机日期"),
    "reason": Label(en="reason", zh="原因"),
    "register": Label(en="register", zh="登记表"),
    "registered_at": Label(en="registered at", zh="登记时间"),
    "reopened_at": Label(en="opened again at", zh="重新打开时间"),
    "report_version": Label(en="report version", zh="报告版本"),
    "superseded": Label(en="counts by another registration", zh="以另一登记为准"),
    "root": Label(en="commitment root", zh="承诺根值"),
    "role": Label(en="role", zh="角色"),
    "row_key": Label(en="entry", zh="登记项"),
    "rows": Label(en="rows", zh="行数"),
    "saved_at": Label(en="saved at", zh="保存时间"),
    "saved_by": Label(en="saved by", zh="保存人"),
    "screening_number": Label(en="screening number", zh="筛选号"),
    "seen_at": Label(en="seen at", zh="阅读时间"),
    "sealed": Label(en="sealed file", zh="加密文件"),
    "sent_at": Label(en="sent at", zh="提交时间"),
    "sent_to": Label(en="sent to", zh="收件邮箱"),
    "sent_by": Label(en="sent by", zh="提交人"),
    "sessions_ended": Label(en="sessions ended", zh="终止会话数"),
    "sha256": Label(en="SHA-256", zh="SHA-256"),
    "signed_at": Label(en="signed at", zh="签署时间"),
    "sites": Label(en="sites", zh="中心"),
    "state": Label(en="state", zh="状态"),
    "state_since": Label(en="state since", zh="状态起始时间"),
    "stratum": Label(en="stratum", zh="分层"),
    "subject_number": Label(en="participant number", zh="受试者号"),
    "target": Label(en="planned day", zh="计划日期"),
    "text_en": Label(en="text in English", zh="英文内容"),
    "text_zh": Label(en="text in Chinese", zh="中文内容"),
    "unsealed_at": Label(en="opened at", zh="拆封时间"),
    "unsealed_by": Label(en="opened by", zh="拆封人"),
    "user": Label(en="user", zh="用户"),
    "username": Label(en="user name", zh="用户名"),
    "version": Label(en="saved version", zh="保存版本"),
    "void_reason": Label(en="why void", zh="失效原因"),
    "voided_at": Label(en="void since", zh="失效时间"),
    "window_end": Label(en="window until", zh="窗口期止"),
    "window_start": Label(en="window from", zh="窗口期起"),
} | UNMASKING_COLUMNS

SECRET_COLUMNS: Final = frozenset(
    {"password_hash", "sealed_arm", "sealed_draw", "sealed_seed", "slot_hash", "block", "position"}
    | {"design_fingerprint", "sequence"}
)
"""Shown to nobody, on no page and in no export: secrets, and what would help to guess an arm."""

COMMITTED: Final = frozenset({"list_id", "slot_hash"})
"""Of an act's facts those that lead to the published commitment: in every file of the trail, for
every reader. A slot's hash is salted and tells nothing; of a slot not yet used it is in no act."""

PROVING: Final = frozenset({"confirmed", "content_sha256", "void_reason"})
"""Columns by which a guess at a hidden answer could be proved, and one that repeats the reason of
an act, which may be withheld."""

SECRET_TABLES: Final = frozenset({"envelope", "minimisation_draw", "slot", "user_account"})
"""Tables with such columns: a search by text must not find them by what it may not show."""

DIGESTS: Final = frozenset(
    {("envelope", "decision"), ("envelope", "reason"), ("safety_report", "content")}
)
"""Columns of which the trail holds a digest: it proves, and tells no reader anything."""

POINTERS: Final = frozenset(
    {
        "at", "commitment", "confirmed", "content_sha256", "counted_as_id", "counted_id",
        "entry_id", "facts",
        "fingerprint", "form", "id", "identity_key", "item", "list_id", "messages", "missing",
        "lock_id", "notice_id", "number", "query_id",
        "repeat", "rescreen_of_id", "revision", "row", "site_id", "stratum_id",
        "subject_id", "token", "user_id", "value", "visit", "void_reason", "waited",
    }
)  # fmt: skip
"""Columns that only tie rows together; where a row stands is told in words beside the change."""

QUERY_STATES: Final = {
    "open": Label(en="open", zh="待回复"),
    "answered": Label(en="answered", zh="已回复"),
    "closed": Label(en="closed", zh="已关闭"),
    "cancelled": Label(en="cancelled", zh="已撤销"),
}
MESSAGE_LABELS: Final = {
    "opened": Label(en="opened", zh="发出"),
    "answered": Label(en="answered", zh="回复"),
    "confirmed": Label(en="confirmed as correct", zh="确认数据无误"),
    "reopened": Label(en="opened again", zh="重新打开"),
    "closed": Label(en="closed", zh="关闭"),
    "cured": Label(en="closed by the system: no longer found", zh="系统关闭：数据已不再触发核查"),
    "cancelled": Label(en="cancelled", zh="撤销"),
}
"""What each step of a query's thread did."""

_PROPOSAL_STATES: Final = {
    "proposed": Label(en="proposed", zh="待处理"),
    "accepted": Label(en="accepted", zh="已采纳"),
    "refused": Label(en="refused", zh="不采纳"),
    "withdrawn": Label(en="withdrawn", zh="已撤销"),
}
_YES, _NO = Label(en="yes", zh="是"), Label(en="no", zh="否")
_LINK_STATES: Final = {
    "proposed": Label(en="waits for the statistician", zh="待统计师确认"),
    "confirmed": Label(en="confirmed", zh="已确认"),
    "refused": Label(en="refused", zh="不认可"),
}
_MAIL_STATES: Final = {
    "waiting": Label(en="waits to be sent", zh="待发送"),
    "sent": Label(en="sent", zh="已发送"),
    "dropped": Label(en="no longer to be sent", zh="不再发送"),
}
_ENVELOPE_STATES: Final = {
    "waiting": Label(en="waits for a second person", zh="待第二人确认"),
    "confirmed": Label(en="confirmed", zh="已确认"),
    "refused": Label(en="refused", zh="已退回"),
    "conflict": Label(en="does not fit the list", zh="与列表不符"),
}
_GATES: Final = {
    "open": Label(en="open", zh="开放"),
    "stopped": Label(en="stopped", zh="暂停"),
    "closed": Label(en="closed", zh="关闭"),
    "stop": Label(en="stop", zh="暂停"),
    "resume": Label(en="resume", zh="恢复"),
    "close": Label(en="close", zh="关闭"),
    "reopen": Label(en="reopen", zh="重新开放"),
}
_LIST_STATES: Final = {
    "proposed": Label(en="waits for the second person", zh="待第二人确认"),
    "confirmed": Label(en="confirmed", zh="已确认"),
    "refused": Label(en="refused", zh="不认可"),
    "withdrawn": Label(en="withdrawn", zh="已撤回"),
}
_STATES: Final = {
    "envelope": _ENVELOPE_STATES,
    "query": QUERY_STATES,
    "deviation_proposal": _PROPOSAL_STATES,
    "list_proposal": _LIST_STATES,
    "link_proposal": _LINK_STATES,
    "outgoing_mail": _MAIL_STATES,
}
_CONFLICTS: Final = {
    "opened while shut": Label(
        en="opened while randomisation was shut", zh="拆封时随机已暂停或关闭"
    ),
    "slot used": Label(en="the place was given already", zh="位次已分配"),
    "slot passed over": Label(en="the place was passed over", zh="位次已跳过"),
    "randomised before": Label(en="randomised before", zh="此前已随机"),
}
_CODED: Final = {
    "act": _GATES,
    "conflict": _CONFLICTS,
    "gate": _GATES,
    "kind": MESSAGE_LABELS | UNMASKING_KINDS,
}
_LONGEST_CACHED = 40  # characters of a value worth remembering


def counts(table: str, facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns of an entry that count, among others, what is hidden from masked readers.

    Saves of a CRF are counted with those that changed only what is hidden; the highest entry of an
    export, with all that went before it. What somebody who knows the arms has exported, narrowed to
    a participant or a CRF, would tell by its rows that there is something.
    """
    if table == "crf_entry":
        return frozenset({"version"})
    if table or "rows" not in facts:
        return frozenset()
    return frozenset({"highest"} if facts.get("masked") else {"highest", "rows", "filters"})


class Words:
    """The words of one language for everything the trail holds.

    Looked-up wording is remembered, for an export asks for the same few thousand words a million
    times; free text is not, so that memory stays flat.
    """

    def __init__(
        self,
        study: Study,
        language: Language,
        *,
        reads_confidential: bool = False,
        is_masked: bool = False,
    ) -> None:
        """Speak *language* about *study*.

        :param reads_confidential: tell the answers of which others read only whether they passed.
        :param is_masked: tell no count from which one could learn that something is hidden.
        """
        self.study = study
        self.language: Language = language
        self.reads_confidential = reads_confidential
        self.is_masked = is_masked
        self._values: dict[tuple[str, str, str], str] = {}

    def action(self, name: str) -> str:
        """Return an act in words; one that a later version no longer knows keeps its name."""
        label = ACTION_LABELS.get(name)
        return label.text(self.language) if label else name

    def role(self, name: str) -> str:
        """Return a role in words."""
        return self._roles.get(name, name)

    def visit(self, code: str) -> str:
        """Return a visit's label."""
        found = self.study.find_visit(code) if code else None
        return found.label.text(self.language) if found else code

    def form(self, code: str, row: int = 1) -> str:
        """Return a CRF's or a register's label; of a CRF with parts, that of the part at *row*."""
        crf = self.study.crfs.get(code)
        if crf is not None and crf.parts:
            return crf.at(row).label.text(self.language)
        return self._forms.get(code, code)

    def table(self, name: str) -> str:
        """Return what kind of row a table holds."""
        label = TABLE_LABELS.get(name)
        return label.text(self.language) if label else name

    def item(self, form: str, code: str, repeat: int = 1) -> str:
        """Return an item's label, with its row in a repeating group."""
        if self._withholds(form, code):
            return TITLE.text(self.language)
        crf = self.study.crfs.get(form)
        if crf is not None and code in crf.repeating:
            return crf.label_of(code, repeat).text(self.language)
        item = self._items.get((form, code))
        return item.label.text(self.language) if item else code

    def reason(self, text: str | None, *, withheld: bool) -> str:
        """Return why something was done; *withheld* where the words may tell a confidential answer.

        Whoever reads the answers reads them where the item is, and its reasons there too.
        """
        if text and withheld and not self.reads_confidential:
            return REASON.text(self.language)
        return text or ""

    def change(self, table: str, form: str, item: str, values: str | None) -> str:
        """Return old or new values of one entry in words; empty when there are none.

        :param values: JSON of the changed columns, as the trail holds it.
        """
        if values is None:
            return ""
        facts = json.loads(values)
        if table == "data_point":
            return self.data_point(form, item, facts)
        mark = "；" if self.language == "zh" else "; "
        colon = "：" if self.language == "zh" else ": "
        shown = POINTERS | SECRET_COLUMNS if table else SECRET_COLUMNS
        if self.is_masked:
            shown = shown | counts(table, facts)
        return mark.join(
            f"{self._column(name)}{colon}{text}"
            for name, value in facts.items()
            if name not in shown
            and (table, name) not in DIGESTS
            and (text := self._fact(table, name, value)) != ""
        )

    def data_point(self, form: str, item: str, facts: dict[str, Any]) -> str:
        """Return what an item held: a value in words, or a missing code with its reason."""
        value = facts.get("value")
        if self._withholds(form, item):
            return passed_text(
                form, item, value=value, missing=facts.get("missing"), language=self.language
            )
        if value is not None:
            return self._value(form, item, value)
        missing = facts.get("missing")
        if missing is None:
            return ""
        label = self._missing.get(missing, missing)
        reason = facts.get("missing_reason") or ""
        return f"{label}（{reason}）" if self.language == "zh" else f"{label} ({reason})"

    def stored(self, form: str, item: str, values: str | None) -> tuple[str, str]:
        """Return what an item held, in words and as it is stored: the value or the missing code."""
        if values is None:
            return "", ""
        facts = json.loads(values)
        value, missing = facts.get("value"), facts.get("missing")
        if self._withholds(form, item):
            return self.data_point(form, item, facts), (
                passed(form, item, value=value, missing=missing) or ""
            )
        return self.data_point(form, item, facts), value or missing or ""

    def _withholds(self, form: str, item: str) -> bool:
        return is_confidential(form, item) and not self.reads_confidential

    def _value(self, form: str, item: str, value: str) -> str:
        key = (form, item, value)
        known = self._values.get(key)
        if known is not None:
            return known
        declared = self._items.get((form, item))
        try:
            text = declared.write(value, self.language) if declared else value
        except (KeyError, TypeError, ValueError):
            text = value  # saved under an older definition: shown as it was stored
        if getattr(declared, "codes", None) and len(value) <= _LONGEST_CACHED:
            self._values[key] = text
        return text

    def _column(self, name: str) -> str:
        label = COLUMN_LABELS.get(name)
        return label.text(self.language) if label else name.replace("_", " ")

    def _fact(self, table: str, name: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
        if isinstance(value, bool):
            return (_YES if value else _NO).text(self.language)
        if isinstance(value, dict):
            return ", ".join(f"{self._column(k)}={v}" for k, v in value.items())
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else self._text_fact(table, name, str(value))

    def _text_fact(self, table: str, name: str, value: str) -> str:
        if name in {"role", "raised_role", "entered_role", "person_role", "decided_role"}:
            return self.role(value)
        coded = _CODED.get(name, {}).get(value)
        if coded is not None:
            return coded.text(self.language)
        if name == "state":
            label = _STATES.get(table, STATE_LABELS).get(value)  # type: ignore[call-overload]
            return label.text(self.language) if label else value
        if name in {"next_visit", "code"} and table in {"subject", "subject_visit"}:
            return self.visit(value)
        if name.endswith(("_at", "_since")):
            return moment_text(datetime.fromisoformat(value))
        return value

    @cached_property
    def _roles(self) -> dict[str, str]:
        return {str(role): label.text(self.language) for role, label in ROLE_LABELS.items()}

    @cached_property
    def _missing(self) -> dict[str, str]:
        return {str(code): MISSING_LABELS[code].text(self.language) for code in Missing}

    @cached_property
    def _forms(self) -> dict[str, str]:
        crfs = {crf.code: crf.label for crf in self.study.all_crfs}
        registers = {register.code: register.label for register in self.study.registers}
        return {code: label.text(self.language) for code, label in (crfs | registers).items()}

    @cached_property
    def _items(self) -> dict[tuple[str, str], Item]:
        return {(crf.code, item.code): item for crf in self.study.all_crfs for item in crf.items}


def moment_text(moment: datetime) -> str:
    """Return a moment at the site with its offset: ``2026-01-05 16:30:00+08:00``."""
    return clock.local(moment).isoformat(sep=" ", timespec="seconds")
