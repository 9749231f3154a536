"""How a person ends a conflict: each way is one act with a reason, in one transaction.

Who may is asked at the doors (``offline.resolve_conflict``). A conflict is locked before the stock, and after
its event where the capacity changes (docs/ledger.md).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from allocations import ledger
from allocations.enums import MovementKind
from allocations.errors import StockRefusedError
from allocations.models import Stock
from allocations.selectors import room_now
from allocations.services import lock_event, set_capacity
from allocations.setup import EventSetup
from common.actor import SYSTEM, Actor
from common.as_shown import AsShown, nothing_shown
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.models import Pool
from idempotency.retry import attempt_any
from offline.conflicts import close
from offline.enums import ConflictStatus, Outcome, ReportKind, Resolution
from offline.errors import ConflictStateError
from offline.judging import late_booking
from offline.models import Conflict, Report
from offline.repeats import perhaps_the_same, reference_of
from sales import booking_sql, rules
from sales.booking_updates import group_of
from sales.entries import Counted, entries_for
from sales.models import Booking, BookingLine
from sales.orders import OrderLine
from transfers import services as transfers
from transfers.enums import TransferStatus
from transfers.models import Transfer

# How a conflict ends without a booking.
WITHOUT_BOOKING = (Resolution.REFUNDED, Resolution.REPORTED, Resolution.SETTLED)


@dataclass(frozen=True, slots=True)
class Line:
    """So many tickets of an item at a price."""

    item_id: int
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Missing:
    """Units that the channel's row of a pool lacks for a conflict: ``needed`` against ``room``."""

    row: Stock
    needed: int
    room: int

    @property
    def units(self) -> int:
        return self.needed - self.room


def book(conflict_id: int, *, by: Actor, reason: str, as_shown: AsShown = nothing_shown) -> Booking:
    """Book what was sold: by now there is stock.

    Raises ``ConflictStateError`` for a conflict that was resolved, or without anything to book,
    ``NotOnSaleError`` for a cancelled event, ``SoldOutError`` with the numbers, and what ``as_shown`` raises
    of the ``tickets`` in question.
    """

    def work() -> Booking:
        conflict = _open(conflict_id, reason)
        as_shown(_shown(conflict))
        setup = _setup(conflict)
        return _book(conflict, _lines(conflict), setup, Resolution.BOOKED, by=by, reason=reason)

    return attempt_any(work)


