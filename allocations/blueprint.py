"""What an event consists of, and the same again on another date.

A pool with a plan in force is divided in a copy as the plan says, as if it had been applied to it
by hand: what was moved since, and windows that were set otherwise, were for the original's sales.
Other pools are divided as the original was set up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from django.utils.translation import gettext as _

from allocations import ledger
from allocations.enums import MovementKind, StockKind
from allocations.models import Listing, Stock
from allocations.plans.missing_rows import outcome_on
from allocations.plans.reschedule import shifted
from allocations.plans.selectors import plans_in_force, told
from allocations.plans.services import apply_plan, save_draft
from allocations.plans.spec import PlanSpec
from allocations.plans.validation import senseless
from allocations.plans.windows import release_of
from allocations.postponing import label_of, window_of
from common import text
from common.actor import Actor
from common.errors import InvalidInputError
from common.history import create_because, save_because
from events.models import Component, Event, Item, Pool
from events.shifting import Shift, require_order, require_storable

Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What an event consists of, read once for all its copies."""

    event: Event
    pools: Sequence[Pool]
    items: Sequence[Item]
    components: Sequence[Component]
    listings: Sequence[Listing]
    rows: Sequence[Stock]
    plans: Mapping[int, PlanSpec]  # pool → what its plan in force says

    @classmethod
    def read(cls, event: Event) -> Self:
        return cls(
            event,
            list(event.pools.order_by("pk")),
            list(event.items.order_by("pk")),
            list(Component.objects.filter(item__event=event).order_by("pk")),
            list(event.listings.select_related("item", "channel").order_by("pk")),
            list(
                event.stock.exclude(kind=StockKind.KILLED)  # what is out of sale is so on one date
                .select_related("pool", "channel")
                .order_by("pk")
            ),
            {plan.pool_id: PlanSpec.read(plan) for plan in plans_in_force(event)},
        )

    def shift_to(self, start: datetime) -> Shift:
        return Shift.between(self.event.starts_at, start, self.event.venue.zone)

    def draft(self, start: datetime) -> Event:
        """The event on another date, not saved.

        Raises ``InvalidInputError`` when its end, or a window of it or of a part of it, would
        leave the dates that may be stored or end before it starts.
        """
        source, shift = self.event, self.shift_to(start)
        event = Event(
            venue=source.venue,
            series=source.series,
            name=source.name,
            starts_at=start,
            ends_at=shift.move(source.ends_at),
            all_day=source.all_day,
            opens_at=source.opens_at,
            closes_at=source.closes_at,
        )
        require_storable(event.ends_at, f"{event}: the end", shift.zone)
        require_order(start, event.ends_at, str(event), shift.zone)
        event.sales_from, event.sales_until = moved_window(source, shift)
        parts: list[Item | Listing | Stock] = [*self.items, *self.listings]
        parts += [row for row in self.rows if row.pool_id not in self.plans]
        for part in parts:
            moved_window(part, shift)
        return event

    def shifted_plans(self, shift: Shift) -> dict[int, PlanSpec]:
        return {pool: shifted(spec, shift.move) for pool, spec in self.plans.items()}

    def require_plans(self, draft: Event, now: datetime, *, applied: bool) -> None:
        """Raises ``InvalidInputError`` when the draft cannot have the plans of the original.

        Not even as drafts, or, where they are to be ``applied``, in force on empty stock.
        """
        plans = self.shifted_plans(self.shift_to(draft.starts_at))
        for pool in (candidate for candidate in self.pools if candidate.pk in plans):
            spec = plans[pool.pk]
            problems = senseless(spec)
            if applied and not problems:
                problems = [*outcome_on(spec, draft, pool.capacity, (), now).problems]
            if problems:
                start = text.moment(draft.starts_at, draft.venue.zone)
                raise InvalidInputError(
                    f"The plan of {pool} cannot be copied to {start}: {told(problems)}",
                    field="starts",
                )

    def gone_back(self, draft: Event, now: datetime) -> Iterator[str]:
        """Which plans of a copy give less from the start: the date of going back is past already."""
        for pool, spec in self.shifted_plans(self.shift_to(draft.starts_at)).items():
            moments = [release_of(part, draft) for part in (*spec.groups, *spec.lines)]
            count = sum(moment is not None and moment <= now for moment in moments)
            if count:
                name = next(row.name for row in self.pools if row.pk == pool)
                yield _(
                    "%(count)d parts of the plan of %(pool)s get nothing: their unsold units would have gone back by now."
                ) % {"count": count, "pool": name}

    def allocated(self, row: Stock) -> int:
        """Units of a channel's or a named open row as it was set up, before anything was drawn."""
        if row.kind == StockKind.CHANNEL:
            return row.quantity - row.drawn
        return row.quantity + sum(
            drawer.drawn for drawer in self.rows if drawer.draws_on_id == row.pk
        )


