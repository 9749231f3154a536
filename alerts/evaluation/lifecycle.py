"""Begins and ends alerts by what was read: once each, however often it is evaluated."""

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
  JOIN unnest(%(rules)s::bigint[], %(subjects)s::text[]) AS pair (rule_id, subject)
    ON pair.rule_id = a.rule_id AND pair.subject = a.subject
 WHERE a.resolved_at > %(now)s - make_interval(mins => r.cooldown_minutes)
"""
LATEST = """
UPDATE alerts_alert a SET latest = reading.latest, latest_at = %(now)s
  FROM unnest(%(alerts)s::bigint[], %(latest)s::float8[]) AS reading (id, latest)
 WHERE a.id = reading.id
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

    Nobody is waited for: an alert that somebody has locked is left to the next evaluation, and holds up no other.
    """
    rows = Alert.objects.filter(status__in=STANDING, kind__in=kinds).order_by("pk")
    if events is not None:
        rows = rows.filter(event__in=events)
    everyone = list(rows)
    alerts = list(rows.select_for_update(of=("self",), skip_locked=True))
    ours = {alert.pk for alert in alerts}
    return Standing(alerts, [alert for alert in everyone if alert.pk not in ours])


@dataclass(frozen=True, slots=True)
class Judged:
    """What readings say of standing alerts: what begins, which go on, which are over, and of which nothing was read."""

    beginning: Sequence[Reading]
    going_on: Sequence[tuple[Alert, Reading]]
    over: Sequence[tuple[Alert, Reading]]
    unread: Sequence[Alert]


def judged(readings: Sequence[Reading], standing: Standing) -> Judged:
    """Writes nothing. What is within the pause after its end is among what begins: see ``not_paused``."""
    known = {(alert.rule_id, alert.subject): alert for alert in standing.alerts}
    locked_elsewhere = {(alert.rule_id, alert.subject) for alert in standing.taken}
    beginning: list[Reading] = []
    going_on: list[tuple[Alert, Reading]] = []
    over: list[tuple[Alert, Reading]] = []
    for reading in readings:
        if (reading.rule_id, reading.subject) in locked_elsewhere:
            continue
        alert = known.pop((reading.rule_id, reading.subject), None)
        if alert is not None:
            (over if reading.has_ended else going_on).append((alert, reading))
        elif reading.holds:
            beginning.append(reading)
    return Judged(beginning, going_on, over, list(known.values()))


def begin_and_end(
    readings: Sequence[Reading], standing: Standing, *, now: datetime, unread: str
) -> list[Alert]:
    """Begin what holds and does not stand, end what is over; returns what has begun.

    ``unread`` says why a standing alert ends of which nothing was read.
    """
    judgment = judged(readings, standing)
    changed = []
    for alert, reading in (*judgment.going_on, *judgment.over):
        if alert.latest != reading.seen:
            alert.latest = reading.seen
            changed.append(alert)
    if changed:
        latest: dict[str, Any] = {
            "alerts": [alert.pk for alert in changed],
            "latest": [alert.latest for alert in changed],
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(LATEST, latest)
    if judgment.over:
        end([alert for alert, _reading in judgment.over], at=now, by=SYSTEM, note=HAS_ENDED)
    if judgment.unread:
        end(judgment.unread, at=now, by=SYSTEM, note=unread)
    return _begin(judgment.beginning, now) if judgment.beginning else []


def not_paused(readings: Sequence[Reading], now: datetime) -> list[Reading]:
    """Without those of whose last alert the rule's pause still runs."""
    if not readings:
        return []
    pairs = {
        "rules": [reading.rule_id for reading in readings],
        "subjects": [reading.subject for reading in readings],
        "now": now,
    }
    paused = {(row["rule_id"], row["subject"]) for row in lines(PAUSED, **pairs)}
    return [reading for reading in readings if (reading.rule_id, reading.subject) not in paused]


def alerts_of(
    readings: Sequence[Reading], rules: Mapping[int, AlertRule], now: datetime
) -> list[Alert]:
    """The alerts that begin with these readings, not saved; of rules that there are."""
    names = _names(readings)
    return [
        _alert(reading, rules[reading.rule_id], names, now)
        for reading in readings
        if reading.rule_id in rules
    ]


def _begin(readings: Sequence[Reading], now: datetime) -> list[Alert]:
    readings = not_paused(readings, now)
    rules = AlertRule.objects.in_bulk({reading.rule_id for reading in readings})
    alerts = Alert.objects.bulk_create(alerts_of(readings, rules, now))
    if alerts:
        record(alerts, Step.OPENED, at=now, by=SYSTEM)
        publish(alerts)
    return alerts


def _alert(reading: Reading, rule: AlertRule, names: Mapping[str, str], now: datetime) -> Alert:
    subjects = {"pool": reading.pool_id, "item": reading.item_id, "channel": reading.channel_id}
    own_names = {what: names[f"{what}:{pk}"] for what, pk in subjects.items() if pk is not None}
    return Alert(
        rule=rule,
        kind=rule.kind,
        severity=rule.severity,
        subject=reading.subject,
        venue_id=reading.venue_id,
        event_id=reading.event_id,
        pool_id=reading.pool_id,
        item_id=reading.item_id,
        channel_id=reading.channel_id,
        transfer_id=reading.transfer_id,
        endpoint_id=reading.endpoint_id,
        seen=reading.seen,
        latest=reading.seen,
        latest_at=now,
        threshold=reading.threshold,
        expected=reading.expected,
        low=reading.low,
        high=reading.high,
        probability=reading.probability,
        details={**reading.details, **own_names},
        opened_at=now,
    )


def _names(readings: Sequence[Reading]) -> dict[str, str]:
    """As they are now: an alert says the same when they have changed."""
    rows = lines(
        NAMES,
        pools=[reading.pool_id for reading in readings if reading.pool_id is not None],
        items=[reading.item_id for reading in readings if reading.item_id is not None],
        channels=[reading.channel_id for reading in readings if reading.channel_id is not None],
    )
    return {row["what"]: row["name"] for row in rows}
