"""Who may do what, on one page.

A permission is named ``object:act``. A role is held at one site, or at all sites; what it grants
there is the row of ``GRANTS``. What a role may *see* of an allocation is not here but in
``edc.randomization.masking``: the right to open a page never implies the right to see an arm.
"""

from __future__ import annotations

from enum import StrEnum

from edc.label import Label


class Role(StrEnum):
    """The roles of the delegation log, and those of the sponsor and the committee."""

    RESEARCH_NURSE = "research_nurse"
    INVESTIGATOR = "investigator"
    OUTCOME_ASSESSOR = "outcome_assessor"
    MONITOR = "monitor"
    UNMASKED_MONITOR = "unmasked_monitor"
    DATA_MANAGER = "data_manager"
    STATISTICIAN = "statistician"
    INDEPENDENT_STATISTICIAN = "independent_statistician"
    PHARMACIST = "pharmacist"
    SAFETY_OFFICER = "safety_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_LABELS: dict[Role, Label] = {
    Role.RESEARCH_NURSE: Label(en="Research nurse", zh="研究护士"),
    Role.INVESTIGATOR: Label(en="Investigator", zh="研究者"),
    Role.OUTCOME_ASSESSOR: Label(en="Outcome assessor (masked)", zh="疗效评估者（设盲）"),
    Role.MONITOR: Label(en="Monitor", zh="监查员"),
    Role.UNMASKED_MONITOR: Label(en="Unmasked monitor", zh="非盲监查员"),
    Role.DATA_MANAGER: Label(en="Data manager", zh="数据管理员"),
    Role.STATISTICIAN: Label(en="Statistician", zh="统计师"),
    Role.INDEPENDENT_STATISTICIAN: Label(en="Independent statistician", zh="独立统计师"),
    Role.PHARMACIST: Label(en="Product pharmacist", zh="制品药师"),
    Role.SAFETY_OFFICER: Label(en="Safety officer", zh="安全性负责人"),
    Role.ADMINISTRATOR: Label(en="Administrator", zh="系统管理员"),
    Role.AUDITOR: Label(en="Auditor", zh="稽查员"),
}


class Permission(StrEnum):
    """Every act that a page, a command or a download can be."""

    ARM_TABULATE = "arm:tabulate"  # tables by arm
    ARMS_READ = "arms:read"  # every arm with its proof, once they are released
    ARMS_RELEASE = "arms:release"  # sign, with a second person, that they are
    AUDIT_EXPORT = "audit:export"
    AUDIT_READ = "audit:read"
    CONFIDENTIAL_READ = "confidential:read"  # answers that others read as "passed" or not
    CRF_ASSESS = "crf:assess"  # enter OM and the other assessments of an injured site
    CRF_ENTER = "crf:enter"  # enter and correct any other CRF
    CRF_READ = "crf:read"
    CRF_SIGN = "crf:sign"
    DEVIATION_READ = "deviation:read"  # what checks propose; to accept it is to enter DV
    DEVIATION_REFUSE = "deviation:refuse"
    DEVIATION_REVIEW = "deviation:review"  # DVPP, which deviations leave the per-protocol set
    ENROLMENT_READ = "enrolment:read"
    ENVELOPE_ENTER = "envelope:enter"  # one opened while the system was down; confirmed by another
    LINKING_CONFIRM = "linking:confirm"  # as the second person
    LINKING_PROPOSE = "linking:propose"  # that two registrations are one person
    NOTICE_READ = "notice:read"  # what checks set off, as far as it is for the role
    PRODUCT_MANAGE = "product:manage"  # the register of batches
    PRODUCT_READ = "product:read"  # its stock, and who was given what: tells arms
    QUERY_ANSWER = "query:answer"
    QUERY_EXPORT = "query:export"
    QUERY_RAISE = "query:raise"  # and close, reopen or cancel what one's own role has raised
    QUERY_READ = "query:read"
    QUERY_SETTLE = "query:settle"  # close or reopen what a check has raised
    RANDOMISATION_CONFIRM = "randomisation:confirm"  # a list, as the second person
    RANDOMISATION_CORRECT = "randomisation:correct"  # say on RAND what went wrong
    RANDOMISATION_MANAGE = "randomisation:manage"  # bring a list, as the first person
    RANDOMISATION_REOPEN = "randomisation:reopen"  # close recruitment, or open it to a new target
    RANDOMISATION_REQUEST = "randomisation:request"
    RANDOMISATION_RESUME = "randomisation:resume"  # after an incident
    RANDOMISATION_STATUS = "randomisation:status"  # the state of the list, never a slot
    RANDOMISATION_STOP = "randomisation:stop"  # at once, on an incident
    SAFETY_ASSESS = "safety:assess"  # the sponsor's items of a serious event's report
    SAFETY_READ = "safety:read"  # which reports are due, over all participants
    SAFETY_SEND = "safety:send"
    SUBJECT_LIST = "subject:list"
    SUBJECT_SCREEN = "subject:screen"
    STUDY_LOCK = "study:lock"  # and a casebook or a CRF; ask that the study be unlocked
    STUDY_UNLOCK = "study:unlock"  # as the second person
    SITE_MANAGE = "site:manage"  # registers: consent and protocol versions
    UNMASK_APPROVE = "unmask:approve"  # an emergency unmasking; and judge what any one means
    UNMASK_READ = "unmask:read"  # the register of unmaskings
    UNMASK_REQUEST = "unmask:request"  # for oneself; and say that one learned an arm
    USER_MANAGE = "user:manage"


