"""What becomes of a booking: confirmed, extended, cancelled."""

from typing import ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from common.rest.parsing import malformed
from idempotency.requests import repeat_of, sent
from partners.api import openapi
from partners.api.bodies import Cancellation, Confirmation, Extension, RefundedLine
from partners.api.bookings import find_booking
from partners.api.callers import REFUND, SELL, Need, require
from partners.api.openapi import Typed
from partners.api.view import ApiView
from sales import services
from sales.enums import BookingStatus
from sales.orders import BookingJson


class Confirm(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": SELL}

    @extend_schema(
        operation_id="confirm_booking",
        summary="Turn a hold into a sale",
        description="Before `utc_expires_at` it never fails for lack of tickets.",
        tags=["bookings"],
        parameters=openapi.idempotent(),
        request=Typed(Confirmation),
        responses=openapi.changes(BookingJson),
    )
    def post(self, request: Request, booking: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(Confirmation)
        row = find_booking(self.caller, booking)
        return sent(
            services.confirm(
                row.pk,
                by=self.caller.actor,
                contact=body.contact,
                reference=body.reference,
                repeat=repeat,
            )
        )


class Extend(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": SELL}

    @extend_schema(
        operation_id="extend_booking",
        summary="Hold for longer",
        description="Counted from now; without a number, for the channel's usual time.",
        tags=["bookings"],
        parameters=openapi.idempotent(),
        request=Typed(Extension),
        responses=openapi.changes(BookingJson),
    )
    def post(self, request: Request, booking: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(Extension)
        row = find_booking(self.caller, booking)
        return sent(
            services.extend(
                row.pk,
                by=self.caller.actor,
                seconds=body.expires_in_seconds,
                repeat=repeat,
            )
        )


class Cancel(ApiView):
    @extend_schema(
        operation_id="cancel_booking",
        summary="Release a hold, or refund a sale",
        description=(
            "A hold is released whole. A confirmed booking is refunded whole, or so many tickets "
            "of the `lines` given; what is left of it stays confirmed."
        ),
        tags=["bookings"],
        parameters=openapi.idempotent(),
        request=Typed(Cancellation),
        responses=openapi.changes(BookingJson),
    )
    def post(self, request: Request, booking: UUID) -> HttpResponseBase:
        if not self.caller.may(REFUND):
            require(self.caller, SELL)
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(Cancellation)
        row = find_booking(self.caller, booking)
        # Of one that has ended either will do: it may be a repetition of what ended it.
        if row.status == BookingStatus.CONFIRMED:
            require(self.caller, REFUND)
        elif row.status == BookingStatus.ON_HOLD:
            require(self.caller, SELL)
        return sent(
            services.cancel(
                row.pk,
                by=self.caller.actor,
                reason=body.reason,
                lines=None if body.lines is None else _tickets(body.lines),
                repeat=repeat,
                expected=BookingStatus(row.status),  # what was allowed was allowed of that
            )
        )


def _tickets(lines: list[RefundedLine]) -> dict[int, int]:
    """Line → tickets. Raises ``InvalidRequestError`` for a line that is named twice."""
    tickets: dict[int, int] = {}
    for index, line in enumerate(lines):
        if line.line in tickets:
            raise malformed("This line is named twice.", f"lines[{index}].line")
        tickets[line.line] = line.quantity
    return tickets
