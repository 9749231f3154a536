"""A booking under its lock: opened, judged, saved, and posted to the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import StockRefusedError
from allocations.sellable import Shut, row_shut
from allocations.setup import EventSetup
from common.actor import Actor
from common.errors import NotFoundError, RefusedError
from idempotency.answers import Answer, Repeat
from idempotency.answers import claim as claim_key
from idempotency.answers import store as store_answer
from sales import booking_sql, rules
from sales.beside import Beside, unchanged
from sales.enums import BookingStatus
from sales.errors import HoldExpiredError, InvalidStateError, SoldOutError
from sales.models import Booking, BookingLine
from sales.orders import answer_with


def open_booking(
    booking_id: int, repeat: Repeat | None
) -> tuple[Booking, list[BookingLine], EventSetup, datetime]:
    """Claim the key, lock the booking, and only then read the clock that judges it."""
    claim_key(repeat)
    try:
        booking = Booking.objects.select_for_update().get(pk=booking_id)
    except Booking.DoesNotExist:
        raise NotFoundError("There is no such booking.", field="id") from None
    scene = booking_sql.look(booking.event_id)
    return booking, list(booking.lines.order_by("number")), scene.setup, scene.now


def require_live_hold(booking: Booking, now: datetime, step: str) -> None:
    """A hold past its time is over, swept or not. Nothing but a hold has a time to end."""
    if booking.expires_at is None:
        state = str(BookingStatus(booking.status).label).lower()
        raise InvalidStateError(
            f"The booking is {state} and cannot be {step}.", booking_status=booking.status
        )
    if booking.status == BookingStatus.EXPIRED or booking.expires_at <= now:
        raise HoldExpiredError(booking.expires_at, booking.event.venue.zone)


def require_in_time(ends: datetime | None, at: datetime, zone: ZoneInfo) -> None:
    """A hold that ended while its stock was waited for is over: nothing of it is done."""
    if ends is not None and ends <= at:
        raise HoldExpiredError(ends, zone)


def require_expected(booking: Booking, expected: BookingStatus | None, step: str) -> None:
    """What was allowed on the sight of one state is not done to another."""
    if expected is not None and booking.status != expected:
        state = str(BookingStatus(booking.status).label).lower()
        raise InvalidStateError(
            f"The booking is {state} by now and was not {step}.", booking_status=booking.status
        )


def save_booking(
    booking: Booking,
    lines: Sequence[BookingLine],
    now: datetime,
    repeat: Repeat | None,
    beside: Beside = unchanged,
) -> Answer:
    booking.updated_at = now
    booking.save()
    answer = beside(booking, lines, answer_with(200, booking, lines))
    store_answer(repeat, answer)
    return answer


def group_of(
    booking: Booking, setup: EventSetup, kind: MovementKind, entries: Sequence[ledger.Entry]
) -> ledger.Group:
    return ledger.Group(
        kind,
        entries,
        document_kind=DocumentKind.BOOKING,
        document_id=booking.pk,
        event_id=setup.id,
        config_version=setup.config_version,
        surroundings=setup.surroundings,
    )


def post(
    booking: Booking,
    setup: EventSetup,
    kind: MovementKind,
    entries: Sequence[ledger.Entry],
    tickets: Sequence[tuple[int, int]],
    by: Actor,
) -> datetime:
    """Returns the database's clock once the stock was locked: what time decides is decided by that."""
    try:
        return ledger.post_one(group_of(booking, setup, kind, entries), by=by).at
    except StockRefusedError as refusal:
        raise sold_out(setup, booking.channel_id, tickets, refusal) from refusal


def sold_out(
    setup: EventSetup,
    channel_id: int,
    tickets: Sequence[tuple[int, int]],
    refusal: StockRefusedError,
) -> SoldOutError:
    """What the seller of ``tickets``, (item, number), is told, and may be told instead after another look."""
    error = rules.sold_out(setup, channel_id, tickets, refusal)

    def instead(at: datetime, quantities: Mapping[int, int]) -> RefusedError | None:
        shut = shut_rows(setup, quantities, at)
        return rules.instead_of_sold_out(setup, channel_id, tickets, refusal, shut)

    error.instead = instead
    return error


def shut_rows(setup: EventSetup, quantities: Mapping[int, int], now: datetime) -> dict[int, Shut]:
    """Of rows, with their quantities, those that have not sold out, but give nothing at the moment."""
    judged = {pk: row_shut(setup.rows[pk], quantity, now) for pk, quantity in quantities.items()}
    return {pk: shut for pk, shut in judged.items() if shut is not None}
