"""What the configuration page shows: each part with its fields, and what saving would do of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from alerts import rule_words
from alerts.kinds import kind_of
from alerts.models import AlertRule
from allocations.models import SalesChannel, Stock
from allocations.plans.outcome import Change
from allocations.plans.shares import exact_share
from allocations.plans.spec import Group, Line, PlanSpec
from backoffice.configuration.form import NEW_FIELDS, SWITCHES, WANTED, ConfigurationForm
from backoffice.plans.bar import bar_of, by_kind, in_order, key_of, marks_of
from backoffice.plans.editor import BEGINNINGS
from backoffice.plans.picture import Totals
from backoffice.plans.shown import use_words
from common.addresses import change_url
from planning.configuration.preview import PoolPreview, Preview
from planning.configuration.state import (
    NEW_RULE,
    OF_POLICY,
    OF_RULE,
    ON,
    POLICY,
    PoolState,
    alert_fields,
    part_key,
    text_of,
)
from transfers import words
from transfers.enums import Amount
from transfers.models import TransferPolicy, TransferRule

LABELS: Mapping[str, Any] = {
    "is_active": _("On"),
    "is_trial": _("On trial"),
    "source_below": _("Source sold below, %"),
    "target_at_least": _("Target sold at least, %"),
    "amount": _("How much"),
    "value": _("Units or percent"),
    "keeps": _("Source keeps, units"),
    "max_per_run": _("At most at once"),
    "max_per_day": _("At most in 24 hours"),
    "approval_hours": _("Approval from, hours before the start"),
    "approval_above": _("Approval above, units"),
    "lapse_hours": _("A request lapses after, hours"),
    "four_eyes": _("Four eyes"),
    "name": _("Name"),
    "threshold": _("Threshold"),
    "other_threshold": _("Other threshold"),
    "probability": _("Probability"),
}
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field. ``choices`` of one that is chosen from; ``most``: how far its slider goes, where it has one."""

    key: str
    label: Any
    text: str
    problem: str
    is_open: bool
    is_switch: bool = False
    choices: Sequence[tuple[str, Any]] = ()
    most: str = ""
    step: str = "1"
    unit: str = ""

    @property
    def id(self) -> str:
        return self.key.replace(".", "-")

    @property
    def is_on(self) -> bool:
        return self.text == ON


@dataclass(frozen=True, slots=True)
class PartShown:
    """A line or group of a pool."""

    field: Shown
    name: str
    kind: str
    mark: str
    color: str
    outcome: dict[str, Any]


