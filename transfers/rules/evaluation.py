"""Letting the rules look at the events that are due, and doing what they ask.

The number of statements does not depend on the number of events.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from pathlib import Path

from django.db import connection, transaction

from allocations import ledger
from allocations.models import Stock
from common.actor import SYSTEM
from common.patience import unless_taken
from events.enums import EventStatus
from events.models import Event
from transfers.asking import Proposal, ask_and_execute
from transfers.enums import Origin, TransferStatus
from transfers.evidence import Beside, moved, percent
from transfers.models import EventWatch, Transfer, TransferRule
from transfers.rules.candidates import Candidate, candidates

# Their rows stay locked until the commit, so that more would keep sales waiting; the rest follows
# with the next round.
MAX_AT_ONCE = 50
DUE = Path(__file__).with_name("due.sql").read_text()


def evaluate(now: datetime) -> list[Transfer]:
    """Look at what is due; returns the transfers that the rules have asked for, trials among them.

    In a transaction of its own. A second worker at the same moment finds nothing due. Events of which
    somebody else has a row locked follow one by one; one that is stuck holds up no other.
    """
    with transaction.atomic():
        # What moves comes before what is only tried.
        matches = sorted(candidates(_claim(now), now), key=attrgetter("is_trial"))
        chosen, left = matches[:MAX_AT_ONCE], matches[MAX_AT_ONCE:]
        events = _events_of(matches)
        taken = ledger.lock_free(
            {pk for match in chosen for pk in (match.source_id, match.target_id)}
        )
        made = _propose([match for match in chosen if events[match.source_id] not in taken], now)
        if later := taken | {events[match.source_id] for match in left}:
            EventWatch.objects.filter(event__in=later).update(looked_at=None)
    for event in sorted(taken):
        made += unless_taken(partial(_evaluate_alone, event, now), [])
    return made


def _evaluate_alone(event: int, now: datetime) -> list[Transfer]:
    matches = sorted(candidates(_claim(now, event), now), key=attrgetter("is_trial"))
    return _propose(matches, now)


def _events_of(matches: Sequence[Candidate]) -> dict[int, int]:
    rows = Stock.objects.filter(pk__in=[match.source_id for match in matches])
    return dict(rows.values_list("pk", "event")) if matches else {}


def _claim(now: datetime, event: int | None = None) -> list[int]:
    EventWatch.begin(Event.objects.filter(status=EventStatus.ON_SALE))
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "event": event})
        due = cursor.fetchall()
        if due:
            cursor.execute(
                "UPDATE transfers_eventwatch w SET stock_versions = v.versions, looked_at = %s"
                "  FROM unnest(%s::bigint[], %s::bigint[]) v (event, versions)"
                " WHERE w.event_id = v.event",
                [now, [event for event, _ in due], [versions for _, versions in due]],
            )
    return [event for event, _ in due]


def _propose(matches: Sequence[Candidate], now: datetime) -> list[Transfer]:
    if not matches:
        return []
    rules = TransferRule.objects.in_bulk({match.rule_id for match in matches})
    rows = Stock.objects.select_related("pool", "channel", "event__venue").in_bulk(
        {pk for match in matches for pk in (match.source_id, match.target_id)}
    )
    beside = Beside.of(rows.values(), now)
    return ask_and_execute(
        [_proposal(match, rules[match.rule_id], rows, beside, now) for match in matches],
        by=SYSTEM,
        now=now,
    )


def _proposal(
    match: Candidate,
    rule: TransferRule,
    rows: Mapping[int, Stock],
    beside: Beside,
    now: datetime,
) -> Proposal:
    source, target = rows[match.source_id], rows[match.target_id]
    limits = {
        "name": rule.name,
        "version": match.rule_version,
        "source_below": percent(match.below),
        "target_at_least": percent(match.at_least),
    }
    return Proposal(
        source=source,
        target=target,
        units=match.units,
        reason=(
            f"{target.channel} has sold {match.high:.0f} % of its part and {source.channel} "
            f"{match.low:.0f} %{_perhaps(match)} (rule “{rule.name}”)."
        )[:300],
        origin=Origin.RULE,
        evidence=moved(source.event, (source, target), match.units, now, beside, rule=limits),
        rule=rule,
        status=TransferStatus.TRIAL if match.is_trial else TransferStatus.REQUESTED,
    )


def _perhaps(match: Candidate) -> str:
    if not match.unreported:
        return ""
    return f", with {match.unreported} that it may have sold and not reported yet"
