"""The calls of the counter's screen (docs/shifts.md)."""

from typing import Annotated, ClassVar

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from boxoffice.counter import services
from boxoffice.counter.answers import present_shift
from boxoffice.counter.bodies import (
    NewChange,
    NewRefund,
    NewSale,
    NewShift,
    NewTransfer,
    Search,
    ShiftEnd,
)
from boxoffice.counter.catalog import EventChoice, catalog
from boxoffice.counter.lookup import search
from boxoffice.counter.selectors import REFUND, expected_cash, find_shift
from boxoffice.counter.view import CounterView
from common.actor import Actor
from common.clock import utc
from common.json_types import Text
from common.rest.problems import MissingScopeError
from common.rest.values import IdText, Omittable, Query
from idempotency.requests import sent
from sales.orders import LineChange, Order
from transfers.partner_requests import Ask, Direction, ask
from transfers.selectors import REQUEST


class CatalogQuery(Query):
    """Which events."""

    q: Annotated[str, Text(100)] = ""
    event: Omittable[IdText] = None


class Catalog(CounterView):
    def get(self, request: Request, channel_id: int) -> HttpResponseBase:
        del request
        query = self.query(CatalogQuery)
        choice = EventChoice(query.q.strip(), query.event)
        return Response(catalog(self.counter(channel_id), self.clerk, choice))


class Sales(CounterView):
    def post(self, request: Request) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(NewSale)
        counter, tender = self.counter(body.channel), body.payment.tender
        if body.booking is not None:
            answer = services.sell_hold(
                counter,
                body.booking,
                tender,
                clerk=self.clerk,
                contact=body.contact,
                reference=body.reference,
                repeat=repeat,
            )
        else:
            order = Order(
                event_id=body.event or 0,
                channel_id=counter.pk,
                lines=[line.order_line for line in body.lines or ()],
                reference=body.reference or "",
                contact=body.contact,
            )
            answer = services.sell_at_once(order, tender, clerk=self.clerk, repeat=repeat)
        return sent(answer)


class Refunds(CounterView):
    needs: ClassVar[dict[str, str]] = {"POST": REFUND}

    def post(self, request: Request) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(NewRefund)
        answer = services.refund(
            self.counter(body.channel),
            body.booking,
            body.tender,
            clerk=self.clerk,
            lines=body.tickets,
            repeat=repeat,
        )
        return sent(answer)


class Changes(CounterView):
    def post(self, request: Request) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(NewChange)
        if body.lines and not self.clerk.has_perm(REFUND):
            raise MissingScopeError(f"This takes a person with the permission {REFUND}.")
        answer = services.change_booking(
            self.counter(body.channel),
            body.booking,
            body.tender,
            clerk=self.clerk,
            changes=[LineChange(line.line, line.quantity) for line in body.lines],
            additions=[line.order_line for line in body.add],
            repeat=repeat,
        )
        return sent(answer)


class Transfers(CounterView):
    needs: ClassVar[dict[str, str]] = {"POST": REQUEST}

    def post(self, request: Request) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(NewTransfer)
        terms = Ask(
            event_id=body.event,
            pool_id=body.pool,
            channel_id=self.counter(body.channel).pk,
            direction=Direction.MORE,
            units=body.units,
            reason=body.reason,
            source_id=body.source,
        )
        by = Actor.person(self.clerk)
        return sent(ask(terms, by=by, repeat=repeat, now=timezone.now()))


class FindBookings(CounterView):
    """By POST: no address is to hold a name."""

    def post(self, request: Request) -> HttpResponseBase:
        del request
        body = self.body(Search)
        return Response({"results": search(self.counter(body.channel).pk, body.q, self.clerk)})


class Printings(CounterView):
    needs: ClassVar[dict[str, str]] = {"POST": "boxoffice.view_payment"}

    def post(self, request: Request, payment_id: int) -> HttpResponseBase:
        del request
        printing = services.note_printing(payment_id, clerk=self.clerk)
        return Response({"utc_printed_at": utc(printing.at)}, status=201)


class Shifts(CounterView):
    def post(self, request: Request) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(NewShift)
        answer = services.open_shift(
            self.counter(body.channel),
            clerk=self.clerk,
            terminal=body.terminal,
            opening_float=body.opening_float,
            repeat=repeat,
        )
        return sent(answer)


class OneShift(CounterView):
    needs: ClassVar[dict[str, str]] = {"GET": "boxoffice.view_shift"}

    def get(self, request: Request, shift_id: int) -> HttpResponseBase:
        del request
        shift = find_shift(self.clerk, shift_id)
        return Response(present_shift(shift, expected_cash(shift)))


class ShiftClose(CounterView):
    needs: ClassVar[dict[str, str]] = {"POST": "boxoffice.view_shift"}

    def post(self, request: Request, shift_id: int) -> HttpResponseBase:
        del request
        repeat, body = self.repeat, self.body(ShiftEnd)
        answer = services.close_shift(
            shift_id,
            clerk=self.clerk,
            counted=body.counted,
            pieces=body.pieces,
            note=body.note,
            repeat=repeat,
        )
        return sent(answer)
