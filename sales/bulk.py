"""Many bookings of one event, decided together: what the demo sells now, and a sync later.

One transaction, one ledger call. Each order is accepted whole or refused whole, in the order given,
by the rules of ``sales.services.book``; one that is refused leaves no row behind.

The ledger is called last, as everywhere, while all orders are accepted: the bookings are inserted
before it, under ids taken from their sequence. Where it refuses one, that attempt is rolled back, and
the next inserts after the ledger has said which bookings there are to be, with the stock locked for
that statement too. To insert before, and to try again without the refused, would refuse in vain: what
one order leaves over for another is only certain under one lock (docs/adr/0006).
"""

from collections.abc import Mapping, Sequence

from allocations import ledger
from allocations.errors import RowRefusal, SetupChangedError, StockRefusedError
from allocations.models import Stock
from allocations.sellable import Shut
from common.actor import Actor
from common.errors import InvalidInputError, RefusedError
from idempotency.answers import Answer
from idempotency.retry import attempt_any
from sales import booking_sql, rules
from sales.assembly import Draft, draft
from sales.booking_updates import group_of, shut_rows
from sales.errors import SoldOutError
from sales.orders import Order
from sales.retry import Room
from sales.sellers import require_seller
from sales.turned_away.services import demand_of, note_refusal

MAX_ORDERS = 500


class _TooLateError(Exception):
    """So long was the wait for the stock that a window may have ended, or a hold's time be spent."""


def book_many(orders: Sequence[Order], *, by: Actor) -> list[Answer | RefusedError]:
    """Hold or sell many orders of one event; what became of each, in the same order.

    Raises ``InvalidInputError`` for more than ``MAX_ORDERS``, or for orders of several events,
    ``NotFoundError`` for no such event, ``BusyError`` when the stock stays locked too long. Then
    nothing has been sold.
    """
    if not orders:
        return []
    event_id = _only_event(orders)
    try:
        judged = attempt_any(
            lambda: _book(event_id, orders, by, whole=True), after_refusal=Room(event_id)
        )
    except (SoldOutError, _TooLateError):
        judged = attempt_any(lambda: _book(event_id, orders, by, whole=False))
    for order, judgment in zip(orders, judged, strict=True):
        if isinstance(judgment, RefusedError):
            note_refusal(demand_of(event_id, order.channel_id, order.lines), judgment)
    return judged


def _only_event(orders: Sequence[Order]) -> int:
    if len(orders) > MAX_ORDERS:
        raise InvalidInputError(
            f"At most {MAX_ORDERS} orders are booked at once, not {len(orders)}.",
            field="orders",
            asked=len(orders),
            maximum=MAX_ORDERS,
        )
    event_id = orders[0].event_id
    for index, order in enumerate(orders):
        if order.event_id != event_id:
            raise InvalidInputError(
                f"The orders are of event {event_id}, and one is of event {order.event_id}.",
                field=f"orders[{index}].event",
            )
    return event_id


def _book(
    event_id: int, orders: Sequence[Order], by: Actor, *, whole: bool
) -> list[Answer | RefusedError]:
    """Raises ``SoldOutError``, naming every row that said no, where ``whole`` cannot be had."""
    scene = booking_sql.look(event_id)
    judged = [_judge(order, by, scene) for order in orders]
    drafts = [judgement for judgement in judged if isinstance(judgement, Draft)]
    if not drafts:
        return [judgement for judgement in judged if isinstance(judgement, RefusedError)]
    for booking_draft, booking_id in zip(drafts, booking_sql.reserve_ids(len(drafts)), strict=True):
        booking_draft.booking.pk = booking_id
    if whole:
        _insert(drafts)
    groups = [
        group_of(booking_draft.booking, scene.setup, booking_draft.kind, booking_draft.entries)
        for booking_draft in drafts
    ]
    posting = ledger.post(groups, by=by)
    verdicts = posting.verdicts
    if any(isinstance(verdict, SetupChangedError) for verdict in verdicts):
        raise SetupChangedError
    refusals = [verdict for verdict in verdicts if isinstance(verdict, StockRefusedError)]
    if whole and refusals:
        raise _sold_out(refusals)
    accepted = [
        booking_draft
        for booking_draft, verdict in zip(drafts, verdicts, strict=True)
        if verdict is None
    ]
    if whole and any(booking_draft.is_short(posting.at) for booking_draft in accepted):
        raise _TooLateError
    try:
        for booking_draft in accepted:
            booking_draft.require_in_time(scene.setup, posting.at)
    except RefusedError as refusal:
        # All are judged anew: those that are still in time are sold.
        raise SetupChangedError from refusal
    if not whole:
        _insert([booking_draft.begun_at(posting.at) for booking_draft in accepted])
    left = iter(verdicts)
    refused = {row.stock_id for refusal in refusals for row in refusal.rows}
    rows = Stock.objects.filter(pk__in=refused).values_list("pk", "quantity")
    shut = shut_rows(scene.setup, dict(rows), posting.at)
    return [
        judgement
        if isinstance(judgement, RefusedError)
        else _answer(judgement, next(left), scene, shut)
        for judgement in judged
    ]


def _judge(order: Order, by: Actor, scene: booking_sql.Scene) -> Draft | RefusedError:
    try:
        require_seller(by, order.channel_id)
        return draft(order, by, scene)
    except RefusedError as refusal:
        return refusal


def _insert(drafts: Sequence[Draft]) -> None:
    booking_sql.insert_many(
        [(booking_draft.booking, booking_draft.lines) for booking_draft in drafts]
    )


def _sold_out(refusals: Sequence[StockRefusedError]) -> SoldOutError:
    error = SoldOutError(f"{len(refusals)} of the orders cannot be had.")
    # The largest demand on each row: room for that is room worth trying for.
    rows: dict[int, RowRefusal] = {}
    for row in (row for refusal in refusals for row in refusal.rows):
        if row.stock_id not in rows or rows[row.stock_id].units < row.units:
            rows[row.stock_id] = row
    error.rows = tuple(rows.values())
    return error


def _answer(
    booking_draft: Draft,
    verdict: ledger.Verdict,
    scene: booking_sql.Scene,
    shut: Mapping[int, Shut],
) -> Answer | RefusedError:
    if isinstance(verdict, StockRefusedError):
        who = scene.setup, booking_draft.booking.channel_id, booking_draft.wanted, verdict
        return rules.instead_of_sold_out(*who, shut) or rules.sold_out(*who)
    return booking_draft.answer
