"""A repeated request has the effect of one: its answer is stored with the change it made."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from idempotency.errors import IdempotencyConflictError, IdempotencyInFlightError, KeyTakenError
from idempotency.models import StoredAnswer

KEPT_HOURS = 24


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, as it is stored and sent.

    ``booking_id``: of the booking that it is about; ``None`` where it is about none, and where it is ``replayed``.
    """

    status: int
    body: str
    booking_id: int | None = None
    replayed: bool = False

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)
        return data


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that may come again: who asked, under which key, and for what."""

    scope: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, scope: str, key: str, *parts: bytes) -> "Repeat":
        """``parts`` are what makes it this request: method, path and body."""
        return cls(scope, key, hashlib.sha256(b"\0".join(parts)).hexdigest())


class ReplayError(Exception):
    """The request has been answered before, with ``answer``."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


def check(repeat: Repeat, fingerprint: str, status: int | None, body: str) -> None:
    """Judge what is stored under the key.

    Raises ``ReplayError`` for the same request, ``IdempotencyConflictError`` for another.
    """
    if fingerprint != repeat.fingerprint:
        raise IdempotencyConflictError(
            "This Idempotency-Key was used with another body; take a new key for a new request.",
            field="Idempotency-Key",
        )
    if status is None:
        raise in_flight()
    raise ReplayError(Answer(status, body, replayed=True))


def in_flight() -> IdempotencyInFlightError:
    return IdempotencyInFlightError(
        "The first request with this Idempotency-Key has not been answered yet.",
        field="Idempotency-Key",
    )


def claim(repeat: Repeat | None) -> None:
    """Take the key for the present transaction, waiting for whoever holds it.

    Raises as ``check`` when it was used before, ``IdempotencyInFlightError`` when the wait is
    too long (settings.LOCK_TIMEOUT_MS).
    """
    if repeat is None:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO idempotency_storedanswer (scope, key, fingerprint, body)"
                " VALUES (%s, %s, %s, '') ON CONFLICT DO NOTHING RETURNING 1",
                [repeat.scope, repeat.key, repeat.fingerprint],
            )
            if cursor.fetchone():
                return
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise in_flight() from error
        raise
    stored = StoredAnswer.objects.filter(scope=repeat.scope, key=repeat.key).first()
    if stored is None:  # cleared away between the two statements
        raise KeyTakenError
    check(repeat, stored.fingerprint, stored.status, stored.body)


def store(repeat: Repeat | None, answer: Answer) -> None:
    """Keep the answer under a key claimed in this transaction."""
    if repeat is not None:
        StoredAnswer.objects.filter(scope=repeat.scope, key=repeat.key).update(
            status=answer.status, body=answer.body
        )


def release(repeat: Repeat | None) -> None:
    """Let go of a key claimed in this transaction: the same request is to be done anew, and not answered from memory."""
    if repeat is not None:
        StoredAnswer.objects.filter(scope=repeat.scope, key=repeat.key).delete()


def rewrite_naming(ids: Collection[str], containing: str, change: Callable[[Any], None]) -> None:
    """Change each stored answer that names one of these as an "id" and holds this text. Needs a transaction.

    ``change`` gets what the body says, and changes that. A day's answers at the most: no index is worth its price to
    each sale, so each is read through once, however many ids there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scope, key, body FROM idempotency_storedanswer"
            " WHERE strpos(body, %s) > 0"
            "   AND EXISTS (SELECT FROM regexp_matches(body, '\"id\": \"([0-9a-f-]{36})\"', 'g') AS named"
            "                WHERE named[1] = ANY(%s))"
            " ORDER BY scope, key FOR UPDATE",
            [containing, sorted(ids)],
        )
        for scope, key, text in cursor.fetchall():
            body = json.loads(text)
            change(body)
            StoredAnswer.objects.filter(scope=scope, key=key).update(body=json.dumps(body))


def forget_old() -> int:
    """Drop answers older than ``KEPT_HOURS``; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM idempotency_storedanswer"
            " WHERE created_at < clock_timestamp() - make_interval(hours => %s)",
            [KEPT_HOURS],
        )
        return int(cursor.rowcount)
