"""Issuing, rotating and revoking API keys. Each needs a transaction.

A secret leaves this module once, in ``IssuedKey``; nothing but its digest is stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone

from allocations.models import SalesChannel
from common.actor import Actor
from common.errors import InvalidInputError, NotFoundError
from common.history import save_because
from partners.enums import Scope
from partners.errors import KeyEndedError
from partners.models import ApiKey
from partners.secrets import digest, new_secret

# How long the old secret may go on working beside the new one.
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key and its secret, which is not in the ``repr`` and so in no log."""

    key: ApiKey
    secret: str = field(repr=False)


def issue_key(
    *,
    channel: SalesChannel,
    name: str,
    scopes: Iterable[Scope | str],
    by: Actor,
    reason: str,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Make a key for a channel. Raises ``InvalidInputError`` for no scope or an unknown one."""
    scope_names = list(dict.fromkeys(str(scope) for scope in scopes))
    if not scope_names or not set(scope_names) <= set(Scope.values):
        raise InvalidInputError("A key has at least one of the known scopes.", field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInputError("The key would have expired already.", field="expires_at")
    secret = new_secret()
    key = ApiKey(
        channel=channel,
        name=name,
        prefix=secret.prefix,
        digest=digest(secret.text),
        scopes=scope_names,
        expires_at=expires_at,
    )
    save_because(key, reason, by=by)
    return IssuedKey(key, secret.text)


def rotate_key(
    *, key_id: int, by: Actor, reason: str, overlap: timedelta = timedelta()
) -> IssuedKey:
    """Issue a key with the same name, scopes and expiry; the old one works on for ``overlap``.

    Raises ``KeyEndedError`` for one that is no longer live, ``InvalidInputError`` for an overlap
    beyond ``LONGEST_OVERLAP``, ``NotFoundError``.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidInputError(
            f"The old key may work on for up to {LONGEST_OVERLAP.days} days.", field="overlap"
        )
    old, now = _lock_live(key_id)
    made = issue_key(
        channel=old.channel,
        name=old.name,
        scopes=old.scopes,
        expires_at=old.expires_at,
        by=by,
        reason=reason,
    )
    if overlap:
        ends = now + overlap
        old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
    else:
        old.revoked_at = now
    save_because(old, reason, by=by)
    return made


def revoke_key(*, key_id: int, by: Actor, reason: str) -> ApiKey:
    """End a key at once. Raises ``KeyEndedError`` if it has ended, ``NotFoundError``."""
    key, now = _lock_live(key_id)
    key.revoked_at = now
    save_because(key, reason, by=by)
    return key


def _lock_live(key_id: int) -> tuple[ApiKey, datetime]:
    """The key, locked, and the database's clock. Raises ``KeyEndedError``, ``NotFoundError``."""
    key = (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("channel")
        .annotate(now=Now())
        .filter(pk=key_id)
        .first()
    )
    if key is None:
        raise NotFoundError("There is no such key.")
    now: datetime = key.now
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise KeyEndedError("The key has ended; issue a new one.")
    return key, now
