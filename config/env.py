"""Typed readers of environment variables that fail loudly, naming the variable and the cure."""

import os
from datetime import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default  # set but empty counts as not set


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not a yes or no. Set it to 1 or 0.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number of at least {least}.")
    return int(value)


def choice(name: str, default: str, *, of: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in of:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(of)}.")
    return value


def hours(name: str, default: str) -> dict[str, str]:
    """Read ``20:00-08:00`` as {"from", "to"}; ``0`` for none, which is both at the same time."""
    value = text(name, default)
    if value == "0":
        value = "00:00-00:00"
    parts = value.split("-")
    try:
        start, until = (time.fromisoformat(part.strip()).strftime("%H:%M") for part in parts)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}={value!r} is no span of hours. Write it as 20:00-08:00."
        ) from None
    return {"from": start, "to": until}


def time_of_day(name: str, default: str) -> time:
    value = text(name, default)
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is no time of day. Write it as 08:30.") from None


def numbers(name: str, default: str) -> list[int]:
    """Read ``5,2,0``; an empty text is an empty list."""
    parts = [part for part in text(name, default).replace(" ", "").split(",") if part]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ImproperlyConfigured(f"{name} must be numbers like 5,2,0.")
    return [int(part) for part in parts]


def words(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(name: str, default: str) -> dict:
    """Read a database URL: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST:PORT/NAME``."""
    url = urlsplit(text(name, default))
    try:
        port = url.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is no number. Write it as HOST:5432.") from None
    if url.scheme == "sqlite":
        path = Path("/" + unquote(url.path).lstrip("/"))
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            # A file, as in production: a database in memory would be one for all threads, without locks.
            "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
            # IMMEDIATE keeps two writers apart (SQLite has no row locks); FULL keeps an acknowledged
            # approval through a power cut.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    if url.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            # A waiting lock is bounded, so that one stuck act cannot hold up an office for ever.
            "OPTIONS": {"options": "-c lock_timeout=5000"},
        }
    raise ImproperlyConfigured(
        f"{name} starts with {url.scheme!r}. Use sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME."
    )
