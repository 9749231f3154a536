"""Whom the embedded servers run as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finlo_inventory.processes.errors import CannotStart

UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """An existing unprivileged account to step down to, or (both ids None) ourselves."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that make the new process run as this account."""
        if self.uid is None:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, directory: Path) -> None:
        """Create `directory` if missing, and make it this account's alone."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(directory, self.uid, self.gid)
        directory.chmod(0o700)

    def can_enter(self, directory: Path) -> bool:
        """Whether this account may pass through `directory` and everything above it."""
        if self.uid is None:
            return os.access(directory, os.X_OK)
        return self._succeeds(["test", "-x", str(directory)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: Sequence[str]) -> bool:
        # Asked of the kernel, as the account itself: modes, ACLs and mounts all count.
        try:
            done = subprocess.run(  # noqa: S603 - our own fixed commands
                command, capture_output=True, check=False, timeout=30, **self.popen_arguments()
            )
        except OSError:
            return False
        return done.returncode == 0


def choose_account() -> Account:
    """Ourselves; as root, `nobody`."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL does not run as root, and there is no account {UNPRIVILEGED!r} to step "
            "down to. Run this as an ordinary user, or name a server with DATABASE_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def copy_readable(source: Path, target: Path) -> None:
    """Copy a directory so that every account may read and run what is in it."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    shutil.copytree(source, partial, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            # Whoever installed with a strict umask has files that only they can read.
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    partial.rename(target)
