"""Plays the sales of all events, in order of time, through the services of ``sales``.

Time is cut into slices, long ago into days and lately into minutes; within one, each event's orders
go in bulk. So every stock row changes in the order in which it would have, and booking numbers
rise with the dates beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from django.db import transaction

from allocations.enums import ChannelKind
from allocations.models import Stock
from allocations.plans.release import release_pool
from common.actor import SYSTEM, Actor
from common.errors import RefusedError
from common.history import save_because
from demo import outings, season
from demo.backdate import Past, Story
from demo.cast import Company
from demo.pace import Fate, Sale
from demo.plans import divide
from demo.season.shapes import Move, Outing, Revision
from demo.stage import Stage
from events.enums import EventStatus
from idempotency.answers import Answer
from sales import services
from sales.bulk import MAX_ORDERS, book_many
from sales.enums import BookingStatus
from sales.expiry import expire_due
from sales.models import Booking
from sales.orders import Order, OrderLine
from sales.turned_away.services import Count, limit_of, quarter_of
from transfers.services import Wish, request

REASONS = ("The buyer cannot come", "Bought twice", "The wrong date", "Fallen ill")
# How fine the slices are, up to so long ago.
SLICES = (
    (timedelta(days=10), timedelta(days=4)),
    (timedelta(days=3), timedelta(days=1)),
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(hours=5), timedelta(minutes=30)),
    (timedelta(), timedelta(minutes=1)),
)
# The refunds of a cancelled event follow one another so fast.
REFUND_EVERY = timedelta(seconds=20)


@dataclass(slots=True)
class Tally:
    bookings: int = 0
    tickets: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A buyer comes (``act`` is ``None``), or something is done that cannot go in bulk."""

    at: datetime
    sale: Sale | None = None
    act: Callable[[], None] | None = None


