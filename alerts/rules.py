"""What people do with rules beyond editing them, and which of them speak for an event."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from alerts.enums import Kind
from alerts.models import AlertRule
from common.actor import Actor
from common.history import save_because
from events.models import Event

# What a copy does not take over: whose it is, and what holds for the moment.
_OWN = ("id", "venue", "event", "muted_until")
# What it does, beside its teams.
COPIED = tuple(field for field in AlertRule._meta.concrete_fields if field.name not in _OWN)


def switch(rule: AlertRule, *, on: bool, by: Actor, reason: str) -> None:
    """Have it watched, or not any more; its standing alerts end when it is next looked at."""
    rule.is_active = on
    with transaction.atomic():
        save_because(rule, reason, by=by, fields=("is_active",))


def mute(rule: AlertRule, *, until: datetime | None, by: Actor, reason: str) -> None:
    """Send nothing of it until then; ``None`` ends that. Its alerts stand on the board all the same."""
    rule.muted_until = until
    with transaction.atomic():
        save_because(rule, reason, by=by, fields=("muted_until",))


def is_muted(rule: AlertRule, now: datetime) -> bool:
    return rule.muted_until is not None and rule.muted_until > now


def speaking_for(event: Event, kinds: Collection[str] = Kind.values) -> list[AlertRule]:
    """The rules of these kinds that an event follows, with their teams; those that are off among them.

    Of each kind its own where it has any, else its venue's, else those for all venues: as
    ``alerts_rules_for()`` and ``alerts_rules_of_venues()`` in the database say.
    """
    rules = (
        AlertRule.objects.filter(
            Q(venue=event.venue_id) | Q(venue=None),
            Q(event=event.pk) | Q(event=None),
            kind__in=kinds,
        )
        .select_related("venue", "event__venue", "pool", "channel")
        .order_by("name", "pk")
    )
    of_kind: dict[str, list[AlertRule]] = {kind: [] for kind in kinds}
    for rule in rules:
        of_kind[rule.kind].append(rule)
    speaking = [
        rule
        for same_kind in of_kind.values()
        for rule in same_kind
        if _closeness(rule) == max(_closeness(other) for other in same_kind)
    ]
    prefetch_related_objects(speaking, "teams")
    prefetch_related_objects([rule for rule in speaking if rule.escalate_minutes], "escalate_to")
    return speaking


def silenced_by(rule: AlertRule) -> list[AlertRule]:
    """What an event follows until it has this rule, its first own of the kind; none if it is not that."""
    if rule.event is None:
        return []
    rules = speaking_for(rule.event, (rule.kind,))
    return [] if any(own.event_id for own in rules) else rules


def _closeness(rule: AlertRule) -> int:
    return (rule.venue_id is not None) + (rule.event_id is not None)


def copy_for(event: Event, rules: Sequence[AlertRule], *, by: Actor, reason: str) -> None:
    """Give an event rules of its own that say the same as these."""
    with transaction.atomic():
        for rule in rules:
            made = AlertRule(venue_id=event.venue_id, event=event)
            for column in COPIED:
                setattr(made, column.attname, getattr(rule, column.attname))
            save_because(made, reason, by=by)
            made.teams.set(rule.teams.all())
            made.escalate_to.set(rule.escalate_to.all())
