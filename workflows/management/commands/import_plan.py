"""Read a plan document and confirm it at once, taking every match that is certain and new units for the rest."""

from pathlib import Path

from django.core.management import BaseCommand, CommandError

from cases.errors import Refused
from cases.intake.confirm import printed_names
from cases.intake.proposal import Proposal
from cases.intake.units import accept, propose
from cases.models import Checkpoint
from permissions.models import Office, User
from workflows.door import perform


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--office", required=True, help="code of the office that owns the plan")
        parser.add_argument("--by", required=True, help="username of the clerk in whose name it is imported")

    def handle(self, *args, file, office, by, **options):
        owner = Office.objects.filter(code=office).first()
        clerk = User.objects.filter(username=by, is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no office with the code {office!r}.")
        if clerk is None:
            raise CommandError(f"There is no account with the name {by!r}.")
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        try:
            draft = perform(owner.pk, "read_plan", actor=clerk, file_name=file.name, data=data).subject
            matches = propose(owner, printed_names(Proposal.from_dict(draft.proposal)))
            plan = perform(draft.pk, "confirm_import", actor=clerk, units=accept(matches)).subject
        except Refused as refused:
            raise CommandError(str(refused.message)) from refused
        self.report(plan, draft, matches)

    def report(self, plan, draft, matches):
        write = self.stdout.write
        write(f"Imported: {plan.title}")
        write(
            f"  {plan.problems.count()} problems, {plan.measures.count()} measures, "
            f"{Checkpoint.objects.filter(measure__plan=plan).count()} checkpoints, "
            f"{plan.measures.filter(long_term=True).count()} long-term"
        )
        for line in dict.fromkeys(_told(name, match) for name, match in matches.items()):
            if line:
                write(f"  {line}")
        for remark in draft.proposal["remarks"]:
            write(f"  remark: {remark['message'] % remark['params']}")
        write(f"The plan is a draft: {plan.get_absolute_url()}")


def _told(name, match):
    """What became of a name that the directory did not know for certain; spellings of one unit are told once."""
    choice = match.otherwise or match.choice
    if "new" in choice:
        doubt = (
            ""
            if match.reason == "new"
            else f" (“{name}”: {match.reason} of a known unit, not certain enough)"
        )
        return f"new unit: {choice['new']}{doubt}"
    if "new_group" in choice:
        count = len(choice["members"])
        return f"new collective: {name}, " + (
            f"{count} members" if count else "no members known, so one unit stands for it"
        )
    return None
