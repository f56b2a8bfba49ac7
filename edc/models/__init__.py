"""Tables, and the guarantee that none of them changes without the trail."""

from edc.models.allocation import AllocationListRow, MinimisationDraw, Slot, StratumRow
from edc.models.audit import AuditEntry, AuditTransaction, audited_tables
from edc.models.base import Base
from edc.models.crf_entry import CrfEntry, DataPoint, Draft
from edc.models.custody import ListAct, ListProposal, ListState
from edc.models.data_lock import DataLock
from edc.models.deviation import DeviationProposal, ProposalState
from edc.models.envelope import Envelope, EnvelopeState
from edc.models.linking import LinkProposal, LinkState
from edc.models.mail import MailState, OutgoingMail
from edc.models.notice import Notice, NoticeSeen
from edc.models.query import MessageKind, Query, QueryMessage, QueryState
from edc.models.recruitment import Gate, GateAct, RecruitmentEvent
from edc.models.safety_report import SafetyReport
from edc.models.signature import Signature
from edc.models.site import RegisterRow, Site
from edc.models.subject import Subject, SubjectVisit
from edc.models.unmasking import Unmasking, UnmaskingKind, UnmaskingState
from edc.models.user import RoleGrant, SignInFailure, User, UserSession

__all__ = [
    "AllocationListRow", "AuditEntry", "AuditTransaction", "Base", "CrfEntry", "DataLock",
    "DataPoint",
    "DeviationProposal", "Draft", "Envelope", "EnvelopeState", "Gate", "GateAct",
    "LinkProposal", "LinkState", "ListAct", "ListProposal", "ListState", "MailState",
    "MessageKind", "MinimisationDraw", "Notice",
    "NoticeSeen", "OutgoingMail", "ProposalState",
    "Query", "QueryMessage", "QueryState", "RecruitmentEvent", "RegisterRow", "RoleGrant",
    "SafetyReport",
    "SignInFailure", "Signature", "Site", "Slot", "StratumRow", "Subject", "SubjectVisit",
    "Unmasking", "UnmaskingKind", "UnmaskingState", "User", "UserSession", "audited_tables",
]  # fmt: skip
