"""Keys that were looked up a moment ago, so that a sale need not look again.

A key that is revoked, or that expires, may go on working for up to ``KEPT_SECONDS`` in each
process; docs/api.md promises partners five seconds.
"""

import hmac
import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from allocations.contacts import note_contact
from allocations.enums import ContactKind
from partners.api.callers import KeyCaller
from partners.models import ApiKey
from partners.secrets import digest, prefix_of
from partners.selectors import authenticate

KEPT_SECONDS = 4.0
MAX_KEPT = 2_000
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    caller: KeyCaller
    until: float  # monotonic


_kept: dict[str, _Kept] = {}
_guard = Lock()


def caller_of(secret: str) -> KeyCaller | None:
    """Who stands behind a secret; ``None`` for one that is unknown, expired or revoked."""
    prefix = prefix_of(secret)
    if prefix is None:
        return None
    kept = _kept.get(prefix)
    if (
        kept is not None
        and time.monotonic() < kept.until
        and hmac.compare_digest(kept.digest, digest(secret))
    ):
        return kept.caller
    return _load(prefix, secret)


def _load(prefix: str, secret: str) -> KeyCaller | None:
    asked_at = time.monotonic()
    key = authenticate(secret)
    if key is None:
        return None
    _note_use(key)
    lasts = KEPT_SECONDS
    if key.expires_at is not None:
        lasts = min(lasts, (key.expires_at - timezone.now()).total_seconds())
    caller = KeyCaller(key.pk, key.channel_id, frozenset(key.scopes))
    with _guard:
        _kept.pop(prefix, None)
        _kept[prefix] = _Kept(key.digest, caller, asked_at + lasts)
        while len(_kept) > MAX_KEPT:
            del _kept[next(iter(_kept))]
    return caller


def _note_use(key: ApiKey) -> None:
    """Here and not with each request: a sale writes nothing that the next sale would wait for."""
    noted = ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=Now() - USED_EVERY), pk=key.pk
    ).update(last_used_at=Now())
    if noted:
        note_contact(channel_id=key.channel_id, kind=ContactKind.CALL)


def forget() -> None:
    """Look every key up again."""
    with _guard:
        _kept.clear()
