"""What a channel reports late, and what of it could not be done."""

from typing import Annotated, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFoundError
from common.json_types import OneOf
from common.rest.values import IdText, Omittable, UuidText
from idempotency.requests import repeat_of, sent
from offline.enums import ConflictStatus
from offline.models import Conflict
from offline.requests import SyncCall, return_report, sale_report
from offline.selectors import RELATED, ConflictJson, present
from offline.services import SyncJson, sync
from partners.api import openapi, pages
from partners.api.callers import READ_CONFLICTS, SYNC, SYNC_RETURNS, Caller, Need, require
from partners.api.openapi import Typed
from partners.api.view import ApiView


class Syncs(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": SYNC}

    @extend_schema(
        operation_id="sync",
        summary="Report sales and returns that have been made",
        description=(
            "Up to 1,000 together, with a result for each in the order sent, sales before returns. Each counts "
            "once under its `client_id`, for ever: send again whatever you are not sure of. What was sold is "
            "booked while there is stock; windows, stops and prices are noted and not enforced. One that "
            "cannot be booked or read is kept for the venue, and holds up no other; only an "
            "entry without a `client_id` fails the call."
        ),
        tags=["late sales"],
        parameters=openapi.idempotent(required=True),
        request=Typed(SyncCall),
        responses=openapi.changes(SyncJson),
    )
    def post(self, request: Request) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope, required=True)
        body = self.body(SyncCall)
        if body.returns:
            require(self.caller, SYNC_RETURNS)
        return sent(
            sync(
                self.caller.channel(body.channel),
                [sale_report(entry) for entry in body.sales],
                [return_report(entry) for entry in body.returns],
                by=self.caller.actor,
                lease=body.lease,
                repeat=repeat,
            )
        )


class ConflictsQuery(pages.PageQuery):
    """Which conflicts are listed."""

    event: Omittable[IdText] = None
    """Conflicts of this event."""
    status: Omittable[Annotated[str, OneOf(ConflictStatus.values)]] = None
    """Conflicts in this state."""
    sales_file: Omittable[UuidText] = None
    """Conflicts of this sales file."""
    channel: Omittable[IdText] = None
    """For a signed-in person: only this channel's. A key sees its own alone."""


class Conflicts(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_CONFLICTS}

    @extend_schema(
        operation_id="list_conflicts",
        summary="List what could not be done of your reports",
        description="The newest first. The venue resolves each; none is ever dropped.",
        tags=["late sales"],
        parameters=openapi.parameters(ConflictsQuery),
        responses=openapi.answers(pages.Page[ConflictJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(ConflictsQuery)
        return Response(
            pages.page(
                request,
                find_conflicts(self.caller, query),
                query.page_size,
                lambda conflict: (conflict.pk,),
                present,
            )
        )


class OneConflict(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_CONFLICTS}

    @extend_schema(
        operation_id="get_conflict",
        summary="One conflict, and what became of it",
        tags=["late sales"],
        responses=openapi.answers(ConflictJson),
    )
    def get(self, request: Request, conflict: UUID) -> HttpResponseBase:
        del request
        row = _seen(self.caller, None).filter(uuid=conflict).first()
        if row is None:
            raise NotFoundError("There is no such conflict.", field="id")
        return Response(present(row))


def find_conflicts(caller: Caller, query: ConflictsQuery) -> QuerySet[Conflict]:
    seen = _seen(caller, query.channel)
    return pages.newest_first(
        seen,
        query,
        event_id=query.event,
        status=query.status,
        report__sync__sales_file__uuid=query.sales_file,
    )


def _seen(caller: Caller, channel: int | None) -> QuerySet[Conflict]:
    seen = Conflict.objects.filter(caller.late(channel))
    return seen.select_related(*RELATED).prefetch_related("lines")
