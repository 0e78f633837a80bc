"""What the ledger offers to do with many measures at once; ``workflows.bulk`` does it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class BulkAct:
    name: str
    label: str
    rights: tuple[str, ...]  # one of them is enough to be offered it; of each measure the door decides


BULK_ACTS = (
    BulkAct("confirm_checkpoint", _("Confirm checkpoints"), ("confirm_checkpoint",)),
    BulkAct("grant_extension", _("Grant extensions"), ("decide_extension", "sign_extension")),
    BulkAct("refuse_extension", _("Refuse extensions"), ("decide_extension", "sign_extension")),
    BulkAct("remind", _("Remind"), ("issue_instrument",)),
    BulkAct("reassign", _("Re-assign"), ("reassign_measure",)),
    BulkAct("set_grade", _("Set the grade"), ("grade_measure",)),
)


def offered(access) -> list[BulkAct]:
    return [act for act in BULK_ACTS if any(access.has(right) for right in act.rights)]
