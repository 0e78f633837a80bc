"""The facts, one file per concept."""

from cases.models.evidence import Evidence, StoredFile
from cases.models.feedback import Feedback, FeedbackChannel, FeedbackState
from cases.models.log import ChainHead, LogEntry, chain_hash
from cases.models.measure import Checkpoint, Duty, DutyRole, Measure
from cases.models.plan import ImportDraft, Plan, PlanKind, PlanRevision, Problem
from cases.models.progress import ProgressEntry
from cases.models.rounds import Round, SignOff, SignOffKind, Verification, VerificationMethod

__all__ = [
    "ChainHead",
    "Checkpoint",
    "Duty",
    "DutyRole",
    "Evidence",
    "Feedback",
    "FeedbackChannel",
    "FeedbackState",
    "ImportDraft",
    "LogEntry",
    "Measure",
    "Plan",
    "PlanKind",
    "PlanRevision",
    "Problem",
    "ProgressEntry",
    "Round",
    "SignOff",
    "SignOffKind",
    "StoredFile",
    "Verification",
    "VerificationMethod",
    "chain_hash",
]
