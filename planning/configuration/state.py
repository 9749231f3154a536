"""What an event's configuration is now: its parts, and each of their fields by a key and as text.

A key names the part and its field: ``pool-7.line-3``, ``alert-5f0c….threshold``, ``rule-4.keeps``, ``policy.approval_hours``.
An alert rule is known by its kind and name, so that it is the same rule once the event has a copy of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256

from alerts.kinds import OF_STOCK, kind_of
from alerts.models import AlertRule
from alerts.rules import speaking_for
from allocations.enums import StockKind
from allocations.models import AllocationPlan, Listing, SalesChannel, Stock
from allocations.plans.overview import PoolPlan, plans_of
from allocations.plans.spec import Group, Guarantee, Line, PlanSpec
from common.names import name_key
from events.models import Event, Pool
from transfers.models import TransferPolicy, TransferRule
from transfers.policy import policies_of
from transfers.selectors import rules_for

PLAN = "plan"
POLICY = "policy"
NEW_RULE = "new-rule"
# What the page changes of each; of an alert rule those that its kind has.
OF_ALERT = ("is_active", "threshold", "other_threshold", "probability")
OF_RULE = (
    *("is_active", "is_trial", "source_below", "target_at_least"),
    *("amount", "value", "keeps", "max_per_run", "max_per_day"),
)
OF_POLICY = ("approval_hours", "approval_above", "lapse_hours", "four_eyes")
ON = "on"


@dataclass(frozen=True)
class PoolState:
    """A pool as it is planned. ``needed``: channels that sell something of the event, or have something of the pool."""

    pool_plan: PoolPlan
    needed: frozenset[int]

    @property
    def pool(self) -> Pool:
        return self.pool_plan.pool

    @property
    def rows(self) -> Sequence[Stock]:
        return self.pool_plan.rows

    @property
    def draft(self) -> AllocationPlan | None:
        return self.pool_plan.draft

    @property
    def version(self) -> int:
        """Of the plan in force; 0 where there is none."""
        plan = self.pool_plan.in_force
        return plan.version or 0 if plan else 0

    @property
    def on_sale(self) -> int:
        """The units that a plan divides: those of the pool that are not out of sale."""
        killed = sum(row.quantity for row in self.rows if row.kind == StockKind.KILLED)
        return self.pool.capacity - killed

    @cached_property
    def spec(self) -> PlanSpec:
        return with_lines(self.pool_plan.spec, self.needed)


@dataclass(frozen=True)
class Configuration:
    event: Event
    now: datetime
    channels: Mapping[int, SalesChannel]
    pools: Mapping[int, PoolState]
    alerts: Mapping[str, AlertRule]
    rules: Mapping[int, TransferRule]
    policy: TransferPolicy
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_rules(self) -> dict[int, TransferRule]:
        """The transfer rules of the event alone; the others hold for all events of its venue."""
        return {pk: rule for pk, rule in self.rules.items() if rule.event_id is not None}


def read(event: Event, now: datetime) -> Configuration:
    """As it stands; the number of statements is the same for any number of pools, channels and rules."""
    listed = frozenset(
        Listing.objects.filter(event=event).values_list("channel_id", flat=True).distinct()
    )
    channels = SalesChannel.objects.filter(venue_id=event.venue_id).in_bulk()
    pools = {
        pool_plan.pool.pk: PoolState(pool_plan, listed | _having(pool_plan.rows))
        for pool_plan in plans_of(event, now)
    }
    made = Configuration(
        event=event,
        now=now,
        channels=channels,
        pools=pools,
        alerts={key_of(rule): rule for rule in speaking_for(event, OF_STOCK)},
        rules={rule.pk: rule for rule in rules_for(event)},
        policy=policies_of([event])[event.pk],
    )
    return replace(made, values=_values(made))


def _having(rows: Sequence[Stock]) -> frozenset[int]:
    return frozenset(row.channel_id for row in rows if row.channel_id and row.quantity)


def _values(made: Configuration) -> dict[str, str]:
    values: dict[str, str] = {}
    for pool_id, state in made.pools.items():
        values[f"pool-{pool_id}.{PLAN}"] = str(state.version)
        values |= amounts_of(pool_id, state.spec)
    for key, rule in made.alerts.items():
        values |= {f"{key}.{name}": text_of(getattr(rule, name)) for name in alert_fields(rule)}
    for pk, own in made.own_rules.items():
        values |= {f"rule-{pk}.{name}": text_of(getattr(own, name)) for name in OF_RULE}
    return values | {f"{POLICY}.{name}": text_of(getattr(made.policy, name)) for name in OF_POLICY}


# --- Keys and texts -----------------------------------------------------------------------------


def key_of(rule: AlertRule) -> str:
    return f"alert-{_digest(f'{rule.kind} {name_key(rule.name)}')}"


def alert_fields(rule: AlertRule) -> list[str]:
    of_kind = kind_of(rule).required_fields
    return [name for name in OF_ALERT if name in ("is_active", "threshold") or name in of_kind]


def part_key(part: Guarantee) -> str:
    if isinstance(part, Line):
        return f"line-{part.channel_id}"
    return f"group-{_digest(name_key(part.name))}" if isinstance(part, Group) else ""


def part_of(key: str) -> str:
    """The part that a field belongs to: what comes before the dot."""
    return key.partition(".")[0]


def amounts_of(pool_id: int, spec: PlanSpec) -> dict[str, str]:
    """What a plan guarantees to each part, by key: ``40`` units, or ``33.33 %``."""
    return {
        f"pool-{pool_id}.{part_key(part)}": amount_text(part)
        for part in (*spec.groups, *spec.lines)
    }


def amount_text(part: Guarantee) -> str:
    if part.percent is not None:
        return f"{text_of(part.percent)} %"
    return text_of(part.units or 0)


def text_of(value: object) -> str:
    """As a form field holds it: without noughts at its end, empty for nothing, ``on`` for what is so."""
    if isinstance(value, bool):
        return ON if value else ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0")
    return "" if value is None else str(value)


def with_lines(spec: PlanSpec, needed: frozenset[int]) -> PlanSpec:
    """With an empty line for each of these channels that has none: nothing else of the plan changes by that."""
    missing = sorted(needed - {line.channel_id for line in spec.lines})
    return replace(spec, lines=(*spec.lines, *(Line(channel_id=pk, units=0) for pk in missing)))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
