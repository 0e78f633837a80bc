"""Who is who in the invented county: offices, units, groups, people and their demo accounts."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from permissions import clock, roles
from permissions.models import Office, Role, Unit, UnitGroup, UnitKind, User
from workflows.demo import plan
from workflows.demo.contents import SECTORS, TOWNS

CODE, CITY_CODE = "qinghe", "yongning"
VERIFIER = "县审计局"  # looks at measures in which the department that houses the office has a share
# No i, l, o, 0, 1: a password is read from a terminal and typed by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

# (unit, code for user names, handler, head); order as in the official directory
DEPARTMENTS = (
    ("县政府办公室", "government", "沈知远", "罗明川"),
    ("县委组织部", "organisation", "韩雪梅", "陶建华"),
    ("县农业农村局", "agriculture", "邓春生", "杨秀峰"),
    ("县水利局", "water", "李文波", "赵长河"),
    ("县自然资源局", "land", "何立新", "秦国栋"),
    ("县住房和城乡建设局", "housing", "汪海涛", "孟庆林"),
    ("县财政局", "finance", "苏婉清", "冯志刚"),
    ("县发展和改革局", "development", "彭博", "欧阳德明"),
    ("县民政局", "civil", "龚玉兰", "谢正平"),
    ("县人力资源和社会保障局", "labour", "唐晓燕", "贺永强"),
    ("县卫生健康局", "health", "魏静怡", "范思源"),
    ("县教育局", "education", "顾颖", "施国良"),
    ("县交通运输局", "transport", "龙飞", "段志勇"),
    ("县市场监督管理局", "market", "莫少华", "尹红霞"),
    ("县城市管理局", "city", "白雪松", "郝卫东"),
    ("县文化和旅游局", "culture", "周燊", "钱月娥"),
    ("县应急管理局", "emergency", "雷震", "万里程"),
    ("永宁市生态环境局清河分局", "environment", "江映雪", "康伟民"),
    ("县供销合作社", "supply", "余长福", "姜桂芝"),
    ("县审计局", "audit", "严守正", "卢敏之"),
)
TOWN_UNITS = (
    ("河东街道办事处", "hedong", "蒋晨曦", "朱国庆"),
    ("河西街道办事处", "hexi", "田甜", "任海波"),
    ("石桥镇人民政府", "shiqiao", "石小军", "方玉林"),
    ("柳林镇人民政府", "liulin", "柳青", "崔建业"),
    ("白鹭镇人民政府", "bailu", "梁燕飞", "黎光明"),
    ("青石岭镇人民政府", "qingshiling", "牛大壮", "常胜利"),
    ("松坪乡人民政府", "songping", "宋平安", "阮文斌"),
    ("云溪乡人民政府", "yunxi", "云朵", "温如海"),
)
SECTOR_UNITS = (
    "县农业农村局", "县水利局", "县自然资源局", "县住房和城乡建设局", "县民政局", "县人力资源和社会保障局",
    "县卫生健康局", "县教育局", "县交通运输局",
)  # fmt: skip
OFFICE_PEOPLE = (
    ("clerk", "林晓", Role.OFFICE_CLERK),
    ("clerk2", "陈思齐", Role.OFFICE_CLERK),
    ("officehead", "王建国", Role.OFFICE_HEAD),
    ("leader", "高志远", Role.LEADER),
    ("auditor", "郑一鸣", Role.AUDITOR),
    ("sysadmin", "吴昊", Role.SYSTEM_ADMINISTRATOR),
    ("secadmin", "马千里", Role.SECURITY_ADMINISTRATOR),
    ("auditadmin", "孙慧", Role.AUDIT_ADMINISTRATOR),
)
# User names of the demo accounts that belong to units; everybody else exists, but cannot log in.
SHORT_NAMES = {
    ("县水利局", Role.HANDLER): "handler",
    ("县水利局", Role.UNIT_HEAD): "unithead",
    ("石桥镇人民政府", Role.HANDLER): "town",
    ("石桥镇人民政府", Role.UNIT_HEAD): "townhead",
    (VERIFIER, Role.HANDLER): "verifier",
}
ACCOUNTS = (
    "clerk", "officehead", "leader", "auditor", "handler", "unithead", "town", "townhead", "verifier",
    "cityauditor", "sysadmin", "secadmin", "auditadmin",
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    username: str
    password: str
    name: str
    unit: str
    role: Role


def is_founded():
    return Office.objects.filter(code=CODE).exists()


@transaction.atomic
def found(dates):
    """Create offices, units, groups and people as they were a month before the plan was issued."""
    day = dates.issued_on - timedelta(days=30)
    city = Office.objects.create(
        code=CITY_CODE,
        name="永宁市农业农村重点工作督查领导小组办公室",
        short_name="永宁市督查办",
        leading_group="永宁市农业农村重点工作督查领导小组",
        number_prefix="永督查办",
    )
    city_unit = Unit.objects.create(office=city, name=city.name, kind=UnitKind.OFFICE)
    office = Office.objects.create(
        code=CODE,
        name=plan.OFFICE,
        short_name="清河县整改办",
        leading_group=plan.LEADING_GROUP,
        parent=city,
        number_prefix="清整改办",
        report_addressees="县委、县政府",
        report_copies_to="县纪委监委机关，县委办公室，县政府办公室，领导小组各成员单位",
    )
    units = _units(office)
    office_unit = Unit.objects.create(
        office=office, name=office.name, kind=UnitKind.OFFICE, parent=units[plan.HOUSED_IN]
    )
    with clock.at(datetime.combine(day, time(8))):
        _people(units)
        for username, name, role in OFFICE_PEOPLE:
            _appoint(username, name, office_unit, role, day)
        _appoint("cityauditor", "曾广文", city_unit, Role.AUDITOR, day)
    return office


def _units(office):
    units = {}
    for kind, rows in ((UnitKind.DEPARTMENT, DEPARTMENTS), (UnitKind.TOWN, TOWN_UNITS)):
        for name, *_rest in rows:
            units[name] = Unit.objects.create(office=office, name=name, kind=kind, order=len(units) + 1)
    for name, members in ((TOWNS, [row[0] for row in TOWN_UNITS]), (SECTORS, SECTOR_UNITS)):
        UnitGroup.objects.create(office=office, name=name).members.set(units[m] for m in members)
    return units


def _people(units):
    day = clock.today()
    for unit, code, handler, head in (*DEPARTMENTS, *TOWN_UNITS):
        for role, name in ((Role.HANDLER, handler), (Role.UNIT_HEAD, head)):
            username = SHORT_NAMES.get(
                (unit, role), f"{code}.{'handler' if role == Role.HANDLER else 'head'}"
            )
            _appoint(username, name, units[unit], role, day)


def _appoint(username, name, unit, role, day):
    person = User(username=username, name=name, simulated=True)
    person.set_unusable_password()
    person.save()
    roles.appoint(person, unit, role, starts_on=day)


def accounts_path():
    return Path(settings.DATA_DIR) / "demo_accounts.json"


def accounts():
    """The demo accounts with passwords of this installation: [Account], made once, then read again.

    A lost file gives new passwords; a lost database takes those of the file.
    """
    known = _read_passwords()
    people = User.objects.filter(username__in=ACCOUNTS).prefetch_related("memberships__unit")
    found, changed = [], False
    for person in sorted(people, key=lambda p: ACCOUNTS.index(p.username)):
        if person.username not in known:
            known[person.username], changed = _new_password(), True
            person.set_unusable_password()  # the old one is unknown to everybody
        if not person.has_usable_password():
            person.set_password(known[person.username])
            person.save(update_fields=["password"])
        membership = person.memberships.all()[0]
        found.append(
            Account(
                person.username,
                known[person.username],
                person.name,
                membership.unit.name,
                Role(membership.role),
            )
        )
    if changed:
        _write_passwords(known)
    return found


def _new_password():
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _read_passwords():
    try:
        return json.loads(accounts_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _write_passwords(passwords):
    path = accounts_path()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(passwords, file, indent=1)
