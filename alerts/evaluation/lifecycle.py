"""Beginning and ending alerts by what was read: once each, however often it is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from alerts.enums import STANDING, Kind, Step
from alerts.evaluation.readings import Reading, lines
from alerts.live import publish
from alerts.models import Alert, AlertRule
from alerts.services import end, record
from common.actor import SYSTEM

HAS_ENDED = gettext_noop("What it tells of has ended.")
UNWATCHED = gettext_noop("No rule watches for it any more, or it is sold no longer.")
# Those after whose end the rule's pause still runs.
PAUSED = """
SELECT DISTINCT a.rule_id, a.subject
  FROM alerts_alert a
  JOIN alerts_alertrule r ON r.id = a.rule_id
  JOIN unnest(%(rules)s::bigint[], %(subjects)s::text[]) AS asked (rule_id, subject)
    ON asked.rule_id = a.rule_id AND asked.subject = a.subject
 WHERE a.resolved_at > %(now)s - make_interval(mins => r.cooldown_minutes)
"""
LATEST = """
UPDATE alerts_alert a SET latest = seen.latest, latest_at = %(now)s
  FROM unnest(%(alerts)s::bigint[], %(latest)s::float8[]) AS seen (id, latest)
 WHERE a.id = seen.id
"""
NAMES = """
SELECT 'pool:' || id AS what, name FROM events_pool WHERE id = ANY (%(pools)s)
 UNION ALL SELECT 'item:' || id, name FROM events_item WHERE id = ANY (%(items)s)
 UNION ALL SELECT 'channel:' || id, name FROM allocations_saleschannel WHERE id = ANY (%(channels)s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Standing alerts: those that are locked by us, and those that somebody else has at this moment."""

    alerts: Sequence[Alert]
    taken: Sequence[Alert]


def standing_of(kinds: Sequence[Kind], *, events: Sequence[int] | None = None) -> Standing:
    """Standing alerts of these kinds, of some events or of all, locked by primary key.

    Nobody is waited for: an alert that somebody has locked is left to the next look, and holds up no other.
    """
    found = Alert.objects.filter(status__in=STANDING, kind__in=kinds).order_by("pk")
    if events is not None:
        found = found.filter(event__in=events)
    everyone = list(found)
    alerts = list(found.select_for_update(of=("self",), skip_locked=True))
    ours = {alert.pk for alert in alerts}
    return Standing(alerts, [alert for alert in everyone if alert.pk not in ours])


def write(
    readings: Sequence[Reading], standing: Standing, *, now: datetime, unread: str
) -> list[Alert]:
    """Begin what holds and does not stand, end what is over; returns what has begun.

    ``unread`` says why a standing alert ends of which nothing was read.
    """
    known = {(alert.rule_id, alert.subject): alert for alert in standing.alerts}
    taken = {(alert.rule_id, alert.subject) for alert in standing.taken}
    fresh, seen, over = [], [], []
    for reading in readings:
        if (reading.rule_id, reading.subject) in taken:
            continue
        alert = known.pop((reading.rule_id, reading.subject), None)
        if alert is None:
            if reading.holds:
                fresh.append(reading)
            continue
        if alert.latest != reading.seen:
            alert.latest = reading.seen
            seen.append(alert)
        if reading.has_ended:
            over.append(alert)
    if seen:
        latest: dict[str, Any] = {
            "alerts": [one.pk for one in seen],
            "latest": [one.latest for one in seen],
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(LATEST, latest)
    if over:
        end(over, at=now, by=SYSTEM, note=HAS_ENDED)
    if known:
        end(list(known.values()), at=now, by=SYSTEM, note=unread)
    return _begin(fresh, now) if fresh else []


def _begin(fresh: Sequence[Reading], now: datetime) -> list[Alert]:
    asked = {
        "rules": [one.rule_id for one in fresh],
        "subjects": [one.subject for one in fresh],
        "now": now,
    }
    paused = {(line["rule_id"], line["subject"]) for line in lines(PAUSED, **asked)}
    fresh = [one for one in fresh if (one.rule_id, one.subject) not in paused]
    rules = AlertRule.objects.in_bulk({one.rule_id for one in fresh})
    names = _names(fresh)
    alerts = Alert.objects.bulk_create(
        _alert(one, rules[one.rule_id], names, now) for one in fresh if one.rule_id in rules
    )
    if alerts:
        record(alerts, Step.OPENED, at=now, by=SYSTEM)
        publish(alerts)
    return alerts


def _alert(found: Reading, rule: AlertRule, names: Mapping[str, str], now: datetime) -> Alert:
    subjects = {"pool": found.pool_id, "item": found.item_id, "channel": found.channel_id}
    told = {what: names[f"{what}:{pk}"] for what, pk in subjects.items() if pk is not None}
    return Alert(
        rule=rule,
        kind=rule.kind,
        severity=rule.severity,
        subject=found.subject,
        venue_id=found.venue_id,
        event_id=found.event_id,
        pool_id=found.pool_id,
        item_id=found.item_id,
        channel_id=found.channel_id,
        transfer_id=found.transfer_id,
        endpoint_id=found.endpoint_id,
        seen=found.seen,
        latest=found.seen,
        latest_at=now,
        threshold=found.threshold,
        expected=found.expected,
        low=found.low,
        high=found.high,
        probability=found.probability,
        details={**found.details, **told},
        opened_at=now,
    )


def _names(fresh: Sequence[Reading]) -> dict[str, str]:
    """As they are now: an alert says the same when they have changed."""
    found = lines(
        NAMES,
        pools=[one.pool_id for one in fresh if one.pool_id is not None],
        items=[one.item_id for one in fresh if one.item_id is not None],
        channels=[one.channel_id for one in fresh if one.channel_id is not None],
    )
    return {line["what"]: line["name"] for line in found}
