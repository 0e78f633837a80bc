"""One settings file; what differs between installations is read from the environment."""

import importlib.util
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("XIAOHAO_DATA_DIR") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's papers: nobody else's to read

DEBUG = env.flag("XIAOHAO_DEBUG")
DEMO = env.flag("XIAOHAO_DEMO")


def _secret_key() -> str:
    """Take the key from the environment or from the data directory; never invent one silently."""
    if key := env.text("XIAOHAO_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret_key"
    if path.exists():
        return path.read_text().strip()
    if env.flag("XIAOHAO_TEST"):
        return "only-for-tests-never-for-a-server"
    raise ImproperlyConfigured(
        f"No secret key. Set XIAOHAO_SECRET_KEY or write a long random text into {path} (mode 600); "
        "bin/demo does the latter."
    )


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.words("XIAOHAO_HOSTS", "localhost,127.0.0.1,[::1]")
HTTPS = env.flag("XIAOHAO_HTTPS")
# Behind a proxy that ends TLS the browser says https:// and the request arrives as http://.
CSRF_TRUSTED_ORIGINS = env.words("XIAOHAO_ORIGINS") or [f"https://{host}" for host in ALLOWED_HOSTS if HTTPS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "django_q",
    "django_htmx",
    "csp",
    # Only the workflow part: the app "viewflow" itself would add middleware and 49 MB of static files.
    "viewflow.workflow",
    "permissions",
    "cases",
    "reports",
    "workflows",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.errors.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "templates",
            # viewflow's drawing of a flow needs its own template folder.
            Path(importlib.util.find_spec("viewflow").origin).parent / "templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "permissions.context.who",
                "workflows.context.bell",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{quote(str(DATA_DIR / 'db.sqlite3'))}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "permissions.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian would otherwise create a person that nobody appointed
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "permissions:login"
LOGIN_REDIRECT_URL = "workflows:desk"
LOGOUT_REDIRECT_URL = "permissions:login"
SESSION_COOKIE_AGE = env.number("XIAOHAO_SESSION_HOURS", 12, least=1) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.flag("XIAOHAO_TEST")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a unit's filing has three texts for each of its measures

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # With few entries a flood from many addresses would push out the counts that are to stop it.
        "OPTIONS": {"MAX_ENTRIES": 20000},
    }
}
Q_CLUSTER = {
    "name": "xiaohao",
    "orm": "default",  # at-least-once; a job is idempotent through its own row
    "workers": env.number("XIAOHAO_WORKERS", 1, least=1),
    "timeout": 1800,  # a very long ledger takes minutes; printing bounds itself, see reports.documents.safely
    "retry": 2000,
    "max_attempts": 3,
    "ack_failures": False,
    "queue_limit": 2,
    "recycle": 20,  # WeasyPrint's memory is given back only with the process
    "save_limit": 250,
    "catch_up": False,
    "poll": 1,
    "log_level": env.text("XIAOHAO_LOG_LEVEL", "WARNING"),
}

XIAOHAO_PRINT_PROCESSES = env.number("XIAOHAO_PRINT_PROCESSES", 2, least=1)  # that lay out one long ledger
XIAOHAO_PRINT_MB = env.number("XIAOHAO_PRINT_MB", 1500, least=300)  # each of them, and what prints otherwise

