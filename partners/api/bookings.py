"""Bookings over the API: hold, sell, change, give back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFoundError, RefusedError
from idempotency.answers import Answer
from partners.api import pages, schema
from partners.api.bodies import AMENDMENT, NEW_BOOKING
from partners.api.callers import (
    READ_BOOKINGS,
    REFUND,
    SELL,
    Caller,
    Need,
    only_seen_events,
    require,
)
from partners.api.queries import Moment, Number, OneOf, Query, SpokenNumber, Words
from partners.api.repeating import repeat_of
from partners.api.shapes import Text, an_id
from partners.api.view import ApiView, json_answer
from sales import services
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine
from sales.orders import LineChange, Order, OrderLine, present

LIST = Query(
    {
        "event": Number(an_id("Bookings of this event.")),
        "number": SpokenNumber("The booking with this short number, however it was typed."),
        "status": OneOf(BookingStatus.values, "Bookings in this state."),
        "reference": Words(Text(100, minimum=1, about="Bookings with exactly this reference.")),
        "created_from": Moment("Bookings made at this moment or later."),
        "created_before": Moment("Bookings made before this moment."),
        "channel": Number(
            an_id("For a signed-in person: only this channel's. A key sees its own alone.")
        ),
        **pages.parameters(1),
    }
)


class Bookings(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_BOOKINGS, "POST": SELL}

    @extend_schema(
        operation_id="list_bookings",
        summary="List bookings",
        description="The newest first.",
        tags=["bookings"],
        parameters=LIST.openapi(),
        responses=schema.answers(schema.page_of("Booking"), 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = LIST.read(request.query_params)
        rows = find_bookings(self.caller, wanted)
        with_contact = self.caller.reads_contacts
        return Response(
            pages.page(
                request,
                rows,
                wanted["page_size"],
                lambda booking: (booking.pk,),
                lambda booking: shown(booking, list(booking.lines.all()), with_contact),
            )
        )

    @extend_schema(
        operation_id="create_booking",
        summary="Hold tickets, or sell them at once",
        description=(
            "Without `confirm` the tickets are held until `utc_expires_at`. All of it or nothing."
        ),
        tags=["bookings"],
        parameters=schema.idempotent(required=True),
        request={"application/json": NEW_BOOKING.schema()},
        responses=schema.changes("Booking", status=201),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller, required=True)
        body = self.body(NEW_BOOKING)
        order = Order(
            event_id=body["event"],
            channel_id=self.caller.channel(body.get("channel")),
            lines=[order_line(line) for line in body["lines"]],
            confirm=body.get("confirm", False),
            expires_in_seconds=body.get("expires_in_seconds"),
            reference=body.get("reference", ""),
            contact=body.get("contact"),
        )
        with only_seen_events(self.caller, order.channel_id, order.event_id):
            answer = services.book(order, by=self.caller.actor, repeat=repeat)
        response = sent(answer)
        response["Location"] = f"{request.path}{answer.data['id']}/"
        return response


def find_bookings(caller: Caller, wanted: dict[str, Any]) -> QuerySet[Booking]:
    """The newest first, from the cursor on."""
    found = caller.bookings(wanted["channel"])
    for name, lookup in (
        ("event", "event_id"),
        ("number", "pk"),
        ("status", "status"),
        ("reference", "reference"),
        ("created_from", "created_at__gte"),
        ("created_before", "created_at__lt"),
    ):
        if wanted[name] is not None:
            found &= Q(**{lookup: wanted[name]})
    if wanted["cursor"]:
        found &= Q(pk__lt=wanted["cursor"][0])
    return Booking.objects.filter(found).order_by("-pk").prefetch_related("lines")


def find_booking(caller: Caller, uuid: UUID) -> Booking:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    found = Booking.objects.filter(caller.bookings(None), uuid=uuid).first()
    if found is None:
        raise NotFoundError("There is no such booking.", field="id")
    return found


def shown(booking: Booking, lines: list[BookingLine], with_contact: bool) -> dict[str, Any]:
    found = present(booking, lines)
    return found if with_contact else found | {"contact": None}


def order_line(line: dict[str, Any]) -> OrderLine:
    return OrderLine(line["item"], line["quantity"], line.get("unit_price"))


def sent(answer: Answer) -> HttpResponse:
    response = json_answer(answer.body, answer.status)
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response


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
        responses=schema.answers("Booking"),
    )
    def get(self, request: Request, booking: UUID) -> HttpResponseBase:
        del request
        found = find_booking(self.caller, booking)
        lines = list(found.lines.order_by("number"))
        return Response(shown(found, lines, self.caller.reads_contacts))

    @extend_schema(
        operation_id="amend_booking",
        summary="Change a hold or a sale",
        description=(
            "`lines` names only what changes: the tickets to keep of a line, or an item to add. "
            "Fewer tickets of a confirmed booking are refunded. All of it or nothing."
        ),
        tags=["bookings"],
        parameters=schema.idempotent(),
        request={"application/json": AMENDMENT.schema()},
        responses=schema.changes("Booking"),
    )
    def patch(self, request: Request, booking: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller)
        body = self.body(AMENDMENT)
        found = find_booking(self.caller, booking)
        lines = body.get("lines", [])
        changes = [LineChange(line["line"], line["quantity"]) for line in lines if "line" in line]
        if changes and found.status == BookingStatus.CONFIRMED:
            require(self.caller, REFUND)
        with lines_named(len(lines)):
            return sent(
                services.amend(
                    found.pk,
                    by=self.caller.actor,
                    changes=changes,
                    additions=[order_line(line) for line in lines if "item" in line],
                    contact=body.get("contact"),
                    reference=body.get("reference"),
                    repeat=repeat,
                    expected=BookingStatus(found.status),  # what was allowed was allowed of that
                )
            )