_READ = frozenset(
    {
        Permission.SUBJECT_LIST,
        Permission.CRF_READ,
        Permission.ENROLMENT_READ,
        Permission.AUDIT_READ,
        Permission.DEVIATION_READ,
        Permission.QUERY_READ,
        Permission.SAFETY_READ,
    }
)
_TREATING = _READ | {
    Permission.CONFIDENTIAL_READ,
    Permission.SUBJECT_SCREEN,
    Permission.CRF_ENTER,
    Permission.CRF_ASSESS,
    Permission.ENVELOPE_ENTER,
    Permission.NOTICE_READ,
    Permission.PRODUCT_READ,
    Permission.QUERY_ANSWER,
    Permission.RANDOMISATION_REQUEST,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.RESEARCH_NURSE: _TREATING,
    Role.INVESTIGATOR: _TREATING
    | {Permission.CRF_SIGN, Permission.QUERY_EXPORT, Permission.RANDOMISATION_CORRECT}
    | {Permission.DEVIATION_REFUSE, Permission.SAFETY_SEND, Permission.RANDOMISATION_STOP}
    | {Permission.UNMASK_APPROVE, Permission.UNMASK_READ}
    | {Permission.ARMS_RELEASE, Permission.STUDY_UNLOCK},
    # Section 5.3: assesses without knowing the arm, and enters nothing else.
    Role.OUTCOME_ASSESSOR: frozenset(
        {
            Permission.SUBJECT_LIST,
            Permission.CRF_READ,
            Permission.CRF_ASSESS,
            Permission.QUERY_READ,
            Permission.QUERY_ANSWER,
            Permission.UNMASK_REQUEST,
        }
    ),
    Role.MONITOR: _READ
    | {Permission.AUDIT_EXPORT, Permission.QUERY_EXPORT, Permission.QUERY_RAISE}
    | {Permission.UNMASK_READ, Permission.UNMASK_REQUEST},
    # Section 5.3: follows the product where the other monitors are masked, and enters nothing.
    Role.UNMASKED_MONITOR: frozenset(
        {
            Permission.SUBJECT_LIST,
            Permission.CRF_READ,
            Permission.AUDIT_READ,
            Permission.DEVIATION_READ,
            Permission.PRODUCT_READ,
            Permission.QUERY_EXPORT,
            Permission.QUERY_RAISE,
            Permission.QUERY_READ,
        }
    ),
    Role.DATA_MANAGER: _READ
    | {Permission.QUERY_EXPORT, Permission.QUERY_RAISE, Permission.QUERY_SETTLE}
    | {Permission.LINKING_PROPOSE, Permission.NOTICE_READ}
    | {Permission.AUDIT_EXPORT, Permission.SITE_MANAGE, Permission.RANDOMISATION_CORRECT}
    | {Permission.RANDOMISATION_CONFIRM, Permission.RANDOMISATION_STATUS}
    | {Permission.RANDOMISATION_STOP}
    | {Permission.STUDY_LOCK, Permission.UNMASK_READ, Permission.UNMASK_REQUEST},
    Role.STATISTICIAN: frozenset(
        {Permission.ENROLMENT_READ, Permission.LINKING_CONFIRM, Permission.RANDOMISATION_MANAGE}
        # CRF DV: the per-protocol set is settled before unmasking, by who reads masked CRFs.
        | {Permission.SUBJECT_LIST, Permission.CRF_READ, Permission.DEVIATION_READ}
        | {Permission.DEVIATION_REVIEW}
        | {Permission.RANDOMISATION_REOPEN, Permission.RANDOMISATION_STOP}
        | {Permission.RANDOMISATION_STATUS}
        | {Permission.ARMS_READ, Permission.ARMS_RELEASE}
    ),
    # Section 5.3: for the monitoring committee, arm by arm, before anybody else; enters nothing.
    Role.INDEPENDENT_STATISTICIAN: frozenset(
        {
            Permission.ARM_TABULATE,
            Permission.ARMS_READ,
            Permission.ARMS_RELEASE,
            Permission.SUBJECT_LIST,
            Permission.CRF_READ,
            Permission.DEVIATION_READ,
            Permission.ENROLMENT_READ,
            Permission.RANDOMISATION_RESUME,
            Permission.RANDOMISATION_STOP,
            Permission.SAFETY_READ,
        }
    ),
    Role.PHARMACIST: frozenset(
        {
            Permission.SUBJECT_LIST,
            Permission.CRF_READ,
            Permission.ENVELOPE_ENTER,
            Permission.PRODUCT_MANAGE,
            Permission.PRODUCT_READ,
        }
    ),
    Role.SAFETY_OFFICER: frozenset(
        {
            Permission.SUBJECT_LIST,
            Permission.CRF_READ,
            Permission.NOTICE_READ,
            Permission.SAFETY_ASSESS,
            Permission.SAFETY_READ,
            # The medical monitor on call, at any hour.
            Permission.UNMASK_APPROVE,
            Permission.UNMASK_READ,
            Permission.UNMASK_REQUEST,
        }
    ),
    # Administrators manage people and versions, and see no clinical data.
    Role.ADMINISTRATOR: frozenset({Permission.USER_MANAGE, Permission.SITE_MANAGE}),
    Role.AUDITOR: _READ
    | {Permission.AUDIT_EXPORT, Permission.QUERY_EXPORT}
    | {Permission.UNMASK_READ, Permission.UNMASK_REQUEST},
}


def grants(role: Role, permission: Permission) -> bool:
    """Tell whether *role* holds *permission* at the sites where it is granted."""
    return permission in GRANTS[role]