class Player:
    """Plays one event, and keeps what has become of its bookings."""

    def __init__(
        self, stage: Stage, sales: Sequence[Sale], company: Company, story: Story, tally: Tally
    ) -> None:
        self._stage = stage
        self._company = company
        self._story = story
        self._tally = tally
        self._booked: dict[Sale, Past] = {}  # what is on hold or sold
        self._steps = sorted(self._plan(sales), key=attrgetter("at"))
        self._next = 0

    def play_until(self, end: datetime) -> None:
        buyers: list[Sale] = []
        while self._next < len(self._steps) and self._steps[self._next].at < end:
            step = self._steps[self._next]
            self._next += 1
            if step.sale is not None:
                buyers.append(step.sale)
            if step.act is not None:
                self._book(buyers)
                buyers = []
                step.act()
        self._book(buyers)

    @property
    def begins(self) -> datetime | None:
        return self._steps[0].at if self._steps else None

    def _plan(self, sales: Sequence[Sale]) -> Iterator[Step]:
        plan, dates = self._stage.plan, self._stage.dates
        for sale in sales:
            yield Step(sale.at, sale)
            if sale.ends is not None:
                yield Step(sale.ends, act=partial(self._end, sale, sale.ends))
            if sale.refund is not None:
                at, tickets = sale.refund
                yield Step(at, act=partial(self._refund, sale, at, tickets))
        for move in plan.moves:
            at = dates.before(move.days_before)
            if at < dates.last_sale:
                yield Step(at, act=partial(self._move, move, at))
        for revision in plan.revisions:
            at = dates.before(revision.days_before)
            if at < dates.last_sale:
                yield Step(at, act=partial(self._revise, revision, at))
        yield from self._outings()
        for at in dates.releases:
            yield Step(at, act=partial(self._release, at))
        if plan.status == EventStatus.CANCELLED:
            yield Step(dates.status_changed, act=self._cancel_event)

    def _outings(self) -> Iterator[Step]:
        for outing in self._stage.plan.outings:
            now = self._stage.dates.now
            out = now - timedelta(hours=outing.out_hours_ago)
            back = now - timedelta(hours=outing.back_hours_ago)
            yield Step(out, act=partial(self._go_out, outing, out))
            yield Step(back, act=partial(self._come_back, outing, back))

    def _book(self, buyers: Sequence[Sale]) -> None:
        for first in range(0, len(buyers), MAX_ORDERS):
            some = buyers[first : first + MAX_ORDERS]
            answers = book_many([self._order(sale) for sale in some], by=SYSTEM)
            for sale, answer in zip(some, answers, strict=True):
                if isinstance(answer, Answer) and answer.booking_id is not None:
                    self._remember(sale, answer.booking_id)
                else:
                    self._tally.refused += 1
                    self._turn_away(sale, answer)

    def _turn_away(self, sale: Sale, answer: Answer | RefusedError) -> None:
        """The counting in the process would say that it was today."""
        limit = limit_of(answer) if isinstance(answer, RefusedError) else None
        if limit is not None:
            item, channel = self._stage.items[sale.item], self._stage.channels[sale.channel]
            count = Count(quarter_of(sale.at), self._stage.event.pk, item.pk, channel.pk, limit)
            self._story.turn_away(count, sale.quantity)

    def _order(self, sale: Sale) -> Order:
        contact = None
        if sale.contact is not None:
            name, email = sale.contact
            contact = {"full_name": name, "email_address": email}
        seconds = None
        if sale.fate == Fate.HELD and sale.hold_until is not None:
            seconds = int((sale.hold_until - self._stage.dates.now).total_seconds())
        return Order(
            self._stage.event.pk,
            self._stage.channels[sale.channel].pk,
            (OrderLine(self._stage.items[sale.item].pk, sale.quantity),),
            confirm=sale.fate == Fate.SOLD,
            expires_in_seconds=seconds,
            reference=sale.reference,
            contact=contact,
        )

    def _remember(self, sale: Sale, booking: int) -> None:
        past = Past(booking, self._seller(sale), sale.at, hold_until=sale.hold_until)
        if sale.fate == Fate.SOLD:
            self._confirmed(past, sale.channel, sale.at)
        self._booked[sale] = past
        self._story.bookings.append(past)
        self._tally.bookings += 1
        self._tally.tickets += sale.quantity

    def _seller(self, sale: Sale) -> Actor:
        return self._company.seller(self._stage.plan.venue, sale.channel)

    def _confirmed(self, past: Past, channel: str, at: datetime) -> None:
        past.confirmed = past.changed = at
        if days := season.CHANNELS[channel].settlement_days:
            past.due_on = at.astimezone(self._stage.dates.zone).date() + timedelta(days=days)

    def _end(self, sale: Sale, at: datetime) -> None:
        """A hold is confirmed, released, or left to expire."""
        past = self._booked.get(sale)
        if past is None:
            return
        if sale.fate == Fate.CONFIRMED:
            services.confirm(past.booking, by=past.seller)
            self._confirmed(past, sale.channel, at)
            return
        past.changed = at
        del self._booked[sale]
        if sale.fate == Fate.RELEASED:
            services.cancel(past.booking, by=past.seller, reason="The buyer decided otherwise")
        else:
            Booking.objects.filter(pk=past.booking, status=BookingStatus.ON_HOLD).update(
                expires_at=self._stage.dates.now - timedelta(seconds=1)
            )
            expire_due(event_id=self._stage.event.pk)

    def _refund(self, sale: Sale, at: datetime, tickets: int) -> None:
        if (past := self._booked.get(sale)) is None:
            return
        services.cancel(
            past.booking,
            by=self._stage.manager,
            reason=REASONS[past.booking % len(REASONS)],
            lines=None if tickets == sale.quantity else {1: tickets},
        )
        past.changed = at
        if tickets == sale.quantity:
            del self._booked[sale]

    def _move(self, move: Move, at: datetime) -> None:
        rows = self._stage.rows(move.pool)
        pressed = [code for code in rows if season.CHANNELS[code].kind != ChannelKind.HIDDEN]
        source = min(rows, key=lambda code: _sell_through(rows[code]))
        target = max(pressed, key=lambda code: _sell_through(rows[code]))
        units = min(self._stage.plan.pools[move.pool] * move.percent // 100, rows[source].free)
        if units and source != target:
            reason = (
                f"Sold so far: {_sell_through(rows[source])} % at {season.CHANNELS[source].name},"
                f" {_sell_through(rows[target])} % at {season.CHANNELS[target].name}"
            )
            wish = Wish(rows[source].pk, rows[target].pk, units, reason)
            with self._story.at(at):
                request(wish, by=self._stage.manager, now=at)

    def _revise(self, revision: Revision, at: datetime) -> None:
        with transaction.atomic(), self._story.at(at):
            divide(self._stage, revision.pool, revision.reason, at)

    def _go_out(self, outing: Outing, at: datetime) -> None:
        seller = self._company.seller(self._stage.plan.venue, outing.channel)
        outings.go_out(self._stage, outing, seller, at, self._story)

    def _come_back(self, outing: Outing, at: datetime) -> None:
        seller = self._company.seller(self._stage.plan.venue, outing.channel)
        remember = partial(self._reported, outing.channel, seller, at)
        outings.come_back(self._stage, outing, seller, at, self._story, remember)

    def _reported(self, channel: str, seller: Actor, at: datetime, booking: Booking) -> None:
        past = Past(booking.pk, seller, at)
        self._confirmed(past, channel, at)
        self._story.bookings.append(past)
        self._tally.bookings += 1
        self._tally.tickets += sum(line.quantity for line in booking.lines.all())

    def _release(self, at: datetime) -> None:
        with self._story.at(at):
            for pool in self._stage.pools.values():
                release_pool(pool.pk, at)

    def _cancel_event(self) -> None:
        """Nobody comes, and everybody gets the money back."""
        plan, event, at = self._stage.plan, self._stage.event, self._stage.dates.status_changed
        with transaction.atomic(), self._story.at(at):
            event.status = EventStatus.CANCELLED
            save_because(event, plan.status_reason, by=self._stage.manager, fields=("status",))
        for past in self._booked.values():
            at += REFUND_EVERY
            services.cancel(past.booking, by=self._stage.manager, reason="The event was cancelled")
            past.changed = at
        self._booked.clear()


def _sell_through(row: Stock) -> int:
    return 100 * row.sold // row.quantity


def play(players: Sequence[Player], now: datetime) -> None:
    """Let all events sell, side by side, from the first sale of any until ``now``."""
    begins = [player.begins for player in players if player.begins is not None]
    end = min(begins, default=now)
    while end <= now:
        end += next(step for ago, step in SLICES if end <= now - ago)
        for player in players:
            player.play_until(end)
