"""What a run rests on: an event's set-up, its rows, its transfer rules and policy, read once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from django.db.models import Min, Q

from allocations.enums import StockKind
from allocations.models import Movement, Stock
from allocations.plans.spec import PlanSpec
from allocations.setup import EventSetup, ItemSetup, ListingSetup, Window
from events.models import Event, Pool
from planning.whatif.stock import Need, Row
from sales.rules import item_windows
from transfers.dynamic.forecast import Pace
from transfers.dynamic.reading import paces_of
from transfers.models import TransferPolicy, TransferRule
from transfers.policy import policy_of

# Without a beginning of sales: so long before the start they begin, or with the first movement.
USUAL_SALE_DAYS = 60
HOUR = 3_600.0
DAY = 86_400.0
PERCENT = 10_000  # in the hundredths of a percent in which rules are kept

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Policy:
    """What of the transfer policy decides whether units may move, in seconds and channels."""

    approval_seconds: float
    approval_above: int | None
    lapse_seconds: float
    always: frozenset[int]
    protected: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A transfer rule that is in force; percents in hundredths, so that they compare exactly."""

    id: int
    is_of_event: bool
    below: int
    at_least: int
    hysteresis: int
    sources: frozenset[int]
    targets: frozenset[int]
    opens: float
    closes: float
    amount: str
    value: int
    keeps: int
    max_per_run: int | None
    max_per_day: int | None
    cooldown: float


@dataclass(slots=True)
class Scene:
    """``spans``: when a listing sells, by item and channel; empty: never. ``sellers``: until when a channel has
    something of a pool to sell.
    """

    event: Event
    setup: EventSetup
    pools: Sequence[Pool]
    killed: Mapping[int, int]
    limits: Mapping[int, int]  # stock row → its limit
    begins: float
    ends: float
    spans: Mapping[tuple[int, int], Span]
    sellers: Mapping[tuple[int, int], float]
    rules: Sequence[Rule]
    policy: Policy
    paces: Mapping[int, Pace | None]
    rows: list[Row] = field(default_factory=list)
    channel_rows: dict[tuple[int, int], int] = field(default_factory=dict)  # (pool, channel) →
    open_rows: dict[tuple[int, str], int] = field(default_factory=dict)
    by_stock: dict[int, int] = field(default_factory=dict)  # row of the database →

    def needs(self, item_id: int, channel_id: int, tickets: int) -> tuple[Need, ...] | None:
        """What so many of an item ask of which rows. ``None``: the channel has no part in one of its pools."""
        item = self.setup.items[item_id]
        needs = []
        for pool_id, units in item.units.items():
            row = self.channel_rows.get((pool_id, channel_id))
            if row is None:
                return None
            needs.append((row, units * tickets))
        listing = self.setup.listings.get((item_id, channel_id))
        limits = (item.limit_row, listing.limit_row if listing else None)
        needs += [(self.by_stock[limit], tickets) for limit in limits if limit is not None]
        return tuple(needs) or None

    def rows_of(self, pool_id: int) -> list[int]:
        return [number for number, row in enumerate(self.rows) if row.pool_id == pool_id]


def scene_of(event: Event, specs: Iterable[Mapping[int, PlanSpec]]) -> Scene:
    """Everything of the event as it is now, with a row for each part that one of the plans gives something."""
    setup = EventSetup.load(event.pk)
    pools = list(event.pools.order_by("position", "pk"))
    stock = list(Stock.objects.filter(event=event).order_by("pk"))
    spans = {
        (item.id, listing.channel_id): span_of(setup, item, listing)
        for (item_id, _channel), listing in setup.listings.items()
        for item in (setup.items[item_id],)
    }
    scene = Scene(
        event=event,
        setup=setup,
        pools=pools,
        killed={row.pool_id or 0: row.quantity for row in stock if row.kind == StockKind.KILLED},
        limits={
            row.pk: limit
            for row in stock
            if row.kind == StockKind.LIMIT
            for limit in (_limit_of(row, setup),)
            if limit is not None
        },
        begins=begin_of(event),
        ends=event.sales_close.timestamp(),
        spans=spans,
        sellers=_sellers(setup, spans),
        rules=[_rule(rule, event) for rule in _rules(event)],
        policy=_policy(policy_of(event)),
        paces=paces_of([pool.pk for pool in pools], event.starts_at),
    )
    _add_rows(scene, stock, list(specs))
    return scene


