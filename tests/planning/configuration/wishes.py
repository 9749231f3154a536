"""Wishes for tests: what a person has typed on the page, by the keys of its fields."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from alerts.models import AlertRule
from common.actor import Actor
from events.models import Event
from planning.configuration.preview import Preview, preview
from planning.configuration.services import Saved, save
from planning.configuration.state import Configuration, key_of, read, text_of
from planning.configuration.wish import Wish
from tests.factories import Stage, make_stage, make_user


def now_of(event: Event) -> Configuration:
    return read(Event.objects.select_related("venue").get(pk=event.pk), timezone.now())


def wish(shown: Configuration, touched: Mapping[str, object], **more: Any) -> Wish:
    typed = dict(shown.values) | {key: text_of(value) for key, value in touched.items()}
    return Wish(shown=shown.values, typed=typed, touched=touched, **more)


def amounts(stage: Stage, pool: str = "GA", **parts: Any) -> dict[str, object]:
    """Channel → what it is guaranteed: ``40``, or ``"33.33 %"``."""
    return {
        f"pool-{stage.pools[pool].pk}.line-{stage.channels[name].pk}": str(amount)
        for name, amount in parts.items()
    }


def field(rule: AlertRule, name: str) -> str:
    return f"{key_of(rule)}.{name}"


def previewed(stage: Stage, touched: Mapping[str, object], **more: Any) -> Preview:
    current = now_of(stage.event)
    return preview(wish(current, touched, **more), current)


def saved(
    stage: Stage,
    touched: Mapping[str, object],
    *,
    shown: Configuration | None = None,
    by: Actor | None = None,
    reason: str = "Agreed with the partners",
    **more: Any,
) -> Saved:
    wanted = wish(shown or now_of(stage.event), touched, **more)
    actor = by or Actor.person(make_user())
    return save(stage.event.pk, wanted, by=actor, reason=reason, now=timezone.now())


def wide_stage() -> Stage:
    """Ten pools and twenty channels."""
    return make_stage(
        channels=[f"c{number}" for number in range(20)],
        pools={f"P{number}": 100 for number in range(10)},
        items={f"T{number}": {f"P{number}": 1} for number in range(10)},
        give={},
    )