# What an office might want otherwise. Days are working days unless the name says calendar.
XIAOHAO_CLAIM_WORKDAYS = env.number("XIAOHAO_CLAIM_WORKDAYS", 3, least=1)
XIAOHAO_VERIFY_WORKDAYS = env.number("XIAOHAO_VERIFY_WORKDAYS", 10, least=1)
XIAOHAO_YELLOW_WORKDAYS = env.number("XIAOHAO_YELLOW_WORKDAYS", 5)
XIAOHAO_EVIDENCE_REQUIRED = env.flag("XIAOHAO_EVIDENCE_REQUIRED", True)
XIAOHAO_EVIDENCE_MAX_MB = env.number("XIAOHAO_EVIDENCE_MAX_MB", 50, least=1)
XIAOHAO_PLAN_MAX_MB = env.number("XIAOHAO_PLAN_MAX_MB", 20, least=1)
XIAOHAO_EDIT_MINUTES = env.number("XIAOHAO_EDIT_MINUTES", 10, least=1)  # one edits what was read, others look
XIAOHAO_FOLLOW_UP_MONTHS = env.number("XIAOHAO_FOLLOW_UP_MONTHS", 3, least=1)
XIAOHAO_PUBLIC_NOTICE_DAYS = env.number("XIAOHAO_PUBLIC_NOTICE_DAYS", 0)  # calendar days; 0: no public notice
XIAOHAO_LATE_EXTENSION = env.choice("XIAOHAO_LATE_EXTENSION", "FLAG", of=("FLAG", "REFUSE"))
XIAOHAO_EXTENSION_CAP_DAYS = env.number("XIAOHAO_EXTENSION_CAP_DAYS", 180)  # calendar days in all; 0: no cap
XIAOHAO_EXTENSION_LIMIT = env.number("XIAOHAO_EXTENSION_LIMIT", 2)  # granted ones per measure; 0: no limit
# The ladder of supervision where an office has none of its own: signed calendar days from the due date.
XIAOHAO_LADDER = [
    {"days": -15, "kind": "REMINDER", "to": ["HANDLER"]},
    {"days": -7, "kind": "REMINDER", "to": ["HANDLER"]},
    {"days": -3, "kind": "REMINDER", "to": ["HANDLER"]},
    {"days": 0, "kind": "REMINDER", "to": ["HANDLER"]},
    {"days": 1, "kind": "REMINDER", "to": ["HANDLER", "UNIT_HEAD", "OFFICE_CLERK"]},
    {"days": 7, "kind": "ORDER", "to": ["HANDLER", "UNIT_HEAD", "OFFICE_CLERK"]},
    {"days": 15, "kind": "BULLETIN", "to": ["HANDLER", "UNIT_HEAD", "OFFICE_HEAD"]},
    {"days": 30, "kind": "INTERVIEW", "to": ["UNIT_HEAD", "OFFICE_HEAD", "LEADER"]},
    {"days": 60, "kind": "ACCOUNTABILITY", "to": ["UNIT_HEAD", "OFFICE_HEAD", "LEADER"]},
]
XIAOHAO_QUIET = env.hours("XIAOHAO_QUIET", "20:00-08:00")  # no mail in between, county time
# Mail is off without a host. One digest per person and day, at this time of the county.
EMAIL_HOST = env.text("XIAOHAO_EMAIL_HOST")
EMAIL_PORT = env.number("XIAOHAO_EMAIL_PORT", 25, least=1)
EMAIL_HOST_USER = env.text("XIAOHAO_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("XIAOHAO_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("XIAOHAO_EMAIL_STARTTLS")
EMAIL_USE_SSL = env.flag("XIAOHAO_EMAIL_SSL")
DEFAULT_FROM_EMAIL = env.text("XIAOHAO_EMAIL_FROM", "xiaohao@localhost")
XIAOHAO_EMAIL_AT = env.time_of_day("XIAOHAO_EMAIL_AT", "08:30")
# Where chat robots may be reached, as in qyapi.weixin.qq.com,oapi.dingtalk.com,open.feishu.cn; empty: nowhere.
XIAOHAO_WEBHOOK_HOSTS = env.words("XIAOHAO_WEBHOOK_HOSTS")
XIAOHAO_SITE_URL = env.text("XIAOHAO_SITE_URL").rstrip("/")  # our own address, for links in messages
XIAOHAO_CIRCULATE_REPORTS = env.flag(
    "XIAOHAO_CIRCULATE_REPORTS"
)  # issued reports are shown to the units, too
XIAOHAO_FILING_DAY = env.number("XIAOHAO_FILING_DAY", 10, least=1)  # where the plan names no day
# A filing day on which nobody works; to whom units file that lead nothing; working days before it to remind.
XIAOHAO_DUE_DAY = env.choice("XIAOHAO_DUE_DAY", "STAYS", of=("STAYS", "NEXT"))
XIAOHAO_RANKED_BY = env.choice(
    "XIAOHAO_RANKED_BY", "ON_SCHEDULE", of=("ON_SCHEDULE", "COMPLETED", "ON_TIME", "CLOSED_OUT")
)
XIAOHAO_RESPONSIBLE_FILES_TO = env.choice("XIAOHAO_RESPONSIBLE_FILES_TO", "OFFICE", of=("OFFICE", "LEAD"))
XIAOHAO_FILING_REMINDERS = env.numbers("XIAOHAO_FILING_REMINDERS", "5,2,0")
# The page on which anybody may report something (群众反映); what it takes is bounded per client and in size.
XIAOHAO_PUBLIC_PAGE = env.flag("XIAOHAO_PUBLIC_PAGE")
XIAOHAO_PUBLIC_PER_HOUR = env.number("XIAOHAO_PUBLIC_PER_HOUR", 5, least=1)
XIAOHAO_PUBLIC_MAX_MB = env.number("XIAOHAO_PUBLIC_MAX_MB", 5, least=1)
# Papers that a visitor without an account may have checked, per client; 0: only who has an account may.
XIAOHAO_CHECKS_PER_HOUR = env.number("XIAOHAO_CHECKS_PER_HOUR", 20)
# Wrong passwords that one client may send for one name; then it waits. 0: any number.
XIAOHAO_WRONG_PASSWORDS_PER_HOUR = env.number("XIAOHAO_WRONG_PASSWORDS_PER_HOUR", 10)
# How many proxies of ours stand in front and name the client; 0: the connection itself is the client's.
XIAOHAO_PROXIES = env.number("XIAOHAO_PROXIES", 0)
# Papers bear the signature of the office's certificate where a folder of certificates is named: of all offices, or of
# those whose codes are named. See reports.certificates.
XIAOHAO_SIGNING_DIR = env.text("XIAOHAO_SIGNING_DIR")
XIAOHAO_SIGNING_OFFICES = env.words("XIAOHAO_SIGNING_OFFICES")
XIAOHAO_SIGNING_PASSPHRASE = env.text("XIAOHAO_SIGNING_PASSPHRASE")
