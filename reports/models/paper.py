"""Other official papers, how an office wants its papers to look, and their numbers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.period import Filing


class PaperKind(models.TextChoices):
    CLOSE_OUT = "CLOSE_OUT", _("Close-out notice")
    VERIFICATION = "VERIFICATION", _("Verification record")
    EXTENSION = "EXTENSION", _("Extension approval form")
    INSTRUMENT = "INSTRUMENT", _("Supervision instrument")
    FILING = "FILING", _("Unit filing")


class Paper(models.Model):
    """An official paper about one thing, printed once and kept: 销号单, 核查记录, 延期审批表, 督办单, 单位报送.

    Who may see the measure, instrument or filing that it is about may see the paper. ``snapshot`` is canonical JSON
    text, ``digest`` its SHA-256. ``signature`` as in ``SignedPaper``.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=15, choices=PaperKind)
    key = models.CharField(max_length=80)  # kind, row and revision of what it shows: one paper for each
    measure = models.ForeignKey("cases.Measure", null=True, on_delete=models.PROTECT, related_name="papers")
    instrument = models.ForeignKey(
        "cases.Instrument", null=True, on_delete=models.PROTECT, related_name="papers"
    )
    filing = models.ForeignKey(Filing, null=True, on_delete=models.PROTECT, related_name="papers")
    document_number = models.CharField(max_length=60, blank=True)
    snapshot = models.TextField()
    digest = models.CharField(max_length=64)
    row_version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    signature = models.JSONField(null=True)
    pdf = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["office", "key"], name="paper_once"),
            models.CheckConstraint(condition=Q(kind__in=PaperKind.values), name="paper_kind_legal"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.document_number}"

    @property
    def thing(self):
        """What the keys of all revisions begin with."""
        return f"{self.key.rpartition(':')[0]}:"

    @property
    def revision(self):
        return int(self.key.rpartition(":")[2])


class PaperStyle(models.Model):
    """How one office wants its papers: head, signature block, columns of the ledger. Blank: the default."""

    office = models.OneToOneField("permissions.Office", on_delete=models.CASCADE, related_name="paper_style")
    row_version = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=60, blank=True)  # 发文机关标志 of the report
    bulletin_head = models.CharField(max_length=60, blank=True)
    sign_off = models.CharField(max_length=100, blank=True)  # 署名
    signatory_label = models.CharField(max_length=10, blank=True)  # 签发人
    sealed = models.BooleanField(default=True)  # leaves room for a seal over name and date
    number_rule = models.CharField(max_length=60, blank=True)  # as in 清整改办〔{year}〕{number}号
    addressees = models.CharField(max_length=200, blank=True)  # 主送
    copies_to = models.CharField(max_length=200, blank=True)  # 抄送
    printed_by = models.CharField(max_length=100, blank=True)  # 印发机关
    ledger_columns = models.JSONField(default=list, blank=True)  # names of columns in their order
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(null=True)

    def __str__(self):
        return str(self.office)


class DocumentCounter(models.Model):
    """The last number given out in a series and year: numbers have no gaps and no doubles."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    series = models.CharField(
        max_length=15, blank=True
    )  # blank: the office's papers; else a kind of instrument
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "series", "year"], name="document_counter_once")
        ]

    def __str__(self):
        return f"{self.year}: {self.last}"
