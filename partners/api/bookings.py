"""Bookings over the API: hold, sell, change, give back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFoundError, RefusedError
from common.json_types import OneOf, Text
from common.rest.values import IdText, MomentText, Omittable, SpokenNumber
from idempotency.requests import repeat_of, sent
from partners.api import openapi, pages
from partners.api.bodies import Amendment, ChangedLine, NewBooking, NewLine
from partners.api.callers import (
    READ_BOOKINGS,
    REFUND,
    SELL,
    Caller,
    Need,
    only_seen_events,
    require,
)
from partners.api.openapi import Typed
from partners.api.view import ApiView
from sales import services
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine
from sales.orders import BookingJson, LineChange, Order, OrderLine, present


class BookingsQuery(pages.PageQuery):
    """Which bookings are listed."""

    event: Omittable[IdText] = None
    """Bookings of this event."""
    number: Omittable[SpokenNumber] = None
    """The booking with this short number, however it was typed."""
    status: Omittable[Annotated[str, OneOf(BookingStatus.values)]] = None
    """Bookings in this state."""
    reference: Omittable[Annotated[str, Text(100, minimum=1)]] = None
    """Bookings with exactly this reference."""
    created_from: Omittable[MomentText] = None
    """Bookings made at this moment or later."""
    created_before: Omittable[MomentText] = None
    """Bookings made before this moment."""
    channel: Omittable[IdText] = None
    """For a signed-in person: only this channel's. A key sees its own alone."""


class Bookings(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_BOOKINGS, "POST": SELL}

    @extend_schema(
        operation_id="list_bookings",
        summary="List bookings",
        description="The newest first.",
        tags=["bookings"],
        parameters=openapi.parameters(BookingsQuery),
        responses=openapi.answers(pages.Page[BookingJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(BookingsQuery)
        with_contact = self.caller.reads_contacts
        return Response(
            pages.page(
                request,
                find_bookings(self.caller, query),
                query.page_size,
                lambda booking: (booking.pk,),
                lambda booking: booking_answer(booking, list(booking.lines.all()), with_contact),
            )
        )

    @extend_schema(
        operation_id="create_booking",
        summary="Hold tickets, or sell them at once",
        description=(
            "Without `confirm` the tickets are held until `utc_expires_at`. All of it or nothing."
        ),
        tags=["bookings"],
        parameters=openapi.idempotent(required=True),
        request=Typed(NewBooking),
        responses=openapi.changes(BookingJson, status=201),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope, required=True)
        body = self.body(NewBooking)
        order = Order(
            event_id=body.event,
            channel_id=self.caller.channel(body.channel),
            lines=[order_line(line) for line in body.lines],
            confirm=body.confirm,
            expires_in_seconds=body.expires_in_seconds,
            reference=body.reference,
            contact=body.contact,
        )
        with only_seen_events(self.caller, order.channel_id, order.event_id):
            answer = services.book(order, by=self.caller.actor, repeat=repeat)
        response = sent(answer)
        response["Location"] = f"{request.path}{answer.data['id']}/"
        return response


def find_bookings(caller: Caller, query: BookingsQuery) -> QuerySet[Booking]:
    bookings = pages.newest_first(
        Booking.objects.filter(caller.bookings(query.channel)),
        query,
        event_id=query.event,
        pk=query.number,
        status=query.status,
        reference=query.reference,
        created_at__gte=query.created_from,
        created_at__lt=query.created_before,
    )
    return bookings.prefetch_related("lines")


def find_booking(caller: Caller, uuid: UUID) -> Booking:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    booking = Booking.objects.filter(caller.bookings(None), uuid=uuid).first()
    if booking is None:
        raise NotFoundError("There is no such booking.", field="id")
    return booking


def booking_answer(booking: Booking, lines: list[BookingLine], with_contact: bool) -> BookingJson:
    answer = present(booking, lines)
    if not with_contact:
        answer["contact"] = None
    return answer


def order_line(line: NewLine) -> OrderLine:
    return OrderLine(line.item, line.quantity, line.unit_price)


@contextmanager
def lines_named(count: int) -> Iterator[None]:
    """Name the line of a PATCH that was refused.

    The services number what changes and what is added apart from one another, so of several
    entries only the list can be named; the detail says which.
    """
    try:
        yield
    except RefusedError as refusal:
        if refusal.field:
            where = "lines[0]" if count == 1 else "lines[]"
            refusal.field = re.sub(r"^lines\[\d+\]", where, refusal.field)
        raise


class OneBooking(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_BOOKINGS, "PATCH": SELL}

    @extend_schema(
        operation_id="get_booking",
        summary="One booking",
        tags=["bookings"],
        responses=openapi.answers(BookingJson),
    )
    def get(self, request: Request, booking: UUID) -> HttpResponseBase:
        del request
        row = find_booking(self.caller, booking)
        lines = list(row.lines.order_by("number"))
        return Response(booking_answer(row, lines, self.caller.reads_contacts))

    @extend_schema(
        operation_id="amend_booking",
        summary="Change a hold or a sale",
        description=(
            "`lines` names only what changes: the tickets to keep of a line, or an item to add. "
            "Fewer tickets of a confirmed booking are refunded. All of it or nothing."
        ),
        tags=["bookings"],
        parameters=openapi.idempotent(),
        request=Typed(Amendment),
        responses=openapi.changes(BookingJson),
    )
    def patch(self, request: Request, booking: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(Amendment)
        row = find_booking(self.caller, booking)
        lines = body.lines or []
        changes = [
            LineChange(line.line, line.quantity) for line in lines if isinstance(line, ChangedLine)
        ]
        if changes and row.status == BookingStatus.CONFIRMED:
            require(self.caller, REFUND)
        with lines_named(len(lines)):
            return sent(
                services.amend(
                    row.pk,
                    by=self.caller.actor,
                    changes=changes,
                    additions=[order_line(line) for line in lines if isinstance(line, NewLine)],
                    contact=body.contact,
                    reference=body.reference,
                    repeat=repeat,
                    expected=BookingStatus(row.status),  # what was allowed was allowed of that
                )
            )