def moved_window(source: Event | Item | Listing | Stock, shift: Shift) -> Window:
    """The window of the original or of a part of it, moved along. Raises as ``draft``."""
    first, last = window_of(source)
    start, end = shift.move(getattr(source, first)), shift.move(getattr(source, last))
    for name, moment in ((first, start), (last, end)):
        require_storable(moment, f"{source}: {label_of(name)}", shift.zone)
    require_order(start, end, f"{source}: the window", shift.zone)
    return start, end


@dataclass(frozen=True, slots=True)
class Replica:
    """One event in the making. Its rows are nobody else's before the commit."""

    blueprint: Blueprint
    event: Event
    shift: Shift
    by: Actor
    reason: str
    now: datetime
    # Channel of the original → that of the copy, where its venue is another.
    channels: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def make(
        cls,
        blueprint: Blueprint,
        draft: Event,
        by: Actor,
        reason: str,
        now: datetime,
        channels: Mapping[int, int] | None = None,
    ) -> Self:
        """``draft`` is one that the blueprint drew up."""
        save_because(draft, reason, by=by)
        shift = blueprint.shift_to(draft.starts_at)
        return cls(blueprint, draft, shift, by, reason, now, channels or {})

    def _channel(self, original: int) -> int:
        return self.channels.get(original, original)

    def fill(self, *, with_allocations: bool) -> Event:
        pools = {
            pool.pk: Pool(
                event=self.event, name=pool.name, capacity=pool.capacity, position=pool.position
            )
            for pool in self.blueprint.pools
        }
        create_because(list(pools.values()), self.reason, by=self.by)
        items = self._items(pools)
        listings = self._listings(items)
        rows = self._rows(pools, items, listings)
        self._set_terms(rows)
        self._post(pools, rows, with_allocations=with_allocations)
        for old, spec in self.blueprint.shifted_plans(self.shift).items():
            lines = [
                replace(line, channel_id=self._channel(line.channel_id)) for line in spec.lines
            ]
            self._plan(pools[old], replace(spec, lines=lines), apply=with_allocations)
        return self.event

    @property
    def _told(self) -> str:
        """What partners read of their part; the reason of the copy is in the history of what was made."""
        return f"Copied from {self.blueprint.event}"[:300]

    def _plan(self, pool: Pool, spec: PlanSpec, *, apply: bool) -> None:
        if not apply:
            save_draft(pool=pool, spec=spec)
            return
        apply_plan(
            pool=pool,
            spec=spec,
            by=self.by,
            reason=self._told,
            now=self.now,
        )

    def _items(self, pools: dict[int, Pool]) -> dict[int, Item]:
        items = {}
        for item in self.blueprint.items:
            sales_from, sales_until = moved_window(item, self.shift)
            items[item.pk] = Item(
                event=self.event,
                name=item.name,
                kind=item.kind,
                unit_type=item.unit_type,
                limit=item.limit,
                min_per_booking=item.min_per_booking,
                max_per_booking=item.max_per_booking,
                sales_from=sales_from,
                sales_until=sales_until,
                position=item.position,
            )
        create_because(list(items.values()), self.reason, by=self.by)
        components = [
            Component(
                item=items[component.item_id], pool=pools[component.pool_id], units=component.units
            )
            for component in self.blueprint.components
        ]
        create_because(components, self.reason, by=self.by)
        return items

    def _listings(self, items: dict[int, Item]) -> dict[int, Listing]:
        listings = {}
        for listing in self.blueprint.listings:
            sales_from, sales_until = moved_window(listing, self.shift)
            listings[listing.pk] = Listing(
                event=self.event,
                item=items[listing.item_id],
                channel_id=self._channel(listing.channel_id),
                price=listing.price,
                price_floor=listing.price_floor,
                price_ceiling=listing.price_ceiling,
                limit=listing.limit,
                sales_from=sales_from,
                sales_until=sales_until,
                is_on=listing.is_on,
            )
        create_because(list(listings.values()), self.reason, by=self.by)
        return listings

    def _rows(
        self, pools: dict[int, Pool], items: dict[int, Item], listings: dict[int, Listing]
    ) -> dict[int, Stock]:
        """An empty row for each of the original; for a limit only while there is one."""
        rows = {
            row.pk: Stock(
                event=self.event,
                kind=row.kind,
                pool=pools.get(row.pool_id or 0),
                channel_id=None if row.channel_id is None else self._channel(row.channel_id),
                listing=listings.get(row.listing_id or 0),
                item=items.get(row.item_id or 0),
                name=row.name,
            )
            for row in self.blueprint.rows
        }
        kept = {
            key: row
            for key, row in rows.items()
            if row.kind != StockKind.LIMIT or _limit_of(row) is not None
        }
        Stock.objects.bulk_create(kept.values())
        return kept

    def _set_terms(self, rows: dict[int, Stock]) -> None:
        terms_by_row = {}
        for source in self.blueprint.rows:
            if source.pk not in rows or ledger.Terms.of(source) == ledger.Terms():
                continue
            if source.pool_id in self.blueprint.plans:
                continue  # its plan sets them, once it is in force
            draws_from, draws_until = moved_window(source, self.shift)
            releases_at = self.shift.move(source.releases_at)
            require_storable(releases_at, f"{source}: {label_of('releases_at')}", self.shift.zone)
            terms_by_row[rows[source.pk].pk] = ledger.Terms(
                rows[source.draws_on_id].pk if source.draws_on_id else None,
                draws_from,
                draws_until,
                source.ceiling,
                releases_at,
            )
        ledger.set_terms(terms_by_row, by=self.by, reason=self._told)

    def _post(
        self, pools: dict[int, Pool], rows: dict[int, Stock], *, with_allocations: bool
    ) -> None:
        """All units at once: the capacities, what of them is allocated, and the limits."""
        groups = []
        for old, pool in pools.items():
            own = {
                rows[source.pk].pk: self.blueprint.allocated(source)
                for source in self.blueprint.rows
                if source.pool_id == old and not _is_general(source)
            }
            general = next(row.pk for row in rows.values() if row.pool is pool and _is_general(row))
            groups.append(_group(MovementKind.CAPACITY, {general: pool.capacity}))
            if with_allocations and old not in self.blueprint.plans:
                groups.append(_group(MovementKind.MOVE, {general: -sum(own.values()), **own}))
        groups += [
            _group(MovementKind.LIMIT, {row.pk: _limit_of(row) or 0})
            for row in rows.values()
            if row.kind == StockKind.LIMIT
        ]
        posting = ledger.post(groups, by=self.by, reason=self._told)
        for verdict in posting.verdicts:
            if verdict is not None:
                raise verdict


def _is_general(row: Stock) -> bool:
    return row.kind == StockKind.OPEN and not row.name


def _limit_of(row: Stock) -> int | None:
    owner = row.item or row.listing
    return owner.limit if owner else None


def _group(kind: MovementKind, units: dict[int, int]) -> ledger.Group:
    return ledger.Group(
        kind, [ledger.Entry(stock_id, quantity=change) for stock_id, change in units.items()]
    )
