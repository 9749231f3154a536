"""Sending what ``alerts/notify.py`` has written down: claimed, sent, and what became of it written.

A delivery is claimed under the lock of its endpoint, in a transaction that ends before anything is
sent. Its outcome is written only while the claim is still the one that sent it: a claim that has
lapsed, because its worker was killed, is taken again by another. So a message arrives at least once,
and twice at most once for each worker that is killed.
"""

import logging
import time
import traceback
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils.translation import gettext_noop

from alerts import delivery_results
from alerts.enums import AlertStatus, DeliveryStatus, Purpose, Severity, Transport
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Delivery, Endpoint
from alerts.models.delivery import WAITING
from alerts.rules import is_muted
from alerts.services import may_get
from alerts.transports import LONGEST_SEND, send, transport_of
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from common.clock import database_now

# A muted rule is asked again so often whether it still is: somebody may end that early.
MUTE_REST = timedelta(minutes=1)
# Longer than a message can take, with what is read before and written after; by so much is late what a
# killed worker had claimed.
LEASE = timedelta(seconds=60)
MAX_BEFORE = LEASE.total_seconds() - LONGEST_SEND - 10

# Several at about the same time: so many messages about alerts go to a person or team within a minute one by
# one; what comes then is gathered until the minute is over, or for a moment where it is of high severity.
ONE_BY_ONE = 3
GATHERED_FOR = timedelta(minutes=1)
HIGH_GATHERED_FOR = timedelta(seconds=10)

OVER = gettext_noop("It was over before it was sent.")
TAKEN_ON = gettext_noop("Somebody had acknowledged it before it was sent.")
SWITCHED_OFF = gettext_noop("The address is switched off.")
NOT_TOLD = gettext_noop("The person is not told of this any more.")
NO_OUTCOME = gettext_noop("Whoever tried to send it ended each time before the outcome was known.")

# Endpoints of which something is due and nothing is being sent, the longest due first. Their locks let
# deliveries be written meanwhile.
FREE = """
SELECT e.id
  FROM alerts_endpoint e
  JOIN (SELECT d.endpoint_id, min(d.due_at) AS first
          FROM alerts_delivery d
          JOIN alerts_endpoint o ON o.id = d.endpoint_id
         WHERE d.due_at <= %(now)s AND d.status IN ('PENDING', 'SENDING')
           AND (d.status = 'PENDING' OR d.status = 'SENDING' AND d.claimed_until <= %(now)s)
           AND (o.not_before IS NULL OR o.not_before <= %(now)s OR d.purpose = 'TEST')
         GROUP BY d.endpoint_id) due ON due.endpoint_id = e.id
 WHERE NOT EXISTS (SELECT FROM alerts_delivery s
                    WHERE s.endpoint_id = e.id AND s.status = 'SENDING'
                      AND s.claimed_until > %(now)s)
 ORDER BY due.first, e.id
 LIMIT 1 FOR NO KEY UPDATE OF e SKIP LOCKED
"""
IS_TOLD = """
SELECT u.email = e.address
  FROM alerts_endpoint e JOIN accounts_user u ON u.id = e.person_id
 WHERE e.id = %s AND u.id IN (SELECT alerts_people(e.team_id))
"""