class Page:
    """Of a form, and of what saving it would do."""

    def __init__(self, form: ConfigurationForm, foreseen: Preview | None) -> None:
        self.form, self.current, self.foreseen = form, form.current, foreseen
        self.rights = form.rights

    def field(self, key: str, **more: Any) -> Shown:
        part, _dot, name = key.partition(".")
        text = self.form.texts.get(key, "")
        if name == "amount" and not more.get("choices"):
            more["choices"] = Amount.choices
        return Shown(
            key=key,
            label=more.pop("label", LABELS.get(name, name)),
            text=text,
            problem=self.form.problems.get(key, ""),
            is_open=self.rights.may_change(part, self.current),
            is_switch=name in SWITCHES,
            **more,
        )

    def problem(self, part: str) -> str:
        return self.form.problems.get(part, "")

    # --- Allocations ------------------------------------------------------------------------

    def pools(self) -> list[dict[str, Any]]:
        return [self._pool(state) for state in self.current.pools.values()]

    def _pool(self, state: PoolState) -> dict[str, Any]:
        pool_id = state.pool.pk
        foreseen = self.foreseen.pools.get(pool_id) if self.foreseen else None
        spec = self.form.specs_begun.get(pool_id) or state.spec
        changes = _changes(foreseen)
        rows = _rows(state, foreseen)
        in_their_order = in_order(rows, by_kind(self.current.channels.values()))
        marks = marks_of(in_their_order)
        now = {key_of(row): row.quantity for row in state.rows}
        then = {key: change.place.quantity for key, change in changes.items()} or now
        bar = {"slug": f"then-{pool_id}", "label": _t("Then")}
        begun = self.form.begun.get(pool_id)
        return {
            "pool": state.pool,
            "part": f"pool-{pool_id}",
            "is_open": self.rights.may_change(f"pool-{pool_id}", self.current),
            "on_sale": state.on_sale,
            "capacity": state.pool.capacity,
            "version": state.version,
            "begun": begun["name"] if begun else "",
            "draft": state.draft,
            "editor": reverse("admin:events_pool_plan", args=(pool_id,)),
            "now": bar_of(
                in_their_order, now, state.pool.capacity, slug=f"now-{pool_id}", label=_t("Now")
            ),
            "then": bar_of(in_their_order, then, state.pool.capacity, **bar),
            "parts": [
                self._part(state, part, marks, changes)
                for part in _in_order(spec, self.current.channels)
            ],
            "totals": Totals.of(foreseen.outcome, state.on_sale)
            if foreseen and foreseen.outcome and foreseen.outcome.changes
            else None,
            "open_now": now.get("", 0),
            "problem": self.problem(f"pool-{pool_id}"),
        }

    def _part(
        self,
        state: PoolState,
        part: Line | Group,
        marks: Mapping[Any, str],
        changes: Mapping[Any, Change],
    ) -> PartShown:
        key: int | str = part.channel_id if isinstance(part, Line) else part.name
        channel = self.current.channels.get(part.channel_id) if isinstance(part, Line) else None
        change = changes.get(key)
        row = next((row for row in state.rows if key_of(row) == key), None)
        name = channel.name if channel else str(getattr(part, "name", key))
        in_percent = part.percent is not None
        field_key = f"pool-{state.pool.pk}.{part_key(part)}"
        shown = self.field(
            field_key,
            label=name,
            most="100" if in_percent else str(state.on_sale),
            step="0.01" if in_percent else "1",
            unit="%" if in_percent else _t("units"),
        )
        shown = _without_unit(shown)
        return PartShown(
            field=shown,
            name=name,
            kind=str(channel.get_kind_display()) if channel else _t("Shared by a group"),
            mark=marks.get(key, ""),
            color=f"kind-{channel.kind}" if channel else "group",
            outcome=_outcome(row, change, part, state),
        )

    @staticmethod
    def beginnings() -> Sequence[Any]:
        return BEGINNINGS

    # --- Alerts -----------------------------------------------------------------------------

    def alerts(self) -> list[dict[str, Any]]:
        return [self._alert(key, rule) for key, rule in self.current.alerts.items()]

    def _alert(self, key: str, rule: AlertRule) -> dict[str, Any]:
        unit = _t("Threshold, %") if _is_in_percent(rule) else LABELS["threshold"]
        labels = {"threshold": unit, "other_threshold": _t("Against at most, %")}
        fields = {
            name: self.field(f"{key}.{name}", label=labels.get(name, LABELS[name]))
            for name in alert_fields(rule)
        }
        may_see = rule.venue_id is not None
        return {
            "rule": rule,
            "part": key,
            "switch": fields.pop("is_active"),
            "fields": list(fields.values()),
            "told": capfirst(rule_words.threshold(rule)),
            "tells": rule_words.audience(rule),
            "whose": _whose(rule),
            "is_own": rule.event_id is not None,
            "url": change_url(rule) if may_see else "",
            "problem": self.problem(key),
        }

    # --- Transfers --------------------------------------------------------------------------

    def own_rules(self) -> list[dict[str, Any]]:
        return [self._rule(rule) for rule in self.current.own_rules.values()]

    def _rule(self, rule: TransferRule) -> dict[str, Any]:
        part = f"rule-{rule.pk}"
        return {
            "rule": rule,
            "fields": [self.field(f"{part}.{name}") for name in OF_RULE],
            "url": change_url(rule),
            "problem": self.problem(part),
        }

    def venue_rules(self) -> list[dict[str, Any]]:
        return [
            {
                "rule": rule,
                "told": words.rule_told(rule, self.current.event),
                "url": change_url(rule),
            }
            for rule in self.current.rules.values()
            if rule.event_id is None
        ]

    def new_rule(self) -> dict[str, Any] | None:
        if not self.rights.adds_rules:
            return None
        first = TransferRule(name=_t("Even out %s") % self.current.event.name[:60])
        for name in NEW_FIELDS:
            self.form.texts.setdefault(f"{NEW_RULE}.{name}", text_of(getattr(first, name)))
        return {
            "wanted": WANTED,
            "is_wanted": self.form.is_new_wanted,
            "fields": [self.field(f"{NEW_RULE}.{name}") for name in NEW_FIELDS],
            "problem": self.problem(NEW_RULE),
        }

    def policy(self) -> dict[str, Any]:
        policy: TransferPolicy = self.current.policy
        return {
            "fields": [self.field(f"{POLICY}.{name}") for name in OF_POLICY],
            "is_own": policy.event_id is not None,
            "told": [words.protection(policy), words.eyes(policy)],
            "url": change_url(policy),
            "problem": self.problem(POLICY),
        }


def _is_in_percent(rule: AlertRule) -> bool:
    """As the database bounds the threshold by 100."""
    rules = kind_of(rule).percent_rules
    return rules is not None and all(getattr(rule, name) == value for name, value in rules.items())


def _whose(rule: AlertRule) -> str:
    if rule.event_id is not None:
        return _t("The event's own")
    return _t("For all venues") if rule.venue_id is None else _t("The venue's")


def _without_unit(field: Shown) -> Shown:
    return replace(field, text=field.text.removesuffix("%").strip())


def _changes(foreseen: PoolPreview | None) -> dict[Any, Change]:
    if foreseen is None or foreseen.outcome is None:
        return {}
    return {key_of(change.row): change for change in foreseen.outcome.changes}


def _rows(state: PoolState, foreseen: PoolPreview | None) -> Sequence[Stock]:
    """Of the pool, with those that the plan adds."""
    if foreseen is not None and foreseen.outcome is not None and foreseen.outcome.changes:
        return [change.row for change in foreseen.outcome.changes]
    return state.rows


def _in_order(spec: PlanSpec, channels: Mapping[int, SalesChannel]) -> Iterator[Line | Group]:
    """Groups first, then channels in the order of their kinds."""
    yield from spec.groups
    lines = {line.channel_id: line for line in spec.lines}
    yield from (lines[channel.pk] for channel in by_kind(channels.values()) if channel.pk in lines)


def _outcome(
    row: Stock | None, change: Change | None, part: Line | Group, state: PoolState
) -> dict[str, Any]:
    now = row.quantity if row else 0
    then = change.place.quantity if change else now
    exact = exact_share(part, state.pool.capacity)
    return {
        "now": now,
        "then": then,
        "gain": then - now,
        "used": use_words(change) if change else _used(row),
        "rounded": change.guaranteed if change and change.exact != change.guaranteed else None,
        "exact": exact,
    }


def _used(row: Stock | None) -> str:
    if row is None:
        return ""
    parts = [_t("%s sold") % f"{row.sold:,}"] if row.sold else []
    if row.held:
        parts.append(_t("%s held") % f"{row.held:,}")
    return ", ".join(parts)