def begin_of(event: Event) -> float:
    """When its sales begin, or began."""
    if event.sales_from is not None:
        return event.sales_from.timestamp()
    first = Movement.objects.filter(stock__event=event, version=1).aggregate(at=Min("at"))["at"]
    usual = event.starts_at.timestamp() - USUAL_SALE_DAYS * 86_400
    return min(usual, first.timestamp()) if first else usual


def span_of(setup: EventSetup, item: ItemSetup, listing: ListingSetup) -> Span:
    """From when until when a listing sells by the rules of ``sales/rules.py``, its status and stops of today aside."""
    if not listing.is_on or not item.units:
        return inf, -inf
    opens, closes = -inf, inf
    for window in (setup.window, *item_windows(setup, item, listing)):
        start, end = seconds(window)
        opens, closes = max(opens, start), min(closes, end)
    return opens, closes


def seconds(window: Window) -> Span:
    return (
        -inf if window.start is None else window.start.timestamp(),
        inf if window.end is None else window.end.timestamp(),
    )


def _limit_of(row: Stock, setup: EventSetup) -> int | None:
    """A row without a limit stays behind, empty."""
    if row.item_id is not None:
        return row.quantity if setup.items[row.item_id].limit_row == row.pk else None
    limited = (listing.limit_row for listing in setup.listings.values())
    return row.quantity if row.pk in limited else None


def _sellers(
    setup: EventSetup, spans: Mapping[tuple[int, int], Span]
) -> dict[tuple[int, int], float]:
    """As ``transfers_sellers``: until when a channel may sell something of a pool, now or later."""
    until: dict[tuple[int, int], float] = {}
    for (item_id, channel_id), (opens, closes) in spans.items():
        for pool_id in setup.items[item_id].units if opens < closes else ():
            key = (pool_id, channel_id)
            until[key] = max(closes, until.get(key, -inf))
    return until


def _rules(event: Event) -> Iterator[TransferRule]:
    rules = TransferRule.objects.filter(
        Q(event=None) | Q(event=event), venue=event.venue_id, is_active=True, is_trial=False
    )
    yield from rules.prefetch_related("sources", "targets").order_by("pk")


def _rule(rule: TransferRule, event: Event) -> Rule:
    starts = event.starts_at.timestamp()
    return Rule(
        id=rule.pk,
        is_of_event=rule.event_id is not None,
        below=int(rule.source_below * 100),
        at_least=int(rule.target_at_least * 100),
        hysteresis=int(rule.hysteresis * 100),
        sources=frozenset(channel.pk for channel in rule.sources.all()),
        targets=frozenset(channel.pk for channel in rule.targets.all()),
        opens=-inf if rule.starts_hours is None else starts - 3600 * rule.starts_hours,
        closes=inf if rule.stops_hours == 0 else starts - 3600 * rule.stops_hours,
        amount=rule.amount,
        value=rule.value or 0,
        keeps=rule.keeps,
        max_per_run=rule.max_per_run,
        max_per_day=rule.max_per_day,
        cooldown=60.0 * rule.cooldown_minutes,
    )


def _policy(policy: TransferPolicy) -> Policy:
    return Policy(
        approval_seconds=3600.0 * policy.approval_hours,
        approval_above=policy.approval_above,
        lapse_seconds=3600.0 * policy.lapse_hours,
        always=frozenset(channel.pk for channel in policy.always.all()),
        protected=frozenset(channel.pk for channel in policy.protected.all()),
    )


def _add_rows(
    scene: Scene, stock: Sequence[Stock], plans: Sequence[Mapping[int, PlanSpec]]
) -> None:
    """Those of the database in their order, so that both plans have the same; then what the plans add."""
    for row in stock:
        kind = StockKind(row.kind)
        _add(scene, Row(kind, row.pool_id, row.channel_id, row.name, row.pk))
    for pool in scene.pools:
        for spec in (plan[pool.pk] for plan in plans if pool.pk in plan):
            for line in spec.lines:
                if (pool.pk, line.channel_id) not in scene.channel_rows:
                    _add(scene, Row(StockKind.CHANNEL, pool.pk, line.channel_id))
            for name in ("", *(group.name for group in spec.groups)):
                if (pool.pk, name) not in scene.open_rows:
                    _add(scene, Row(StockKind.OPEN, pool.pk, None, name))


def _add(scene: Scene, row: Row) -> None:
    number = len(scene.rows)
    scene.rows.append(row)
    if row.stock_id:
        scene.by_stock[row.stock_id] = number
    if row.kind == StockKind.CHANNEL:
        scene.channel_rows[row.pool_id or 0, row.channel_id or 0] = number
    elif row.kind == StockKind.OPEN:
        scene.open_rows[row.pool_id or 0, row.name] = number
