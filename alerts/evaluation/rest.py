"""Looking at what is not of an event's stock: transfers, payments, syncs, deliveries, the ledger.

The number of statements does not depend on the number of rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction

from alerts.enums import OF_STOCK, Kind
from alerts.evaluation.lifecycle import HAS_ENDED, standing_of, write
from alerts.evaluation.readings import Reading, lines, read, worth_reading
from alerts.models import Alert
from alerts.notify import tell
from common.text import money
from events.models import Venue
from sales.selectors import Overdue, overdue_by_channel

KINDS = [kind for kind in Kind if kind not in (*OF_STOCK, Kind.PAYMENT_OVERDUE)]
STATEMENTS = [worth_reading(kind.value.lower()) for kind in KINDS]
# One looks at a time; known to PostgreSQL by these numbers alone.
TURN, PAYMENTS_TURN = 0x616C657274, 0x616C657275
RULES = "SELECT * FROM alerts_rules_of_venues('PAYMENT_OVERDUE')"


def look(now: datetime) -> list[Alert]:
    """Look at all of it but payments; returns the alerts that have begun.

    Empty while another worker is at it.
    """
    return _look(
        now, KINDS, TURN, lambda: (one for sql in STATEMENTS for one in read(sql, now=now))
    )


def look_at_payments(now: datetime) -> list[Alert]:
    """The same of payments, which are late by days: adding up what is owed is dear."""
    return _look(now, [Kind.PAYMENT_OVERDUE], PAYMENTS_TURN, lambda: _payments(now))


def _look(
    now: datetime, kinds: Sequence[Kind], turn: int, readings: Callable[[], Iterable[Reading]]
) -> list[Alert]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [turn])
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            return []
        begun = write(list(readings()), standing_of(kinds), now=now, unread=HAS_ENDED)
        tell(now)
    return begun


def _payments(now: datetime) -> Iterator[Reading]:
    """By the sales' own judgement of what is overdue; what is owed in two currencies is one alert."""
    owed: defaultdict[int, list[Overdue]] = defaultdict(list)
    venues = list(Venue.objects.all())
    zones = {venue.pk: venue.zone for venue in venues}
    for one in overdue_by_channel(venues, now):
        owed[one.channel_id].append(one)
    for rule in lines(RULES) if owed else ():
        for channel, debts in owed.items():
            if debts[0].venue_id != rule["venue_id"] or rule["channel_id"] not in (None, channel):
                continue
            oldest = min(one.oldest for one in debts)
            days = (now.astimezone(zones[debts[0].venue_id]).date() - oldest).days
            yield Reading(
                rule_id=rule["rule_id"],
                subject=f"channel:{channel}",
                venue_id=rule["venue_id"],
                channel_id=channel,
                seen=float(days),
                threshold=float(rule["threshold"]),
                holds=days >= rule["threshold"],
                has_ended=days < rule["threshold"],
                details={
                    "bookings": sum(one.bookings for one in debts),
                    "amounts": " + ".join(money(one.amount, one.currency) for one in debts),
                    "oldest": oldest.isoformat(),
                },
            )
