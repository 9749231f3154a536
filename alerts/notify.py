"""Writing whom to tell of what: a delivery for each address, in the transaction that has found it.

The number of statements does not depend on the number of alerts or addresses.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from alerts.enums import TO_PEOPLE, Purpose, Step
from alerts.live import publish
from alerts.models import Alert, Delivery, Endpoint
from alerts.services import record
from alerts.transports import transports_that
from common.actor import SYSTEM
from transfers.enums import Audience
from transfers.recording import take_notices

# A person is told at his or her own address; the row is made when there is first something to tell.
PEOPLE = """
INSERT INTO alerts_endpoint (team_id, person_id, name, transport, address, secret)
SELECT t.id, u.id, u.name, %(transport)s, u.email, ''
  FROM alerts_alertteam t
 CROSS JOIN LATERAL alerts_people(t.id) member
  JOIN accounts_user u ON u.id = member
 WHERE (t.venue_id IS NULL OR t.venue_id = ANY (%(venues)s))
   AND NOT EXISTS (SELECT FROM alerts_endpoint e
                    WHERE e.team_id = t.id AND e.transport = %(transport)s AND e.address = u.email
                      AND coalesce(e.person_id, u.id) = u.id)
 ORDER BY t.id, u.id
    -- An address that was another person's is now this one's.
    ON CONFLICT (team_id, transport, address) DO UPDATE
   SET person_id = excluded.person_id, name = excluded.name
 WHERE alerts_endpoint.person_id IS NOT NULL
"""
# What is of low severity is gathered; so is what partners ask for, of medium severity, for some minutes: one
# program can ask in all pools at once. Quiet hours are waited for, but for what is of high severity. Who is in
# two teams hears it once, with the one that may be told first.
DELIVERIES = """
WITH told AS (
    SELECT a.id AS alert_id, e.id AS endpoint_id, e.transport, d.is_digest, r.for_nobody,
           CASE WHEN e.transport = ANY (%(ignoring_case)s) THEN lower(e.address) ELSE e.address END AS address,
           CASE WHEN a.severity = 'CRITICAL' OR t.id IS NULL THEN d.due_at
                ELSE alerts_after_quiet(t.id, d.due_at) END AS due_at
      FROM alerts_recipients(%(alerts)s, %(escalating)s) r
      JOIN alerts_endpoint e ON e.id = r.endpoint_id
      JOIN alerts_alert a ON a.id = r.alert_id
      LEFT JOIN alerts_alertteam t ON t.id = r.team_id
      LEFT JOIN transfers_transfer w ON w.id = a.transfer_id
     CROSS JOIN LATERAL (
         SELECT coalesce(w.asking_channel_id IS NOT NULL AND a.severity = 'WARNING'
                         AND e.transport = ANY (%(gathering)s) AND w.lapses_at > %(now)s + make_interval(mins => 4 * %(gathered)s), false)
                AS is_partners) asked
     CROSS JOIN LATERAL (
         SELECT NOT %(escalating)s AND (a.severity = 'INFO' OR asked.is_partners) AS is_digest,
                %(now)s + CASE WHEN %(escalating)s THEN interval '0'
                               WHEN a.severity = 'INFO' THEN make_interval(mins => coalesce(t.digest_minutes, 60))
                               WHEN asked.is_partners THEN make_interval(mins => %(gathered)s)
                               ELSE interval '0' END AS due_at) d
), once AS (
    SELECT DISTINCT ON (alert_id, transport, address) * FROM told
     ORDER BY alert_id, transport, address, due_at, endpoint_id
)
INSERT INTO alerts_delivery (uuid, endpoint_id, alert_id, purpose, is_digest, for_nobody, due_at)
SELECT gen_random_uuid(), endpoint_id, alert_id, %(purpose)s, is_digest, for_nobody, due_at
  FROM once
 ORDER BY alert_id, endpoint_id
    ON CONFLICT DO NOTHING
"""
UNTOLD = """
UPDATE alerts_alert SET told_at = %(now)s
 WHERE id IN (SELECT a.id
                FROM alerts_alert a LEFT JOIN alerts_alertrule r ON r.id = a.rule_id
               WHERE a.told_at IS NULL AND a.status = 'OPEN'
                 AND (r.muted_until IS NULL OR r.muted_until <= %(now)s)
               ORDER BY a.id FOR UPDATE OF a SKIP LOCKED)
