"""The facts, one file per concept."""

from cases.models.evidence import Evidence, StoredFile
from cases.models.feedback import Feedback, FeedbackChannel, FeedbackState
from cases.models.log import ChainHead, LogEntry, chain_hash
from cases.models.lookback import Finding, FollowUp, LookBack, LookBackItem
from cases.models.measure import Checkpoint, Duty, DutyRole, Ending, Measure, one_duty_per_unit
from cases.models.plan import ImportDraft, Plan, PlanKind, PlanRevision, Problem
from cases.models.progress import ProgressEntry
from cases.models.roads import (
    EXTENSION_OPEN,
    Dispute,
    DisputeOutcome,
    Extension,
    ExtensionState,
    InputRequest,
    PastDuty,
    PublicNotice,
)
from cases.models.rounds import Round, SignOff, SignOffKind, Verification, VerificationMethod
from cases.models.rules import (
    DueDay,
    EvidenceRequirement,
    LateExtension,
    OfficeRules,
    RankedBy,
    Receiver,
    SavedView,
)
from cases.models.supervision import CauseKind, Instrument, InstrumentKind, InstrumentState, Notice

__all__ = [
    "EXTENSION_OPEN",
    "CauseKind",
    "ChainHead",
    "Checkpoint",
    "Dispute",
    "DisputeOutcome",
    "DueDay",
    "Duty",
    "DutyRole",
    "Ending",
    "Evidence",
    "EvidenceRequirement",
    "Extension",
    "ExtensionState",
    "Feedback",
    "FeedbackChannel",
    "FeedbackState",
    "Finding",
    "FollowUp",
    "ImportDraft",
    "InputRequest",
    "Instrument",
    "InstrumentKind",
    "InstrumentState",
    "LateExtension",
    "LogEntry",
    "LookBack",
    "LookBackItem",
    "Measure",
    "Notice",
    "OfficeRules",
    "PastDuty",
    "Plan",
    "PlanKind",
    "PlanRevision",
    "Problem",
    "ProgressEntry",
    "PublicNotice",
    "RankedBy",
    "Receiver",
    "Round",
    "SavedView",
    "SignOff",
    "SignOffKind",
    "StoredFile",
    "Verification",
    "VerificationMethod",
    "chain_hash",
    "one_duty_per_unit",
]
