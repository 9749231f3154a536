"""The file of settings, and typed readers of environment variables.

Each refuses a bad value when the settings are loaded and names the variable,
so that a wrong deployment fails at its start and not at its first sale.
"""

import os
import re
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


# Names another file than `.env` at the top of the checkout.
FILE = "FINLO_ENV_FILE"


def read_file() -> None:
    """Add what the file of settings says to the environment, which wins.

    Its lines are ``NAME=value``, the value as it is; blank lines and those that begin with # say nothing.
    """
    named = os.environ.get(FILE, "")
    path = Path(named) if named else Path(__file__).parent.parent / ".env"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        if named:
            raise refuse(FILE, named, "a file that is there") from None
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}.") from None
    # All lines are judged before the first takes effect.
    os.environ.update({**_said(path, lines), **os.environ})


def _said(path: Path, lines: Sequence[str]) -> dict[str, str]:
    said = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)", line)
        if not match:
            # The line may hold a password: show its number alone.
            raise ImproperlyConfigured(
                f"Line {number} of {path} is not valid: expected NAME=value."
            )
        said[match[1]] = match[2]
    return said


def refuse(name: str, value: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={value!r} is not valid: expected {expected}.")


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set and has no default.")
    return default


def choice(name: str, options: Sequence[str], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise refuse(name, value, "one of " + ", ".join(options))
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise refuse(name, value, "true or false")


def whole_number(name: str, default: int, *, minimum: int, maximum: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise refuse(name, value, f"a whole number from {minimum} to {maximum}") from None
    if not minimum <= number <= maximum:
        raise refuse(name, value, f"a whole number from {minimum} to {maximum}")
    return number


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list."""
    value = text(name, ",".join(default))
    return [word.strip() for word in value.split(",") if word.strip()]


def url(name: str, schemes: Sequence[str], default: str | None = None) -> str:
    value = text(name, default)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise refuse(name, "…", f"a URL starting with {' or '.join(schemes)}") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        # The value may hold a password: show the scheme alone.
        raise refuse(name, f"{parts.scheme}:…", f"a URL starting with {' or '.join(schemes)}")
    return value


def places(name: str) -> frozenset[str]:
    """Words of a host and a port, as in ``10.0.0.5:443,[::1]:8025``."""
    addresses = words(name)
    for word in addresses:
        try:
            parts = urlsplit(f"//{word}")
            exact = parts.netloc == word and parts.hostname and parts.port and "@" not in word
        except ValueError:
            exact = False
        if not exact:
            raise refuse(name, word, "host:port, as in 10.0.0.5:443")
    return frozenset(word.lower() for word in addresses)


class MailServer(NamedTuple):
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


# How each scheme encrypts, and its usual port.
MAIL_SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def mail_server(name: str) -> MailServer:
    """From ``smtps://user:password@host:port``; without a host when the variable is not set."""
    if not text(name, ""):
        return MailServer()
    value = url(name, tuple(MAIL_SCHEMES))
    parts = urlsplit(value)
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise refuse(name, f"{parts.scheme}:…", "smtps://user:password@host:port")
    return MailServer(
        host=parts.hostname,
        port=parts.port or MAIL_SCHEMES[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+starttls",
        tls=parts.scheme == "smtps",
    )


def mail_address(name: str, default: str) -> str:
    """An address, or a name with one: ``Box office <tickets@example.com>``."""
    value = text(name, default)
    user, _, domain = parseaddr(value)[1].rpartition("@")
    if value and not (user and domain and value.isprintable()):
        raise refuse(name, value, "an e-mail address")
    return value


def database(address: str, name: str = "DATABASE_URL") -> dict[str, object]:
    """Django's connection settings for `postgresql://user:password@host:port/database`.

    A unix socket is given as `?host=/path`.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise refuse(name, f"{parts.scheme}:…", "postgresql://user:password@host:port/database")
    try:
        port = parts.port or 5432
    except ValueError:
        raise refuse(name, f"{parts.scheme}:…", "a port from 1 to 65535") from None
    host = parts.hostname or "localhost"
    for pair in parts.query.split("&"):
        key, _, value = pair.partition("=")
        if key == "host":
            host = unquote(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
    }


read_file()
