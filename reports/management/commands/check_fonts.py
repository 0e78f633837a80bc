"""Show which font stands for each role of GB/T 9704, and refuse when one has no Chinese."""

from django.core.management.base import BaseCommand, CommandError

from reports.documents import fonts


class Command(BaseCommand):
    help = "Show the font behind each role of official papers; exit 1 if a role has none with Chinese."
    requires_system_checks = ()

    def handle(self, **options):
        font_set = fonts.FontSet()
        lacking = []
        for key, role in fonts.ROLES.items():
            stack = font_set.stack(key)
            if not font_set.has_chinese(key):
                lacking.append(role.label)
            self.stdout.write(f"{role.label}\t{_verdict(font_set, key)}\t{_shown(stack)}")
        if lacking:
            raise CommandError(
                f"No Chinese font for {'、'.join(lacking)}. Install one: apt-get install fonts-noto-cjk"
            )
        self.stdout.write(f"font set {font_set.fingerprint()}")
        if not font_set.is_official("fangsong") and font_set.stack("fangsong")[0].family in fonts.TAIL:
            self.stdout.write(
                f"仿宋 falls back to a text face. Run bin/fonts, or put the official fonts into {fonts.folder()}"
            )


def _verdict(font_set, key):
    if not font_set.has_chinese(key):
        return "MISSING"
    if font_set.is_official(key):
        return "official"
    wanted = fonts.ROLES[key].stand_ins[0]
    return "stand-in" if font_set.stack(key)[0].family == wanted else "FALLBACK"


def _shown(stack):
    return f"{stack[0].family}\t{stack[0].path}" if stack else "-"
