"""Transfers over the API: what has moved, asking for more, giving some back."""

from collections.abc import Collection
from typing import Annotated, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.errors import StockRefusedError
from common.errors import NotFoundError
from common.json_types import OneOf
from common.rest.values import IdText, MomentText, Omittable
from events.enums import Changing, EventStatus
from events.models import Event
from events.selectors import changed_since
from idempotency.requests import repeat_of, sent
from partners.api import openapi, pages
from partners.api.bodies import NewTransfer, Withdrawal
from partners.api.callers import (
    ASK_FOR_TRANSFERS,
    DECIDE_TRANSFERS,
    READ_TRANSFERS,
    Caller,
    Need,
    no_event_of_channel,
)
from partners.api.events import ChannelQuery
from partners.api.openapi import Typed
from partners.api.view import ApiView
from transfers.enums import TransferStatus
from transfers.models import Transfer
from transfers.partner_requests import (
    RELATED,
    STATUSES,
    Ask,
    Direction,
    TransferJson,
    ask,
    present,
    seen_by,
    take_back,
)
from transfers.partner_view import Partner, partner_of


class TransfersQuery(ChannelQuery, pages.PageQuery):
    """Which transfers are listed."""

    event: Omittable[IdText] = None
    """Transfers of this event."""
    status: Omittable[Annotated[str, OneOf(STATUSES)]] = None
    """Transfers in this state."""
    modified_since: Omittable[MomentText] = None
    """
    Transfers that were asked for, decided or ended since then. One of the minute before may be among
    them.
    """


class Transfers(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_TRANSFERS, "POST": ASK_FOR_TRANSFERS}

    @extend_schema(
        operation_id="list_transfers",
        summary="List transfers",
        description="What you have asked for, and what has moved to or from you. The newest first.",
        tags=["transfers"],
        parameters=openapi.parameters(TransfersQuery),
        responses=openapi.answers(pages.Page[TransferJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(TransfersQuery)
        channel_id = self.caller.channel(query.channel)
        rows = find_transfers(self.caller, channel_id, query)
        transfers, following = pages.cut(request, rows, query.page_size, lambda row: (row.pk,))
        partner = reader_of(self.caller, channel_id, {row.pool_id for row in transfers})
        page: pages.Page[TransferJson] = {
            "results": [present(transfer, partner) for transfer in transfers],
            "next": following,
        }
        return Response(page)

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
        parameters=openapi.idempotent(required=True),
        request=Typed(NewTransfer),
        responses=openapi.changes(TransferJson, status=201),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope, required=True)
        body = self.body(NewTransfer)
        channel_id = self.caller.channel(body.channel)
        if not Event.objects.filter(self.caller.events(channel_id), pk=body.event).exists():
            raise no_event_of_channel()
        terms = Ask(
            event_id=body.event,
            pool_id=body.pool,
            channel_id=channel_id,
            direction=Direction(body.direction),
            units=body.units,
            reason=body.reason,
            up_to=body.up_to,
            answerable_id=self.caller.answerable_id,
        )
        try:
            answer = ask(terms, by=self.caller.actor, repeat=repeat, now=timezone.now())
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
        parameters=openapi.parameters(ChannelQuery),
        responses=openapi.answers(TransferJson, 400),
    )
    def get(self, request: Request, transfer: UUID) -> HttpResponseBase:
        del request
        channel_id = self.caller.channel(self.query(ChannelQuery).channel)
        row = find_transfer(self.caller, channel_id, transfer)
        return Response(present(row, reader_of(self.caller, channel_id, [row.pool_id])))


class CancelTransfer(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": ASK_FOR_TRANSFERS}

    @extend_schema(
        operation_id="cancel_transfer",
        summary="Withdraw a request of yours that waits",
        tags=["transfers"],
        parameters=openapi.idempotent(required=True),
        request=Typed(Withdrawal),
        responses=openapi.changes(TransferJson),
    )
    def post(self, request: Request, transfer: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope, required=True)
        body = self.body(Withdrawal)
        channel_id = self.caller.channel(body.channel)
        row = find_transfer(self.caller, channel_id, transfer)
        answer = take_back(
            row,
            channel_id,
            by=self.caller.actor,
            note=body.reason,
            repeat=repeat,
            now=timezone.now(),
            may_decide=self.caller.may(DECIDE_TRANSFERS),
        )
        return sent(answer)


def find_transfers(caller: Caller, channel_id: int, query: TransfersQuery) -> QuerySet[Transfer]:
    transfers = pages.newest_first(
        _seen(caller, channel_id), query, event=query.event, status=query.status
    )
    if query.modified_since is not None:
        transfers = transfers.filter(pk__in=changed_since(Changing.TRANSFER, query.modified_since))
    return transfers


def find_transfer(caller: Caller, channel_id: int, uuid: UUID) -> Transfer:
    """Raises ``NotFoundError`` for one that is not the channel's, as for one that is not."""
    transfer = _seen(caller, channel_id).filter(uuid=uuid).first()
    if transfer is None:
        raise NotFoundError("There is no such transfer.", field="id")
    return transfer


def _seen(caller: Caller, channel_id: int) -> QuerySet[Transfer]:
    allowed = seen_by(channel_id, by_venue=caller.sees_inside)
    seen = Transfer.objects.filter(allowed).exclude(status=TransferStatus.TRIAL)
    seen = seen.select_related(*RELATED)
    return seen if caller.sees_drafts else seen.exclude(event__status=EventStatus.DRAFT)


def reader_of(caller: Caller, channel_id: int, pools: Collection[int]) -> Partner:
    return partner_of(channel_id, pools, is_venue=caller.sees_inside)
