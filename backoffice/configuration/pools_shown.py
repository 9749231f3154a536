"""The pools of the configuration page: bars, a line for each part, and what saving would do of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _t

from allocations.models import SalesChannel, Stock
from allocations.plans.outcome import Change
from allocations.plans.shares import exact_share
from allocations.plans.spec import Group, Line, PlanSpec
from backoffice.configuration.fields import Fields, Shown
from backoffice.plans.bar import bar_of, by_kind, in_order, key_of, marks_of
from backoffice.plans.editor import BEGINNINGS
from backoffice.plans.picture import Totals
from backoffice.plans.shown import use_words
from planning.configuration.preview import PoolPreview
from planning.configuration.state import PoolState, part_key


@dataclass(frozen=True, slots=True)
class PartShown:
    """A line or group of a pool."""

    field: Shown
    name: str
    kind: str
    mark: str
    color: str
    outcome: dict[str, Any]


class PoolsShown(Fields):
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
