"""Leases over the API: tickets set aside for a terminal that sells while it is offline."""

from typing import Annotated, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFoundError
from common.json_types import OneOf
from common.rest.values import IdText, Omittable
from idempotency.requests import repeat_of, sent
from offline.services import (
    LeaseJson,
    LeaseOrder,
    OrderLine,
    extend_lease,
    hand_back_lease,
    present_lease,
    take_lease,
)
from partners.api import openapi, pages
from partners.api.bodies import LeaseExtension, LeaseReturn, NewLease
from partners.api.callers import LEASE, READ_LEASES, Caller, Need, only_seen_events
from partners.api.openapi import Typed
from partners.api.view import ApiView
from sales.enums import BlockKind, BlockStatus
from sales.models import Block


class LeasesQuery(pages.PageQuery):
    """Which leases are listed."""

    event: Omittable[IdText] = None
    """Leases of this event."""
    status: Omittable[Annotated[str, OneOf(BlockStatus.values)]] = None
    """Leases in this state."""
    channel: Omittable[IdText] = None
    """For a signed-in person: only this channel's. A key sees its own alone."""


class Leases(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_LEASES, "POST": LEASE}

    @extend_schema(
        operation_id="list_leases",
        summary="List leases",
        description="The newest first.",
        tags=["late sales"],
        parameters=openapi.parameters(LeasesQuery),
        responses=openapi.answers(pages.Page[LeaseJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(LeasesQuery)
        return Response(
            pages.page(
                request,
                find_leases(self.caller, query),
                query.page_size,
                lambda lease: (lease.pk,),
                lambda lease: present_lease(lease, list(lease.lines.all())),
            )
        )

    @extend_schema(
        operation_id="create_lease",
        summary="Set tickets aside for a terminal that is offline at times",
        description=(
            "By the rules of a sale, and within the same stock and limits. The terminal sells them until "
            "`utc_expires_at`; what is reported until `utc_hands_back_at` has its tickets for sure."
        ),
        tags=["late sales"],
        parameters=openapi.idempotent(required=True),
        request=Typed(NewLease),
        responses=openapi.changes(LeaseJson, status=201),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope, required=True)
        body = self.body(NewLease)
        order = LeaseOrder(
            event_id=body.event,
            channel_id=self.caller.channel(body.channel),
            terminal=body.terminal,
            lines=[OrderLine(line.item, line.quantity) for line in body.lines],
            expires_in_seconds=body.expires_in_seconds,
        )
        with only_seen_events(self.caller, order.channel_id, order.event_id):
            answer = take_lease(order, by=self.caller.actor, repeat=repeat)
        response = sent(answer)
        response["Location"] = f"{request.path}{answer.data['id']}/"
        return response


class OneLease(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_LEASES}

    @extend_schema(
        operation_id="get_lease",
        summary="One lease",
        tags=["late sales"],
        responses=openapi.answers(LeaseJson),
    )
    def get(self, request: Request, lease: UUID) -> HttpResponseBase:
        del request
        row = find_lease(self.caller, lease)
        return Response(present_lease(row, list(row.lines.all())))


class ExtendLease(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": LEASE}

    @extend_schema(
        operation_id="extend_lease",
        summary="Let a terminal sell from its lease for longer",
        description="Counted from now. Also of a lease that has expired, until its rest is handed back.",
        tags=["late sales"],
        parameters=openapi.idempotent(),
        request=Typed(LeaseExtension),
        responses=openapi.changes(LeaseJson),
    )
    def post(self, request: Request, lease: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(LeaseExtension)
        row = find_lease(self.caller, lease)
        return sent(
            extend_lease(
                row.pk, by=self.caller.actor, seconds=body.expires_in_seconds, repeat=repeat
            )
        )


class ReturnLease(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": LEASE}

    @extend_schema(
        operation_id="return_lease",
        summary="Hand back what is left of a lease",
        description=("Sync first. What is reported of it later is booked while there is stock."),
        tags=["late sales"],
        parameters=openapi.idempotent(),
        request=Typed(LeaseReturn),
        responses=openapi.changes(LeaseJson),
    )
    def post(self, request: Request, lease: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(LeaseReturn)
        row = find_lease(self.caller, lease)
        return sent(
            hand_back_lease(row.pk, by=self.caller.actor, reason=body.reason, repeat=repeat)
        )


def find_leases(caller: Caller, query: LeasesQuery) -> QuerySet[Block]:
    seen = _seen(caller, query.channel)
    return pages.newest_first(seen, query, event_id=query.event, status=query.status)


def find_lease(caller: Caller, uuid: UUID) -> Block:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    lease = _seen(caller, None).filter(uuid=uuid).first()
    if lease is None:
        raise NotFoundError("There is no such lease.", field="id")
    return lease


def _seen(caller: Caller, channel: int | None) -> QuerySet[Block]:
    seen = Block.objects.filter(caller.late(channel), kind=BlockKind.LEASE)
    return seen.prefetch_related("lines")
