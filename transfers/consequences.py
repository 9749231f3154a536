"""What other dates of an event set off at once for transfers: approvals, and rules that act by themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from common.text import minute
from events.enums import EventStatus
from events.models import Event
from transfers.models import TransferRule
from transfers.policy import policy_of


def of_dates(before: Event, after: Event, now: datetime) -> Iterator[str]:
    if before.starts_at == after.starts_at or after.over_at <= now:
        return
    yield from _approvals(before, after, now)
    rules = TransferRule.objects.filter(
        Q(event=None) | Q(event=after.pk), venue=after.venue_id, is_active=True, is_trial=False
    )
    for rule in rules.order_by("pk"):
        acted, acts = _acts(rule, before, now), _acts(rule, after, now)
        if acts and not acted:
            yield _("The transfer rule “%s” moves units of this event from now on.") % rule
        elif acted and not acts:
            yield _("The transfer rule “%s” moves no units of this event from now on.") % rule


def _approvals(before: Event, after: Event, now: datetime) -> Iterator[str]:
    policy = policy_of(after)
    window = timedelta(hours=policy.approval_hours)
    needed, needs = before.starts_at - window <= now, after.starts_at - window <= now
    if needs and not needed:
        text = _("Each transfer needs an approval from now on: %d hours before the start.")
        yield text % policy.approval_hours
    elif needed and not needs:
        begins = minute(after.starts_at - window, after.venue.zone)
        if before.starts_at > now and before.status != EventStatus.DRAFT:
            text = _(
                "Transfers go on needing an approval until the start of before, %(before)s, and need one "
                "again from %(begins)s on."
            )
            yield text % {
                "before": minute(before.starts_at, after.venue.zone),
                "begins": begins,
            }
            return
        yield _("Transfers need no approval for the time left until the start, until %s.") % begins


def _acts(rule: TransferRule, event: Event, now: datetime) -> bool:
    """As ``rules/candidates.sql`` asks."""
    begins = rule.starts_hours is None or now >= event.starts_at - timedelta(
        hours=rule.starts_hours
    )
    return begins and (
        rule.stops_hours == 0 or now < event.starts_at - timedelta(hours=rule.stops_hours)
    )
