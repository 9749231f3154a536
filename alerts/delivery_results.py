"""What has become of a message, and what follows for its endpoint and the others that wait for it."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from alerts import services
from alerts.enums import DeliveryStatus, Purpose
from alerts.models import Delivery, Endpoint
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from common.actor import Actor
from common.history import save_because

# Over three hours, with the waits below: of an alert that is older nobody wants to hear.
MAX_ATTEMPTS = 12
FIRST_WAIT = 10.0  # seconds
LONGEST_WAIT = 3600.0
# The refusal may be of one message alone: the others of its endpoint wait no longer than this.
LONGEST_HOLD = timedelta(minutes=1)
LONGEST_TEXT = 300

TEST_ARRIVED = gettext_noop("A test message was taken.")

# The receipt, or the refusal.
Result = str | RefusedForNowError | RefusedForGoodError

logger = logging.getLogger(__name__)


def write(claim: UUID, sent_to: Endpoint, result: Result, now: datetime) -> bool:
    """Write it, in a transaction of its own; whether the claim was still the one that sent it.

    ``sent_to`` is as it was when it was claimed: its address may be another by now.
    """
    with transaction.atomic():
        # Without an order: the model's own one would join what has no lock.
        endpoints = Endpoint.objects.select_for_update(no_key=True).filter(pk=sent_to.pk)
        endpoint = endpoints.order_by().first()
        if endpoint is None:  # deleted meanwhile, and its deliveries with it
            return False
        own = list(
            Delivery.objects.select_for_update(of=("self",))
            .filter(endpoint=endpoint, claim=claim, status=DeliveryStatus.SENDING)
            .order_by("pk")
        )
        if not own:
            logger.warning("Claim %s has lapsed before its outcome was known", claim)
            return False
        rows = Delivery.objects.filter(pk__in=[delivery.pk for delivery in own])
        if not isinstance(result, str) and endpoint.address != sent_to.address:
            # What the old address said is nothing of the new one, which is tried at once.
            rows.update(status=DeliveryStatus.PENDING, claimed_until=None, due_at=now)
        elif isinstance(result, str):
            _sent(endpoint, own, rows, result, now)
        elif isinstance(result, RefusedForNowError):
            _refused_for_now(endpoint, own, rows, result, now)
        else:
            _refused_for_good(endpoint, rows, result, now)
    return True


def wait(
    attempts: int, retry_after: float | None = None, *, draw: Callable[[], float] = random.random
) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, of which up to a half is left
    to chance, so that not all come back at once; never shorter than was asked for, in seconds.
    """
    full = min(FIRST_WAIT * 2.0 ** (attempts - 1), LONGEST_WAIT)
    return timedelta(seconds=max(full * (1 - draw() / 2), retry_after or 0.0))


def skip(deliveries: "QuerySet[Delivery]", reason: str, now: datetime) -> None:
    _end(deliveries, DeliveryStatus.SKIPPED, now, failure=reason[:LONGEST_TEXT])


def fail(deliveries: "QuerySet[Delivery]", reason: str, now: datetime) -> None:
    _end(deliveries, DeliveryStatus.FAILED, now, failure=reason[:LONGEST_TEXT])


def _end(
    deliveries: "QuerySet[Delivery]", status: DeliveryStatus, now: datetime, **more: str
) -> None:
    deliveries.update(status=status, ended_at=now, claimed_until=None, **more)


def _sent(
    endpoint: Endpoint,
    own: list[Delivery],
    rows: "QuerySet[Delivery]",
    receipt: str,
    now: datetime,
) -> None:
    _end(rows, DeliveryStatus.SENT, now, receipt=receipt[:LONGEST_TEXT], failure="")
    endpoint.last_sent_at, endpoint.failures, endpoint.not_before = now, 0, None
    # Not for its history, which is of what people set.
    Endpoint.objects.filter(pk=endpoint.pk).update(last_sent_at=now, failures=0, not_before=None)
    # What a person has switched off stays so.
    if own[0].purpose == Purpose.TEST and endpoint.disabled_at is not None and endpoint.is_active:
        services.enable(endpoint, by=Actor(own[0].requested_by_id), reason=TEST_ARRIVED)


def _refused_for_now(
    endpoint: Endpoint,
    own: list[Delivery],
    rows: "QuerySet[Delivery]",
    refusal: RefusedForNowError,
    now: datetime,
) -> None:
    attempts = max(delivery.attempts for delivery in own)
    until = now + wait(attempts, refusal.retry_after)
    # Whoever asks for a test wants to know, and can ask again.
    if own[0].purpose == Purpose.TEST:
        fail(rows, refusal.reason, now)
    else:
        # Of a digest each by its own attempts: what has joined it late has not been tried so often.
        fail(rows.filter(attempts__gte=MAX_ATTEMPTS), refusal.reason, now)
        rows.filter(status=DeliveryStatus.SENDING).update(
            status=DeliveryStatus.PENDING,
            claimed_until=None,
            due_at=until,
            failure=refusal.reason[:LONGEST_TEXT],
        )
    retry_after = timedelta(seconds=refusal.retry_after or 0)
    hold = now + max(retry_after, min(until - now, LONGEST_HOLD))
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=endpoint.failures + 1, not_before=hold)


def _refused_for_good(
    endpoint: Endpoint, rows: "QuerySet[Delivery]", refusal: RefusedForGoodError, now: datetime
) -> None:
    reason = refusal.reason[:LONGEST_TEXT]
    fail(rows, reason, now)
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=endpoint.failures + 1)
    if endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_reason = now, reason
        save_because(endpoint, reason, fields=("disabled_at", "disabled_reason"))
    others = endpoint.deliveries.filter(status=DeliveryStatus.PENDING)
    skip(others.exclude(purpose=Purpose.TEST), reason, now)
