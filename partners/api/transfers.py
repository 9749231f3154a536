"""Transfers over the API: what has moved, asking for more, giving some back."""

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.errors import StockRefusedError
from common.errors import NotFoundError
from events.enums import Changing, EventStatus
from events.models import Event
from events.selectors import changed_since
from partners.api import pages, schema
from partners.api.bodies import NEW_TRANSFER, WITHDRAWAL
from partners.api.bookings import sent
from partners.api.callers import (
    ASK_FOR_TRANSFERS,
    DECIDE_TRANSFERS,
    READ_TRANSFERS,
    Caller,
    Need,
    no_event_of_channel,
)
from partners.api.events import CHANNEL
from partners.api.queries import Moment, Number, OneOf, Query
from partners.api.repeating import repeat_of
from partners.api.shapes import an_id
from partners.api.view import ApiView
from transfers.enums import TransferStatus
from transfers.models import Transfer
from transfers.partner_requests import (
    RELATED,
    Ask,
    Direction,
    ask,
    present,
    seen_by,
    take_back,
)
from transfers.partner_view import Partner, partner_of

STATUSES = [status for status in TransferStatus.values if status != TransferStatus.TRIAL]
LIST = Query(
    {
        "event": Number(an_id("Transfers of this event.")),
        "status": OneOf(STATUSES, "Transfers in this state."),
        "modified_since": Moment(
            "Transfers that were asked for, decided or ended since then. One of the minute before "
            "may be among them."
        ),
        **CHANNEL,
        **pages.parameters(1),
    }
)
ONE = Query(CHANNEL)


class Transfers(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_TRANSFERS, "POST": ASK_FOR_TRANSFERS}

    @extend_schema(
        operation_id="list_transfers",
        summary="List transfers",
        description="What you have asked for, and what has moved to or from you. The newest first.",
        tags=["transfers"],
        parameters=LIST.openapi(),
        responses=schema.answers(schema.page_of("Transfer"), 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = LIST.read(request.query_params)
        channel_id = self.caller.channel(wanted["channel"])
        rows = find_transfers(self.caller, channel_id, wanted)
        found, following = pages.cut(request, rows, wanted["page_size"], lambda one: (one.pk,))
        partner = reader_of(self.caller, channel_id, {one.pool_id for one in found})
        return Response({"results": [present(one, partner) for one in found], "next": following})

    @extend_schema(
        operation_id="create_transfer",
        summary="Ask for more units, or give some back",
        description=(
            "`MORE` waits until somebody at the venue approves it, unless a person of the venue asks. "
            "`BACK` is done at once, unless "
            "the venue wants to approve such transfers too: `needs` then says why. What is done has "
            "the status `EXECUTED`."
        ),
        tags=["transfers"],
        parameters=schema.idempotent(required=True),
        request={"application/json": NEW_TRANSFER.schema()},
        responses=schema.changes("Transfer", status=201),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller, required=True)
        body = self.body(NEW_TRANSFER)
        channel_id = self.caller.channel(body.get("channel"))
        event_id = body["event"]
        if not Event.objects.filter(self.caller.events(channel_id), pk=event_id).exists():
            raise no_event_of_channel()
        asked = Ask(
            event_id=event_id,
            pool_id=body["pool"],
            channel_id=channel_id,
            direction=Direction(body["direction"]),
            units=body["units"],
            reason=body["reason"],
            up_to=body.get("up_to", False),
            answerable_id=self.caller.answerable_id,
        )
        try:
            answer = ask(asked, by=self.caller.actor, repeat=repeat, now=timezone.now())
        except StockRefusedError as refusal:
            # Only the channel's own row is asked beforehand: the numbers are its own.
            refusal.field = "units"
            raise
        response = sent(answer)
        response["Location"] = f"{request.path}{answer.data['id']}/"
        return response


class OneTransfer(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_TRANSFERS}

    @extend_schema(
        operation_id="get_transfer",
        summary="One transfer",
        tags=["transfers"],
        parameters=ONE.openapi(),
        responses=schema.answers("Transfer", 400),
    )
    def get(self, request: Request, transfer: UUID) -> HttpResponseBase:
        channel_id = self.caller.channel(ONE.read(request.query_params)["channel"])
        found = find_transfer(self.caller, channel_id, transfer)
        return Response(present(found, reader_of(self.caller, channel_id, [found.pool_id])))


class CancelTransfer(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": ASK_FOR_TRANSFERS}

    @extend_schema(
        operation_id="cancel_transfer",
        summary="Withdraw a request of yours that waits",
        tags=["transfers"],
        parameters=schema.idempotent(required=True),
        request={"application/json": WITHDRAWAL.schema()},
        responses=schema.changes("Transfer"),
    )
    def post(self, request: Request, transfer: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller, required=True)
        body = self.body(WITHDRAWAL)
        channel_id = self.caller.channel(body.get("channel"))
        found = find_transfer(self.caller, channel_id, transfer)
        answer = take_back(
            found,
            channel_id,
            by=self.caller.actor,
            note=body.get("reason", ""),
            repeat=repeat,
            now=timezone.now(),
            may_decide=self.caller.may(DECIDE_TRANSFERS),
        )
        return sent(answer)


def find_transfers(caller: Caller, channel_id: int, wanted: dict[str, Any]) -> QuerySet[Transfer]:
    """The newest first, from the cursor on."""
    found = Q()
    if wanted["event"] is not None:
        found &= Q(event=wanted["event"])
    if wanted["status"] is not None:
        found &= Q(status=wanted["status"])
    if wanted["modified_since"] is not None:
        found &= Q(pk__in=changed_since(Changing.TRANSFER, wanted["modified_since"]))
    if wanted["cursor"]:
        found &= Q(pk__lt=wanted["cursor"][0])
    return _seen(caller, channel_id).filter(found).order_by("-pk")


def find_transfer(caller: Caller, channel_id: int, uuid: UUID) -> Transfer:
    """Raises ``NotFoundError`` for one that is not the channel's, as for one that is not."""
    found = _seen(caller, channel_id).filter(uuid=uuid).first()
    if found is None:
        raise NotFoundError("There is no such transfer.", field="id")
    return found


def _seen(caller: Caller, channel_id: int) -> QuerySet[Transfer]:
    allowed = seen_by(channel_id, by_venue=caller.sees_inside)
    seen = Transfer.objects.filter(allowed).exclude(status=TransferStatus.TRIAL)
    seen = seen.select_related(*RELATED)
    return seen if caller.sees_drafts else seen.exclude(event__status=EventStatus.DRAFT)


def reader_of(caller: Caller, channel_id: int, pools: Collection[int]) -> Partner:
    return partner_of(channel_id, pools, is_venue=caller.sees_inside)
