"""Collecting the static files, but only when one of them has changed.

Hashing and compressing them all costs several seconds, which a start with nothing new can save.
"""

import fcntl
import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def fingerprint() -> str:
    """Changes with every file's name, size and time, and with how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list(None), key=lambda entry: entry[0]):
            digest.update(f"{path} {storage.size(path)} ".encode())
            digest.update(storage.get_modified_time(path).isoformat().encode())
    return digest.hexdigest()


def collect() -> bool:
    """Whether there was anything to do. One at a time, should two systems start from one checkout."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    with (settings.STATIC_ROOT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = settings.STATIC_ROOT / ".fingerprint"
        digest = fingerprint()
        if stamp.exists() and stamp.read_text() == digest:
            return False
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest)
        return True
