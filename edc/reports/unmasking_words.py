"""How the trail tells of locks and unmaskings: acts, columns, kinds and states."""

from __future__ import annotations

from typing import Final

from edc.label import Label

UNMASKING_ACTIONS: Final[dict[str, Label]] = {
    "lock.casebook": Label(en="Casebook locked", zh="锁定病例报告表"),
    "lock.crf": Label(en="CRF locked", zh="锁定CRF"),
    "lock.study": Label(en="Study locked", zh="锁定研究数据库"),
    "unlock.ask": Label(en="Unlocking of the study requested", zh="申请解锁研究数据库"),
    "unlock.partial": Label(en="Unlocked", zh="解锁"),
    "unlock.study": Label(en="Study unlocked", zh="解锁研究数据库"),
    "unlock.withdraw": Label(en="Request to unlock withdrawn", zh="撤回解锁申请"),
    "unmasking.ask": Label(en="Unmasking requested", zh="申请揭盲"),
    "unmasking.approve": Label(en="Unmasking approved", zh="批准揭盲"),
    "unmasking.assess": Label(en="Impact of an unmasking assessed", zh="评估揭盲影响"),
    "unmasking.plan": Label(en="Planned unmasking signed first", zh="计划揭盲首次签署"),
    "unmasking.refuse": Label(en="Unmasking refused", zh="拒绝揭盲申请"),
    "unmasking.release": Label(en="Planned unmasking carried out", zh="实施计划揭盲"),
    "unmasking.report": Label(en="Accidental unmasking reported", zh="上报意外揭盲"),
    "unmasking.read": Label(en="All arms read", zh="查阅全部分组"),
    "unmasking.show": Label(en="Arm shown to one person", zh="向申请人显示分组"),
}

UNMASKING_COLUMNS: Final[dict[str, Label]] = {
    "asked_at": Label(en="asked at", zh="申请时间"),
    "data_sha256": Label(en="digest of the data", zh="数据摘要"),
    "decided_role": Label(en="decided as", zh="处理人角色"),
    "explanation": Label(en="explanation", zh="说明"),
    "impact": Label(en="impact", zh="影响评估"),
    "impact_at": Label(en="impact assessed at", zh="影响评估时间"),
    "impact_by": Label(en="impact assessed by", zh="影响评估人"),
    "known_from": Label(en="known since", zh="知悉时间"),
    "known_on": Label(en="known from the day", zh="知悉日期"),
    "locked_at": Label(en="locked at", zh="锁定时间"),
    "locked_by": Label(en="locked by", zh="锁定人"),
    "person": Label(en="who learned", zh="知悉人"),
    "person_role": Label(en="in the role", zh="知悉人角色"),
    "shown_at": Label(en="shown at", zh="显示时间"),
    "trail_entry": Label(en="trail up to entry", zh="轨迹截止条目"),
    "trail_sha256": Label(en="digest of the trail", zh="轨迹摘要"),
    "unbl_row": Label(en="row of UNBL", zh="UNBL记录号"),
    "unlock_asked_at": Label(en="unlocking requested at", zh="申请解锁时间"),
    "unlock_asked_by": Label(en="unlocking requested by", zh="申请解锁人"),
    "unlock_reason": Label(en="why unlocked", zh="解锁原因"),
    "unlocked_at": Label(en="unlocked at", zh="解锁时间"),
    "unlocked_by": Label(en="unlocked by", zh="解锁人"),
    "why": Label(en="why", zh="原因"),
}

UNMASKING_STATES: Final = {
    "asked": Label(en="waits for approval", zh="待批准"),
    "refused": Label(en="refused", zh="已拒绝"),
    "approved": Label(en="approved", zh="已批准"),
    "shown": Label(en="shown", zh="已显示"),
    "reported": Label(en="reported", zh="已上报"),
}
UNMASKING_KINDS: Final = {
    "emergency": Label(en="Emergency", zh="紧急揭盲"),
    "accidental": Label(en="Accidental", zh="意外揭盲"),
    "planned": Label(en="Planned", zh="计划揭盲"),
}