def book_other(
    conflict_id: int,
    lines: Sequence[OrderLine],
    *,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> Booking:
    """Book other items in the place of what was sold, at the channel's price unless a line has its own.

    Of a sale that could not be read too. Raises as ``book``, and ``NotFoundError`` for an item that the
    channel does not list, ``InvalidInputError`` for items of several events or no lines.
    """

    def work() -> Booking:
        conflict = _open(conflict_id, reason)
        if conflict.report.kind == ReportKind.RETURN:
            raise ConflictStateError("A return is no sale, and nothing is booked for it.")
        as_shown(_shown(conflict))
        setup = _setup(conflict, lines)
        prices = {
            item: listing.price
            for (item, channel), listing in setup.listings.items()
            if channel == conflict.channel_id
        }
        priced = []
        for index, line in enumerate(lines):
            rules.check_quantity(line.quantity, f"lines[{index}].quantity")
            if line.item_id not in prices:
                raise NotFoundError(
                    f"The channel lists no item {line.item_id}.", field=f"lines[{index}].item"
                )
            price = prices[line.item_id] if line.unit_price is None else line.unit_price
            priced.append(Line(line.item_id, line.quantity, price))
        return _book(conflict, priced, setup, Resolution.OTHER_ITEM, by=by, reason=reason)

    return attempt_any(work)


def move_and_book(
    conflict_id: int,
    sources: Iterable[int],
    *,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> Booking | list[Transfer]:
    """Move what is missing from other stock rows, one of each pool, and book in the same transaction.

    Where the policy asks for an approval, the transfers that wait are returned; when they have been approved
    the conflict is booked by itself (``book_approved``).

    Raises as ``book``, ``InvalidInputError`` where nothing is missing or a pool has no source, what
    ``transfers.services.request`` raises, and what ``as_shown`` raises of ``missing_<pool>`` too.
    """
    chosen = list(sources)

    def work() -> Booking | list[Transfer]:
        conflict = _open(conflict_id, reason)
        if conflict.transfers.filter(status=TransferStatus.REQUESTED).exists():
            raise ConflictStateError("Units for it wait for an approval already.")
        setup = _setup(conflict)
        rows = {row.pool_id: row for row in Stock.objects.filter(pk__in=chosen)}
        missing = missing_of(conflict, setup)
        as_shown(_shown(conflict, missing))
        if not missing:
            raise InvalidInputError("Nothing is missing: it can be booked.", field="sources")
        now = database_now()
        requests = []
        for lack in missing:
            source = rows.get(lack.row.pool_id)
            if source is None:
                raise InvalidInputError(
                    f"{lack.units} units of {lack.row.pool} are missing; say who gives them.",
                    field="sources",
                    missing=lack.units,
                )
            wish = transfers.Wish(source.pk, lack.row.pk, lack.units, reason, despite_stop=True)
            requests.append(transfers.request(wish, by=by, now=now))
        waiting = [transfer for transfer in requests if transfer.status == TransferStatus.REQUESTED]
        if waiting:
            conflict.transfers.set(requests)
            return waiting
        setup = _setup(conflict)
        return _book(conflict, _lines(conflict), setup, Resolution.MOVED, by=by, reason=reason)

    return attempt_any(work)


def raise_and_book(
    conflict_id: int, *, by: Actor, reason: str, as_shown: AsShown = nothing_shown
) -> Booking:
    """Raise the capacities of the pools by what is missing, for this channel, and book.

    Raises as ``book``, ``InvalidInputError`` where nothing is missing, and what ``as_shown`` raises of
    ``missing_<pool>`` too.
    """

    def work() -> Booking:
        event_id = Conflict.objects.filter(pk=conflict_id).values_list("event", flat=True).first()
        if event_id is not None:
            lock_event(event_id)
        conflict = _open(conflict_id, reason)
        missing = missing_of(conflict, _setup(conflict))
        as_shown(_shown(conflict, missing))
        if not missing:
            raise InvalidInputError("Nothing is missing: it can be booked.", field="reason")
        for lack in missing:
            pool = Pool.objects.get(pk=lack.row.pool_id or 0)
            set_capacity(
                pool=pool,
                capacity=pool.capacity + lack.units,
                by=by,
                reason=reason,
                gives_to=lack.row,
            )
        # Its versions are those of this transaction: nobody else may know them before it has committed.
        setup = EventSetup.load(_event_of(conflict))
        return _book(conflict, _lines(conflict), setup, Resolution.CAPACITY, by=by, reason=reason)

    return attempt_any(work)


def settle(
    conflict_id: int,
    resolution: Resolution,
    *,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> None:
    """End a conflict without a booking: the channel refunds the buyer, or it was settled elsewhere.

    Raises ``ConflictStateError``, ``InvalidInputError`` for another resolution, and what ``as_shown`` raises.
    """
    if resolution not in WITHOUT_BOOKING:
        raise InvalidInputError(f"{resolution} needs a booking.", field="resolution")

    def work() -> None:
        conflict = _open(conflict_id, reason)
        as_shown(_shown(conflict))
        close(conflict, resolution, reason, database_now(), by.user_id)

    attempt_any(work)


def book_approved() -> int:
    """Book the conflicts whose transfers have all been carried out since; returns how many."""
    waiting = Conflict.objects.filter(status=ConflictStatus.OPEN, transfers__isnull=False)
    conflicts = waiting.distinct().order_by("pk").prefetch_related("transfers")
    return sum(_book_moved(conflict) for conflict in conflicts)


def _book_moved(conflict: Conflict) -> bool:
    moved = list(conflict.transfers.all())
    if any(transfer.status == TransferStatus.REQUESTED for transfer in moved):
        return False
    if any(transfer.status != TransferStatus.EXECUTED for transfer in moved):
        conflict.transfers.clear()  # one was rejected, or has lapsed: a person has to look again
        return False
    reason, person = moved[0].reason, moved[0].requested_by_id
    by = SYSTEM if person is None else Actor(user_id=person)

    def work() -> Booking:
        locked = _open(conflict.pk, reason)
        setup = _setup(locked)
        return _book(locked, _lines(locked), setup, Resolution.MOVED, by=by, reason=reason)

    try:
        attempt_any(work)
    except RefusedError:  # somebody else has the units by now
        conflict.transfers.clear()
        return False
    return True


def missing_of(conflict: Conflict, setup: EventSetup) -> list[Missing]:
    """What the channel's rows of pools lack for the conflict at this moment; limits aside."""
    needed: dict[int, int] = {}
    for line in _lines(conflict):
        for row_id, units in (setup.listing_rows(line.item_id, conflict.channel_id) or {}).items():
            needed[row_id] = needed.get(row_id, 0) + units * line.quantity
    rows = Stock.objects.filter(pk__in=needed).select_related("pool", "channel", "draws_on")
    now = database_now()
    missing = []
    for row in rows.order_by("pk"):
        if row.pool_id is None:
            continue
        room = room_now(row, setup.rows[row.pk], now)
        if needed[row.pk] > room:
            missing.append(Missing(row, needed[row.pk], room))
    return missing


def _open(conflict_id: int, reason: str) -> Conflict:
    """Lock the conflict. Raises ``ConflictStateError`` when it was resolved."""
    if not reason.strip():
        raise InvalidInputError("Say why.", field="reason")
    conflict = (
        Conflict.objects.select_for_update(of=("self",))
        .select_related("report")
        .filter(pk=conflict_id)
        .first()
    )
    if conflict is None:
        raise NotFoundError("There is no such conflict.", field="conflict")
    if conflict.status == ConflictStatus.RESOLVED:
        how = str(Resolution(conflict.resolution).label).lower()
        raise ConflictStateError(f"The conflict was resolved before: {how}.")
    return conflict


def _shown(conflict: Conflict, missing: Sequence[Missing] = ()) -> Mapping[str, object]:
    """What a person may have been shown, as it is under the lock; of a pool that lacks nothing, 0.

    ``perhaps_the_same``: how many bookings may be this sale, reported anew.
    """
    shown = Counter({f"missing_{lack.row.pool_id}": lack.units for lack in missing})
    shown["tickets"] = sum(conflict.lines.values_list("quantity", flat=True))
    shown["perhaps_the_same"] = len(perhaps_the_same(conflict))
    return shown


def _lines(conflict: Conflict) -> list[Line]:
    lines = [
        Line(line.item_id, line.quantity, line.unit_price) for line in conflict.lines.order_by("pk")
    ]
    if not lines:
        raise ConflictStateError("The report cannot be read: say which items it was.")
    return lines


def _event_of(conflict: Conflict) -> int:
    if conflict.event_id is None:
        raise ConflictStateError("The report names no event that the channel sells.")
    return conflict.event_id


def _setup(conflict: Conflict, lines: Sequence[OrderLine] = ()) -> EventSetup:
    if not lines:
        return booking_sql.look(_event_of(conflict)).setup
    listings = conflict.channel.listings.filter(item__in=[line.item_id for line in lines])
    events = set(listings.values_list("event_id", flat=True))
    if len(events) > 1 or (conflict.event_id is not None and events - {conflict.event_id}):
        raise InvalidInputError("All items are of one event.", field="lines")
    if not events:
        raise NotFoundError("The channel lists none of these items.", field="lines")
    return booking_sql.look(events.pop()).setup


def _book(
    conflict: Conflict,
    lines: Sequence[Line],
    setup: EventSetup,
    resolution: Resolution,
    *,
    by: Actor,
    reason: str,
) -> Booking:
    if not lines:
        raise InvalidInputError("Say which items are booked.", field="lines")
    rules.require_not_cancelled(setup)
    now = database_now()
    channel = rules.find_channel(setup, conflict.channel_id)
    reference = reference_of(conflict.report.said) or conflict.report.client_id
    booking = late_booking(setup, channel.id, reference, by, now)
    [booking.pk] = booking_sql.reserve_ids(1)
    booked = [
        BookingLine(
            number=number,
            item_id=line.item_id,
            listing_id=setup.listings[line.item_id, channel.id].id,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for number, line in enumerate(lines, start=1)
    ]
    booking_sql.insert_many([(booking, booked)])
    Report.objects.filter(pk=conflict.report_id).update(
        booking=booking.pk, outcome=Outcome.ACCEPTED
    )
    close(conflict, resolution, reason, now, by.user_id)
    tickets = [(line.item_id, line.quantity) for line in lines]
    try:
        entries = entries_for(setup, channel.id, tickets, Counted.SOLD)
    except LookupError as error:
        raise ConflictStateError("The channel has no part in a pool that it takes from.") from error
    group = group_of(booking, setup, MovementKind.SELL, entries)
    try:
        ledger.post_one(group, by=by, reason=reason)
    except StockRefusedError as refusal:
        raise rules.sold_out(setup, channel.id, tickets, refusal) from refusal
    return booking
