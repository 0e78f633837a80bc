"""People, offices, units, and who serves where in which role."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase


class Role(models.TextChoices):
    """The nine roles; what each may do stands in ``roles.ROLE_RIGHTS``."""

    HANDLER = "HANDLER", _("Handler")
    UNIT_HEAD = "UNIT_HEAD", _("Unit head")
    OFFICE_CLERK = "OFFICE_CLERK", _("Office clerk")
    OFFICE_HEAD = "OFFICE_HEAD", _("Office head")
    LEADER = "LEADER", _("Leader")
    AUDITOR = "AUDITOR", _("Auditor")
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR", _("System administrator")
    SECURITY_ADMINISTRATOR = "SECURITY_ADMINISTRATOR", _("Security administrator")
    AUDIT_ADMINISTRATOR = "AUDIT_ADMINISTRATOR", _("Audit administrator")


class User(AbstractUser):
    """A person with an account. Names are kept whole, as Chinese names are written."""

    name = models.CharField(_("name"), max_length=40)
    simulated = models.BooleanField(default=False)  # demo and simulation accounts

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)


class Office(models.Model):
    """A leading group's office (领导小组办公室): owns plans, keeps one log, signs the reports."""

    code = models.SlugField(unique=True, max_length=30)
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=30, blank=True)
    leading_group = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="below")
    number_prefix = models.CharField(max_length=20, help_text="机关代字, e.g. 清整改办")
    report_addressees = models.CharField(max_length=200, blank=True)
    report_copies_to = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return self.short_name or self.name

    @property
    def unit(self):
        """The unit that stands for the office itself; memberships of its people are on it."""
        return Unit.of_office(self.pk)


class UnitKind(models.TextChoices):
    LEADING_GROUP = "LEADING_GROUP", _("Leading group")
    OFFICE = "OFFICE", _("Leading-group office")
    DEPARTMENT = "DEPARTMENT", _("Department")
    TOWN = "TOWN", _("Town or street")
    VILLAGE = "VILLAGE", _("Village")
    OTHER = "OTHER", _("Other")


class Unit(models.Model):
    """A department, town or office in one office's directory.

    The parent of the office's own unit is the department that houses it.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=UnitKind, default=UnitKind.DEPARTMENT)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["office", "name"], name="unit_name_once"),
            models.UniqueConstraint(
                fields=["office"], condition=Q(kind="OFFICE"), name="office_has_one_unit"
            ),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_legal"),
        ]
        default_permissions = ()
        permissions = [
            # a lead or responsible unit
            ("claim_measure", "认领"),
            ("enter_progress", "填报进展"),
            ("attach_evidence", "上传佐证"),
            ("report_checkpoint", "报告节点"),
            ("request_verification", "提请核查"),
            ("submit_measure", "审签核查申请"),
            ("draft_filing", "起草报送"),
            ("approve_filing", "审签报送"),
            ("verify_as_designated", "受指定核查"),
            ("dispute_measure", "提请协调"),
            ("ask_input", "分办"),
            ("answer_input", "反馈分办"),
            ("request_extension", "申请延期"),
            ("approve_extension", "审签延期申请"),
            ("record_follow_up", "记录长期坚持情况"),
            ("receive_instrument", "签收督办文书"),
            ("answer_instrument", "回复督办文书"),
            ("answer_bulletin", "回复通报"),
            # the office
            ("import_plan", "导入方案"),
            ("issue_plan", "交办"),
            ("amend_plan", "调整方案"),
            ("register_problem", "登记问题"),
            ("handle_feedback", "办理群众反映"),
            ("confirm_checkpoint", "确认节点"),
            ("return_measure", "退回"),
            ("verify_measure", "核查"),
            ("close_out_measure", "销号"),
            ("open_period", "开启报送期"),
            ("accept_filing", "接收报送"),
            ("compose_report", "编制月报"),
            ("review_report", "审核月报"),
            ("sign_report", "签发月报"),
            ("settle_dispute", "处理争议"),
            ("reassign_measure", "改派、拆分、合并"),
            ("withdraw_measure", "撤销、移交"),
            ("grade_measure", "确定销号等级"),
            ("publish_result", "公示"),
            ("decide_extension", "审批延期"),
            ("sign_extension", "签批延期"),
            ("look_back", "回头看"),
            ("relapse_measure", "认定反弹"),
            ("prepare_instrument", "拟办督办文书"),
            ("issue_instrument", "签发督办文书"),
            ("set_rules", "设置参数"),
            ("compose_bulletin", "编制通报"),
            ("review_bulletin", "审核通报"),
            ("sign_bulletin", "签发通报"),
            # reading and administration
            ("read_office", "查阅本办全部事项"),
            ("manage_units", "管理单位"),
            ("manage_accounts", "管理账号"),
            ("read_security_log", "查阅安全日志"),
        ]

    def __str__(self):
        return self.name

    @classmethod
    def of_office(cls, office_id):
        """The office's own unit. One query."""
        return cls.objects.get(office=office_id, kind=UnitKind.OFFICE)


class UnitAlias(models.Model):
    """Another spelling under which documents print a unit; a person confirmed it once."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="unit_alias_once")]

    def __str__(self):
        return self.name


class UnitGroup(models.Model):
    """A collective (各乡镇党委和政府): printed as written, answered by each member."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="unit_groups")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Unit, related_name="groups")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="unit_group_once")]

    def __str__(self):
        return self.name


class MembershipQuerySet(models.QuerySet):
    def live(self, on):
        """Memberships that hold on the county's date ``on`` (both ends included)."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on, person__is_active=True)


class Membership(models.Model):
    """Who serves in which unit, in which role, from when to when: the truth about people."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["unit", "role"], name="membership_unit_role")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "role"], condition=Q(ends_on=None), name="membership_once"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_legal"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.person} · {self.unit} · {self.get_role_display()}"

    @property
    def office_id(self):
        """In whose record it stands."""
        return self.unit.office_id


class DelegationQuerySet(models.QuerySet):
    def live(self, on):
        """Delegations that hold on the county's date ``on``: while the role that is lent holds, too.

        Whether the deputy still serves in the unit is asked where their own memberships are read.
        """
        memberships = Membership.objects.live(on)
        return self.filter(
            starts_on__lte=on,
            ends_on__gte=on,
            revoked_at=None,
            deputy__is_active=True,
            membership__in=memberships,
        )


class Delegation(models.Model):
    """While a person is away another acts for them in one role (委托代办): never in more than that role allows.

    The deputy acts under their own name, so separation of duties counts them as themselves.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="delegations")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegated_to_me")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["deputy", "ends_on"], name="delegation_deputy")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="delegation_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.membership} → {self.deputy}"

    @property
    def office_id(self):
        """In whose record it stands."""
        return self.membership.office_id


class UnitGrant(UserObjectPermissionBase):
    """guardian's grant of one right on one unit, kept in its own narrow table."""

    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        indexes = [models.Index(fields=["user", "permission", "content_object"], name="grant_user_right")]

    def __str__(self):
        return f"{self.user_id} {self.permission_id} {self.content_object_id}"