# One by one at first, else as one message.
GATHERED = Q(purpose=Purpose.OPENED, is_digest=False)
# Of an address, the latest deliveries that could have been sent within the minute.
MAX_LOOKED_AT = 200

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Deliveries of one endpoint that are sent as one message, by whoever has the claim.

    ``deliveries`` is empty where nothing of what was due is to be sent. ``since`` is of the process's
    own clock.
    """

    claim: uuid.UUID
    endpoint: Endpoint
    deliveries: Sequence[Delivery]
    since: float


def claim(now: datetime) -> Claimed | None:
    """Take what is due of the endpoint that has waited longest; None if nothing is.

    What is due and not to be told any more is written down as skipped. In a transaction of its own.
    """
    since = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FREE, {"now": now})
        row = cursor.fetchone()
        if row is None:
            return None
        # From here on with the lock, and in a new statement: another may have had it just before.
        endpoint = Endpoint.objects.get(pk=row[0])
        waiting = Delivery.objects.filter(endpoint=endpoint, status__in=WAITING)
        if waiting.filter(status=DeliveryStatus.SENDING, claimed_until__gt=now).exists():
            return Claimed(uuid.uuid4(), endpoint, [], since)
        deliveries = _deliveries_to_send(endpoint, waiting, now)
        taken = uuid.uuid4()
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(
            status=DeliveryStatus.SENDING,
            claim=taken,
            claimed_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    for delivery in deliveries:
        delivery.attempts += 1
    return Claimed(taken, endpoint, deliveries, since)


def deliver(claimed: Claimed) -> None:
    """Send it, outside of any transaction, and write what has become of it."""
    if not claimed.deliveries:
        return
    if time.monotonic() - claimed.since > MAX_BEFORE:
        # The process has stood still: another may be sending it already.
        logger.warning("Claim %s is too old to be sent by", claimed.claim)
        return
    endpoint = claimed.endpoint
    result: delivery_results.Result
    try:
        message = compose(claimed.deliveries, database_now())
        receipt = send(Transport(endpoint.transport), endpoint.address, endpoint.secret, message)
    except (RefusedForNowError, RefusedForGoodError) as error:
        result = error
    except Exception as error:  # noqa: BLE001 - whatever it is, the delivery does not wait for ever
        # Where, and not what: the text of an error can have an address in it that is a secret.
        logger.error(  # noqa: TRY400
            "Deliveries %s: %s\n%s",
            [delivery.pk for delivery in claimed.deliveries],
            type(error).__name__,
            "".join(traceback.format_tb(error.__traceback__)),
        )
        result = RefusedForNowError(
            f"{gettext_noop('An error of our own')}: {type(error).__name__}"
        )
    else:
        result = receipt
    delivery_results.write(claimed.claim, endpoint, result, database_now())


def _deliveries_to_send(
    endpoint: Endpoint, waiting: "QuerySet[Delivery]", now: datetime
) -> list[Delivery]:
    """What is sent now, as one message: a test, else a digest or the delivery that waited longest."""
    due = waiting.filter(due_at__lte=now)
    if not endpoint.is_active or endpoint.disabled_at is not None:
        reason = endpoint.disabled_reason or SWITCHED_OFF
        delivery_results.skip(waiting.exclude(purpose=Purpose.TEST), reason, now)
        due = due.filter(purpose=Purpose.TEST)
    elif endpoint.not_before is not None and endpoint.not_before > now:
        due = due.filter(purpose=Purpose.TEST)
    # A person waits for the outcome of a test.
    by_turn = (Case(When(purpose=Purpose.TEST, then=0), default=1), "due_at", "pk")
    if (until := _gathering_until(endpoint, due, now)) > now:
        due.filter(GATHERED).update(due_at=until)
    first = due.order_by(*by_turn).first()
    if first is None:
        return []
    chosen = waiting.filter(pk=first.pk)
    if first.is_digest:
        chosen = waiting.filter(is_digest=True)
        if first.alert is not None and first.alert.severity != Severity.INFO:
            # Requests of partners wait for minutes; what is of low severity goes on waiting for its hour.
            chosen = chosen.exclude(alert__severity=Severity.INFO)
    elif first.purpose == Purpose.OPENED and transport_of(endpoint.transport).gathers:
        # Also those that wait for others; not those that were refused and wait for another try.
        soon = Q(due_at__lte=now) | Q(due_at__lte=now + GATHERED_FOR, attempts=0)
        chosen = waiting.filter(GATHERED & soon)
    # Locked: an outcome that comes late is written before, or finds its claim taken.
    locked = chosen.select_for_update(of=("self",)).select_related(*RELATED).order_by("pk")
    return _worth_sending(endpoint, list(locked), now)


def _gathering_until(endpoint: Endpoint, due: "QuerySet[Delivery]", now: datetime) -> datetime:
    """Until when alerts wait for others; programs get each by itself."""
    if not transport_of(endpoint.transport).gathers:
        return now
    latest = endpoint.deliveries.order_by("-pk")[:MAX_LOOKED_AT]
    sent = {
        delivery.claim: delivery.ended_at
        for delivery in Delivery.objects.filter(
            pk__in=list(latest.values_list("pk", flat=True)),
            purpose=Purpose.OPENED,
            status=DeliveryStatus.SENT,
            ended_at__gt=now - GATHERED_FOR,
        )
        if delivery.ended_at is not None
    }
    if len(sent) < ONE_BY_ONE:
        return now
    if due.filter(GATHERED, alert__severity=Severity.CRITICAL).exists():
        return max(sent.values()) + HIGH_GATHERED_FOR
    return min(sent.values()) + GATHERED_FOR


def _worth_sending(
    endpoint: Endpoint, deliveries: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """A statement for each reason against, and not for each delivery: a digest may have hundreds."""
    is_told = endpoint.person_id is None or _is_told(endpoint)
    sendable = []
    resting: defaultdict[datetime, list[int]] = defaultdict(list)
    failed: defaultdict[str, list[int]] = defaultdict(list)
    skipped: defaultdict[str, list[int]] = defaultdict(list)
    for delivery in deliveries:
        if until := _muted_until(delivery, now):
            resting[min(until, now + MUTE_REST)].append(delivery.pk)
        elif delivery.attempts >= delivery_results.MAX_ATTEMPTS:
            failed[delivery.failure or NO_OUTCOME].append(delivery.pk)
        elif (
            reason := ""
            if delivery.purpose == Purpose.TEST
            else _why_not(delivery, is_told=is_told)
        ):
            skipped[reason].append(delivery.pk)
        else:
            sendable.append(delivery)
    for due_at, ids in resting.items():
        Delivery.objects.filter(pk__in=ids).update(
            status=DeliveryStatus.PENDING, claimed_until=None, due_at=due_at
        )
    for reason, ids in failed.items():
        delivery_results.fail(Delivery.objects.filter(pk__in=ids), reason, now)
    for reason, ids in skipped.items():
        delivery_results.skip(Delivery.objects.filter(pk__in=ids), reason, now)
    return sendable


def _muted_until(delivery: Delivery, now: datetime) -> datetime | None:
    """Until when nothing of its rule is sent: it may be muted since the delivery was written."""
    alert = delivery.alert
    if alert is None or alert.rule is None or alert.status == AlertStatus.RESOLVED:
        return None
    return alert.rule.muted_until if is_muted(alert.rule, now) else None


def _why_not(delivery: Delivery, *, is_told: bool) -> str:
    """It may have waited: in quiet hours, in a digest, for the other side."""
    if delivery.mailing is not None:
        return "" if may_get(delivery.mailing, delivery.endpoint) else NOT_TOLD
    if not is_told:
        return NOT_TOLD
    if delivery.alert is None:
        return ""
    if delivery.alert.status == AlertStatus.RESOLVED:
        return OVER
    if delivery.purpose == Purpose.ESCALATED and delivery.alert.status != AlertStatus.OPEN:
        return TAKEN_ON
    return ""


def _is_told(endpoint: Endpoint) -> bool:
    """Whether the person is still of the team, may see the venue, and has this address."""
    with connection.cursor() as cursor:
        cursor.execute(IS_TOLD, [endpoint.pk])
        row = cursor.fetchone()
    return bool(row and row[0])
