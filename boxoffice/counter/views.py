"""The calls of the counter's screen (docs/shifts.md)."""

from typing import Annotated, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from boxoffice.counter import services
from boxoffice.counter.answers import present_shift
from boxoffice.counter.bodies import NewSale, NewShift, ShiftEnd
from boxoffice.counter.catalog import EventChoice, catalog
from boxoffice.counter.selectors import expected_cash, find_shift
from boxoffice.counter.view import CounterView
from common.json_types import Text
from common.rest.values import IdText, Omittable, Query
from idempotency.requests import sent
from sales.orders import Order


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
