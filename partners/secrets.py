"""What an API key's secret looks like: ``finlo_<prefix>_<256 random bits>``."""

import hashlib
import re
import secrets
from typing import NamedTuple

PREFIX_BYTES = 6
SECRET_BYTES = 32

# The random part is Base64 for URLs: 32 bytes are 43 characters.
_FORM = re.compile(r"finlo_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)


class Secret(NamedTuple):
    prefix: str
    text: str


def new_secret() -> Secret:
    prefix = secrets.token_hex(PREFIX_BYTES)
    return Secret(prefix, f"finlo_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}")


def prefix_of(text: str) -> str | None:
    """The prefix that finds the key, or ``None`` for what cannot be a secret of ours."""
    match = _FORM.fullmatch(text)
    return match[1] if match else None


def digest(text: str) -> str:
    """SHA-256: with 256 random bits there is nothing to guess that a slow hash would slow down."""
    return hashlib.sha256(text.encode()).hexdigest()
