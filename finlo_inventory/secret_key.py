"""The secret of a development system, made once for each state directory."""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MIN_SECRET = 50


def kept_secret(path: Path, variable: str) -> str:
    """What is in the file, which is made when it is missing; all processes find the same.

    Refuses, naming the ``variable`` that would do instead, when the file can be neither read nor made.
    """
    try:
        if not path.exists():
            _make(path)
        secret = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} holds the secret of this system, and cannot be used: {error.strerror}. "
            f"Set {variable}, or another FINLO_STATE_DIR."
        ) from None
    if len(secret) < MIN_SECRET:
        raise ImproperlyConfigured(f"{path} holds no secret. Remove it, and a new one is made.")
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(MIN_SECRET))
            file.flush()
            os.fsync(file.fileno())
        # Of several processes that start at once one wins, and all read what it wrote.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)