RETURNING id, venue_id
"""
# It counts as told when its first message is due: what waits for the morning is not late at night.
LATER = """
UPDATE alerts_alert a SET told_at = d.first
  FROM (SELECT alert_id, min(due_at) AS first FROM alerts_delivery
         WHERE alert_id = ANY (%(alerts)s) AND purpose = 'OPENED' GROUP BY alert_id) d
 WHERE a.id = d.alert_id AND d.first > a.told_at
"""
UNANSWERED = """
UPDATE alerts_alert SET escalated_at = %(now)s
 WHERE id IN (SELECT a.id
                FROM alerts_alert a JOIN alerts_alertrule r ON r.id = a.rule_id
               WHERE a.status = 'OPEN' AND a.escalated_at IS NULL
                 AND a.told_at <= %(now)s - make_interval(mins => r.escalate_minutes)
                 AND (r.muted_until IS NULL OR r.muted_until <= %(now)s)
               ORDER BY a.id FOR UPDATE OF a SKIP LOCKED)
RETURNING id, venue_id
"""
# So many minutes what partners ask for waits for more of it, unless it lapses soon.
REQUESTS_GATHERED_MINUTES = 5
# The rest with the next round.
MAX_NOTICES = 500


def tell(now: datetime) -> int:
    """Have sent what nobody has been told of and no rule mutes; returns how many alerts that were."""
    return len(_tell(UNTOLD, Purpose.OPENED, now))


@transaction.atomic
def escalate(now: datetime) -> int:
    """Have sent once more, higher up, what nobody has acknowledged in time; returns how many."""
    ids = _tell(UNANSWERED, Purpose.ESCALATED, now)
    if ids:
        alerts = list(Alert.objects.filter(pk__in=ids))
        record(alerts, Step.ESCALATED, at=now, by=SYSTEM)
        publish(alerts)
    return len(ids)


@transaction.atomic
def tell_partners(now: datetime) -> int:
    """Have sent to channels' partners what has become of transfers; returns how many messages.

    Who has to approve is told by the alert of the transfer that waits.
    """
    channels = {}
    for notice in take_notices(MAX_NOTICES, now):
        if notice.channel_id is not None:
            channels[notice.pk] = notice.channel_id
        if notice.step is None:
            continue
        transfer = notice.step.transfer
        sides = {Audience.SOURCE: transfer.source, Audience.TARGET: transfer.target}
        row = sides.get(Audience(notice.audience))
        if row is not None and row.channel_id is not None:
            channels[notice.pk] = row.channel_id
    if not channels:
        return 0
    endpoints: dict[int, list[int]] = {}
    pairs = Endpoint.objects.filter(
        channel__in=channels.values(), is_active=True, disabled_at=None
    ).values_list("channel", "pk")
    for channel, endpoint in pairs:
        endpoints.setdefault(channel, []).append(endpoint)
    made = Delivery.objects.bulk_create(
        Delivery(notice_id=notice, endpoint_id=endpoint, purpose=Purpose.NOTICE, due_at=now)
        for notice, channel in channels.items()
        for endpoint in endpoints.get(channel, ())
    )
    return len(made)


def _tell(alerts_sql: str, purpose: Purpose, now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(alerts_sql, {"now": now})
        rows = cursor.fetchall()
        if not rows:
            return []
        alerts = sorted(alert for alert, _venue in rows)
        venues = {venue for _alert, venue in rows}
        people: dict[str, Any] = {"venues": sorted(venues - {None}), "transport": TO_PEOPLE}
        cursor.execute(PEOPLE, people)
        cursor.execute(
            DELIVERIES,
            {
                "purpose": purpose.value,
                "alerts": alerts,
                "escalating": purpose == Purpose.ESCALATED,
                "now": now,
                "gathered": REQUESTS_GATHERED_MINUTES,
                "ignoring_case": transports_that("ignores_case"),
                "gathering": transports_that("gathers"),
            },
        )
        if purpose == Purpose.OPENED:
            cursor.execute(LATER, {"alerts": alerts})
    return alerts
