"""What a person wants of an event's configuration, and what it makes of each part. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model, Q, Value

from alerts.models import AlertRule
from allocations.plans.spec import Group, Line, PlanSpec
from planning.configuration.errors import Difference, Problem
from planning.configuration.state import (
    NEW_RULE,
    PLAN,
    POLICY,
    Configuration,
    PoolState,
    part_key,
    part_of,
)
from transfers.models import TransferPolicy, TransferRule

RowT = TypeVar("RowT", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """``shown``: each field as the page showed it, by key, and ``typed`` as it was sent back.

    ``touched``: the value of each field that the person has changed. ``begun``: the shape of the plans that were
    begun anew, by pool; ``drafts``: the revision of the draft that such a plan began as. ``new_rule``: the
    fields of a transfer rule for this event alone, where one is wanted.
    """

    shown: Mapping[str, str]
    typed: Mapping[str, str]
    touched: Mapping[str, object]
    begun: Mapping[int, PlanSpec] = field(default_factory=dict)
    drafts: Mapping[int, int] = field(default_factory=dict)
    new_rule: Mapping[str, object] | None = None

    @property
    def parts(self) -> set[str]:
        """The parts that change."""
        new = {NEW_RULE} if self.new_rule is not None else set()
        return {part_of(key) for key in self.touched} | {f"pool-{pk}" for pk in self.begun} | new

    def of(self, part: str) -> dict[str, object]:
        """Field → value, of what was touched of a part."""
        return {
            key.partition(".")[2]: value
            for key, value in self.touched.items()
            if part_of(key) == part
        }

    def differences(self, current: Configuration) -> list[Difference]:
        """What is another now than the page showed, of the parts that change."""
        keys = dict.fromkeys((*self.shown, *current.values))
        differences = []
        for key in keys:
            was, theirs = self.shown.get(key, ""), current.values.get(key, "")
            if was != theirs and part_of(key) in self.parts:
                mine = self.typed.get(key, was)
                if key.endswith(f".{PLAN}") and int(part_of(key).partition("-")[2]) in self.begun:
                    mine = ""
                differences.append(Difference(key, was, mine, theirs))
        return differences


# --- Allocations --------------------------------------------------------------------------------


def specs_of(wish: Wish, current: Configuration) -> dict[int, PlanSpec]:
    """The plans of the pools that change."""
    return {
        pk: _spec(state, wish) for pk, state in current.pools.items() if f"pool-{pk}" in wish.parts
    }


def _spec(state: PoolState, wish: Wish) -> PlanSpec:
    pool_id = state.pool.pk
    spec = wish.begun.get(pool_id, state.pool_plan.spec)
    amounts = wish.of(f"pool-{pool_id}")
    present = {part_key(part) for part in (*spec.groups, *spec.lines)}
    added = [
        Line(channel_id=int(key.removeprefix("line-")), units=0)
        for key in amounts
        if key not in present and key.startswith("line-")
    ]
    return replace(
        spec,
        groups=tuple(_group(group, amounts) for group in spec.groups),
        lines=tuple(_line(line, amounts) for line in (*spec.lines, *added)),
    )


def _line(line: Line, amounts: Mapping[str, object]) -> Line:
    amount = amounts.get(part_key(line))
    return line if amount is None else replace(line, **_guaranteed(str(amount)))


def _group(group: Group, amounts: Mapping[str, object]) -> Group:
    amount = amounts.get(part_key(group))
    return group if amount is None else replace(group, **_guaranteed(str(amount)))


def _guaranteed(amount: str) -> dict[str, Any]:
    number, _space, percent = amount.partition(" ")
    if percent:
        return {"units": None, "percent": Decimal(number)}
    return {"units": int(number), "percent": None}


# --- Rules and policy ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule as it would be; ``before`` is what it is now. ``fields``: those that change.

    ``is_new``: it would be the event's own, made of what holds for it now.
    """

    key: str
    before: AlertRule
    after: AlertRule
    fields: tuple[str, ...]
    is_new: bool


def alert_changes(wish: Wish, current: Configuration) -> list[RuleChange]:
    """The alert rules that change, and those that become the event's own beside them.

    Whoever changes a rule that holds for more than the event gives the event rules of its own: all that
    speak for it of that kind, or the others would fall silent.
    """
    touched = {key: wish.of(key) for key in current.alerts if key in wish.parts}
    kinds = {current.alerts[key].kind for key in touched if current.alerts[key].event_id is None}
    changes = []
    for number, (key, rule) in enumerate(current.alerts.items(), 1):
        is_new = rule.kind in kinds and rule.event_id is None
        if key not in touched and not is_new:
            continue
        after = _with(rule, touched.get(key, {}))
        if is_new:
            after.pk, after.event, after.venue = -number, current.event, current.event.venue
            after.muted_until = None
        changes.append(RuleChange(key, rule, after, tuple(touched.get(key, {})), is_new))
    return changes


def transfer_changes(wish: Wish, current: Configuration) -> dict[str, TransferRule]:
    """The event's own transfer rules as they would be, by part; a new one has no number yet."""
    changes = {
        f"rule-{pk}": _with(rule, wish.of(f"rule-{pk}"))
        for pk, rule in current.own_rules.items()
        if f"rule-{pk}" in wish.parts
    }
    if wish.new_rule is not None:
        new = TransferRule(pk=-1, venue=current.event.venue, event=current.event)
        changes[NEW_RULE] = _with(new, wish.new_rule)
    return changes


def policy_change(wish: Wish, current: Configuration) -> TransferPolicy | None:
    """The event's own policy as it would be; made of its venue's, where it has none."""
    if POLICY not in wish.parts:
        return None
    after = _with(current.policy, wish.of(POLICY))
    if after.event_id is None:
        after.pk, after.event, after.venue = -1, current.event, None
    return after


def _with(row: RowT, values: Mapping[str, object]) -> RowT:
    changed = copy(row)
    changed._state = copy(row._state)  # noqa: SLF001 - what is cached of it stays the row's own
    changed._state.fields_cache = dict(row._state.fields_cache)  # noqa: SLF001
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def problems_of(wish: Wish, current: Configuration) -> list[Problem]:
    """What no rule and no policy can be: as their models and the database say. A statement for each that changes."""
    rows: list[tuple[str, Model]] = [
        (change.key, change.after) for change in alert_changes(wish, current) if change.fields
    ]
    rows += transfer_changes(wish, current).items()
    policy = policy_change(wish, current)
    if policy is not None:
        rows.append((POLICY, policy))
    return [
        problem
        for part, row in rows
        for problem in _wrong(part, row, wish.new_rule or {} if part == NEW_RULE else wish.of(part))
    ]


def _wrong(part: str, row: Model, touched: Iterable[str]) -> Sequence[Problem]:
    others = {field.name for field in row._meta.fields} - set(touched)
    try:
        row.clean_fields(exclude=others)
        row.clean()
    except ValidationError as error:
        return [
            Problem(f"{part}.{name}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    values = {
        field.name: Value(getattr(row, field.attname), getattr(field, "target_field", field))
        for field in row._meta.concrete_fields
    }
    checks = {
        check.name: Q(check.condition)
        for check in row._meta.constraints
        if isinstance(check, CheckConstraint)
    }
    if reduce(and_, checks.values()).check(values):
        return ()
    return [
        Problem(part, constraint=name)
        for name, condition in checks.items()
        if not condition.check(values)
    ]
