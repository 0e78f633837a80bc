"""The facts, one file per concept."""

from cases.models.evidence import Evidence, StoredFile
from cases.models.log import ChainHead, LogEntry, chain_hash
from cases.models.measure import Checkpoint, Duty, DutyRole, Measure
from cases.models.plan import ImportDraft, Plan, Problem
from cases.models.progress import ProgressEntry
from cases.models.rounds import Round, SignOff, SignOffKind, Verification, VerificationMethod

__all__ = [
    "ChainHead",
    "Checkpoint",
    "Duty",
    "DutyRole",
    "Evidence",
    "ImportDraft",
    "LogEntry",
    "Measure",
    "Plan",
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
