"""Pools and items of an event."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from allocations.enums import StockKind
from allocations.models import Stock
from allocations.services import LARGEST_CAPACITY, add_pool, set_capacity, stock_listing
from common.history import delete_because, save_because
from common.names import name_key
from events.enums import ItemKind, UnitType
from events.models import Component, Item, Pool
from events.models.inventory import MAX_UNITS
from exchange.base import Column, Key, Row, RowChange, Table, Why, Wrong, in_order, save
from exchange.cell_types import Choice, Name, Parts, Text, Value, Whole, excerpt
from exchange.references import References, saved
from exchange.tables.dates import event_columns, event_key, window_columns, windows_at_once
from exchange.use import below_use
from sales.limits import set_item_limit
from sales.models import BookingLine

MAX_IN_ORDER = 32_767


def _stock(column: str, **which: object) -> Any:
    rows = Stock.objects.filter(pool=OuterRef("pk"), **which).order_by()
    return Coalesce(Subquery(rows.values("pool").annotate(n=Sum(column)).values("n")), 0)


class PartTable(Table):
    """Of what belongs to an event: found by its event and a name."""

    venue_path = "event__venue"

    @abstractmethod
    def own_key(self, values: Mapping[str, Value]) -> Key:
        """What identifies it within its event."""

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        keys = {event_key(values) for values in rows}
        references.load_events(keys)
        references.load_parts(self.model, keys, self.queryset())

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        references.venue(values["venue"])
        key = event_key(values)
        references.event(key)
        own = (*key, *self.own_key(values))
        return own, references.parts[self.model].get(own)

    def keep(self, key: Key, target: Any, references: References) -> None:
        references.parts[self.model][key] = target


class Pools(PartTable):
    name = "pools"
    title = "Pools"
    model = Pool
    unchecked = frozenset({"capacity"})
    columns = (
        *event_columns("event."),
        Column("pool", Name(), "name", "Its name in the event.", required=True),
        Column("capacity", Whole(0, LARGEST_CAPACITY), "capacity", "Units that physically exist."),
        Column("position", Whole(0, MAX_IN_ORDER), "position", "Its order.", "position"),
        Column("sold", Whole(), "sold", "", counted=True, new_value=0),
        Column("held", Whole(), "held", "", counted=True, new_value=0),
        Column("open", Whole(), "open", "Free in the open stock.", counted=True, new_value=0),
    )

    def queryset(self) -> QuerySet[Any]:
        return (
            Pool.objects.select_related("event__venue")
            .annotate(
                sold=_stock("sold", kind=StockKind.CHANNEL),
                held=_stock("held", kind=StockKind.CHANNEL),
                open=_stock("quantity", kind=StockKind.OPEN, name=""),
            )
            .order_by("event__venue__slug", "event__starts_at", "event", "position", "pk")
        )

    def own_key(self, values: Mapping[str, Value]) -> Key:
        return (name_key(values["pool"]),)

    def make(self, values: Mapping[str, Value], references: References) -> Pool:
        if values.get("capacity") is None:
            raise Wrong("capacity", "A new pool needs a capacity.")
        return Pool(event=references.event(event_key(values)), name=values["pool"])

    def complete(self, planned: RowChange, references: References) -> None:
        pool, capacity = planned.target, planned.values.get("capacity")
        if capacity is None or (not planned.is_new and capacity == pool.capacity):
            return
        if not planned.is_new and pool.capacity - capacity > pool.open:
            raise Wrong(
                "capacity",
                f"The capacity can shrink by {pool.open}, the free units of the open stock, from "
                f"{pool.capacity} to {pool.capacity - pool.open}, not to {capacity}; {pool.sold} "
                f"are sold, {pool.held} held.",
            )
        planned.ask("capacity", pool.capacity, capacity, capacity)
        key = (*event_key(planned.values), *self.own_key(planned.values))
        references.capacities[key] = capacity

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        for planned in plans:
            if not planned.is_new:
                save(planned, why)
                continue
            pool = planned.target
            made = add_pool(
                event=pool.event,
                name=pool.name,
                capacity=planned.to_settle["capacity"],
                position=pool.position,
                by=why.by,
                reason=why.reason,
            )
            pool.__dict__.update(made.__dict__)  # items of the file hold this object

    def settle(self, planned: RowChange, why: Why) -> None:
        if "capacity" in planned.to_settle:
            set_capacity(
                pool=planned.target,
                capacity=planned.to_settle["capacity"],
                by=why.by,
                reason=why.reason,
            )


class Items(PartTable):
    name = "items"
    title = "Items"
    model = Item
    unchecked = frozenset({"limit"})
    columns = (
        *event_columns("event."),
        Column("item", Name(), "name", "Its name in the event.", required=True),
        Column("kind", Choice(ItemKind), "kind", "", "kind"),
        Column("unit_type", Choice(UnitType), "unit_type", "Who it is for.", "unit_type"),
        Column("components", Parts(), "takes", "Such as General admission:1 + Car park:1."),
        Column(
            "limit",
            Whole(0, LARGEST_CAPACITY),
            "limit",
            "The most that all channels together may sell. Empty: no limit.",
        ),
        Column(
            "min_per_booking",
            Whole(1, MAX_IN_ORDER),
            "min_per_booking",
            "",
            "min_per_booking",
        ),
        Column("max_per_booking", Whole(1, MAX_IN_ORDER), "max_per_booking", "", "max_per_booking"),
        *window_columns(),
        Column("position", Whole(0, MAX_IN_ORDER), "position", "Its order.", "position"),
        Column("stop_reason", Text(), "stop_reason", "Why it is stopped.", counted=True),
    )

    def queryset(self) -> QuerySet[Any]:
        parts = Component.objects.select_related("pool").order_by("pool__position", "pool")
        return (
            Item.objects.select_related("event__venue")
            .prefetch_related(Prefetch("components", parts))
            .order_by("event__venue__slug", "event__starts_at", "event", "position", "pk")
        )

    def show(self, target: Any) -> list[Any]:
        target.takes = takes(target)
        return super().show(target)

    def own_key(self, values: Mapping[str, Value]) -> Key:
        return (name_key(values["item"]),)

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        super().load(rows, references)
        keys = {event_key(values) for values in rows}
        references.load_parts(Pool, keys, Pools().queryset())

    def make(self, values: Mapping[str, Value], references: References) -> Item:
        return Item(event=references.event(event_key(values)), name=values["item"])

    def complete(self, planned: RowChange, references: References) -> None:
        ask_limit(planned)
        self._ask_components(planned, references)

    def _ask_components(self, planned: RowChange, references: References) -> None:
        components = planned.values.get("components")
        if not components:
            if planned.is_new:
                raise Wrong("components", "A new item needs a pool that it takes from.")
            return
        before = {} if planned.is_new else takes(planned.target)
        pools: dict[str, Pool] = {}
        parts: dict[str, int] = {}
        for name, units in components.items():
            pool = references.parts[Pool].get((*event_key(planned.values), name_key(name)))
            if pool is None:
                raise Wrong("components", f"The event has no pool {excerpt(name)}.")
            if not 1 <= units <= MAX_UNITS:
                raise Wrong("components", f"{units} is not between 1 and {MAX_UNITS}.")
            pools[pool.name], parts[pool.name] = pool, units
        if parts == before:
            return
        kind = Parts()
        zone = planned.target.event.venue.zone
        pool_units = [(pools[name], parts[name]) for name in parts]
        planned.ask("components", kind.show(before, zone), kind.show(parts, zone), pool_units)

    def rules(self, target: Item) -> Iterator[tuple[str, str]]:
        yield from in_order(target, "sales_from", "sales_until", "The sale ends after it begins.")
        maximum = target.max_per_booking
        if maximum is not None and maximum < target.min_per_booking:
            yield "max_per_booking", "The maximum per booking is not less than the minimum."

    def plan(self, *args: Any, **kwargs: Any) -> Any:
        key, planned, problems = super().plan(*args, **kwargs)
        user = args[3]
        if "components" in planned.to_settle and not planned.is_new:
            needed = [f"events.{verb}_component" for verb in ("add", "change", "delete")]
            if not user.has_perms(needed):
                problems.append(Wrong("components", "You may not change what items consist of."))
        return key, planned, problems

    def at_once(
        self, plans: Sequence[RowChange], references: References, now: datetime
    ) -> Iterator[str]:
        yield from windows_at_once(plans, now)

    def check_all(
        self, plans: Sequence[RowChange], references: References
    ) -> Iterator[tuple[Row, Wrong]]:
        yield from below_use(plans, "item")
        changed = [planned for planned in plans if "components" in planned.to_settle]
        booked = set(
            BookingLine.objects.filter(item__in=saved(changed))
            .order_by()
            .values_list("item_id", flat=True)
            .distinct()
        )
        for planned in changed:
            if planned.target.pk in booked:
                message = "The item has been sold: what it consists of can no longer change."
                yield planned.row, Wrong("components", message)

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        for planned in plans:
            save(planned, why)
            if planned.is_new:
                # While it takes from no pool, its limit locks none.
                self._set_limit(planned, why)
                self._set_components(planned, why)

    def settle(self, planned: RowChange, why: Why) -> None:
        if "components" in planned.to_settle:
            self._set_components(planned, why)
        self._set_limit(planned, why)

    def _set_components(self, planned: RowChange, why: Why) -> None:
        item, pool_units = planned.target, planned.to_settle["components"]
        present = (
            {}
            if planned.is_new
            else {component.pool.name: component for component in item.components.all()}
        )
        for name in present.keys() - {pool.name for pool, _units in pool_units}:
            delete_because(present[name], why.reason, by=why.by)
        for pool, units in pool_units:
            component = present.get(pool.name) or Component(item=item, pool=pool)
            if component.pk is None or component.units != units:
                component.units = units
                save_because(component, why.reason, by=why.by)
        if not planned.is_new:
            for listing in item.listings.select_related("item", "channel"):
                stock_listing(listing)

    def _set_limit(self, planned: RowChange, why: Why) -> None:
        if "limit" in planned.to_settle:
            set_item_limit(
                item=planned.target,
                limit=planned.to_settle["limit"],
                by=why.by,
                reason=why.reason,
            )


def takes(item: Item) -> dict[str, int]:
    """Pool → units, of what was read along."""
    return {component.pool.name: component.units for component in item.components.all()}


def ask_limit(planned: RowChange) -> None:
    """Of an item or a listing. An empty cell lifts the limit; a column left out leaves it."""
    if "limit" not in planned.values:
        return
    limit, before = planned.values["limit"], planned.target.limit
    if limit != before:
        planned.ask("limit", before, "none" if limit is None else limit, limit)
