"""What a terminal sends that was offline, each sale read by itself, and what it is told of each."""

import json
from typing import Annotated, Any

from django.http.response import HttpResponseBase
from pydantic import Field
from rest_framework.request import Request

from boxoffice.counter.answers import PaymentJson, present_payment
from boxoffice.counter.bodies import PaymentBody, SoldLine
from boxoffice.counter.sync import PaidSale, sync_counter
from boxoffice.counter.view import CounterView
from boxoffice.models import Payment
from boxoffice.models.payment import LONGEST_RECEIPT
from common.json_types import Entries
from common.rest.values import Body, Id, Omittable, UuidText
from idempotency.answers import Answer
from idempotency.requests import sent
from offline.enums import ReportKind
from offline.requests import ClientId, ClockTime, Entry, OneByOne, evidence
from offline.services import MAX_REPORTS
from sales.values import Lines, Reference


class OfflineSale(Body):
    """A sale that a terminal has made, and how it was paid."""

    client_id: ClientId
    receipt: Omittable[str] = None
    """The terminal's own number for it: of its lease, and of the receipt in it."""
    utc_sold_at: ClockTime = None
    event: Omittable[Id] = None
    lines: Lines[SoldLine]
    reference: Reference = ""
    payment: PaymentBody
    shift: Omittable[Id] = None
    """The till into which the money went."""


SALE_FIELDS = tuple(OfflineSale.model_fields)


class CounterSync(Body):
    """What was sold offline from one lease, in the order in which it was sold."""

    lease: Omittable[UuidText] = None
    sales: Annotated[
        list[Annotated[Entry[Any], OneByOne(OfflineSale)]], Entries(0, MAX_REPORTS)
    ] = Field(default_factory=list)
    # Tickets are taken back with the network there, out of an open till.
    returns: Annotated[list[object], Entries(0, 0)] = Field(default_factory=list)


class Sync(CounterView):
    def post(self, request: Request, channel_id: int) -> HttpResponseBase:
        del request
        repeat, counter, body = self.repeat, self.counter(channel_id), self.body(CounterSync)
        answer = sync_counter(
            counter,
            [paid_sale(entry) for entry in body.sales],
            clerk=self.clerk,
            lease=body.lease,
            repeat=repeat,
        )
        return sent(with_payments(answer, counter.pk))


def paid_sale(entry: Entry[OfflineSale]) -> PaidSale:
    read = entry.read
    known = evidence(SALE_FIELDS, entry.sent, "utc_sold_at")
    known["said"]["payment"] = _said_of_payment(entry.sent.get("payment"))
    if read is None:
        return PaidSale(client_id=entry.client_id, fault=entry.fault, **known)
    return PaidSale(
        client_id=entry.client_id,
        lines=[line.order_line for line in read.lines],
        reference=read.reference or _short(read.receipt),
        tender=read.payment.tender,
        receipt=_short(read.receipt),
        shift_id=read.shift,
        **known,
    )


def _short(receipt: str | None) -> str:
    """A receipt as the booking's reference, where it can be one; else the terminal's id is it."""
    is_short = receipt is not None and len(receipt) <= LONGEST_RECEIPT and receipt.isprintable()
    return receipt or "" if is_short else ""


def _said_of_payment(payment: object) -> object:
    """What is kept of it as evidence: its kind and what was tendered, and no text that somebody typed."""
    if not isinstance(payment, dict):
        return None
    return {name: str(payment.get(name))[:40] for name in ("kind", "tendered") if name in payment}


def with_payments(answer: Answer, channel_id: int) -> Answer:
    """The answer of the sync, with the payment of each sale: as it stands now, also where it is repeated."""
    body = answer.data
    sales = [result for result in body["results"] if result["kind"] == ReportKind.SALE]
    noted: dict[str, PaymentJson] = {
        payment.report.client_id: present_payment(payment)
        for payment in Payment.objects.filter(
            report__channel=channel_id,
            report__kind=ReportKind.SALE,
            report__client_id__in=[result["client_id"] for result in sales],
        ).select_related("report")
        if payment.report is not None
    }
    for result in sales:
        result["payment"] = noted.get(result["client_id"])
    return Answer(answer.status, json.dumps(body), answer.booking_id, answer.replayed)
