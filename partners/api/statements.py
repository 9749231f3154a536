"""A channel's allocation statement: what it had, every change with its reason, what it has."""

import hashlib
from typing import Annotated, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from allocations.models import SalesChannel
from allocations.unreported import UnreportedJson
from common.clock import utc
from common.json_types import Moment, OneOf, RowId, Uuid
from common.rest.values import MomentText, Omittable
from events.models import Event
from partners.api import openapi
from partners.api.allocation import AllocationQuery
from partners.api.callers import READ_STOCK, Need, no_event_of_channel
from partners.api.events import matches
from partners.api.view import ApiView
from transfers.statement.account import Edges, LineKind, edges_of
from transfers.statement.lines import Line, PoolStatement, Reader, Statement, Who, statement_of
from transfers.statement.table import file_name, write_csv

CSV = "text/csv"


class StatementQuery(AllocationQuery):
    """Of which event and time, and in which form."""

    from_: Omittable[MomentText] = None
    """Changes at this moment or later; else from the beginning."""
    until: Omittable[MomentText] = None
    """Changes before this moment; else until now."""
    format: Omittable[Annotated[str, OneOf(("json", "csv"))]] = None
    """`json` unless said."""


class StatementLineJson(TypedDict):
    """A change of the channel's units, or of its drawing terms alone: then `units` is 0."""

    kind: Annotated[str, OneOf(LineKind)]
    """`DRAWN` and `GIVEN_BACK` are what sales did, summed by the venue's days."""
    text: str
    utc_at: Moment
    """Of a sum, when its last sale was."""
    utc_since: Moment | None
    """Of a sum, when its first sale was."""
    units: int
    """More, or fewer where it is negative."""
    balance: int
    """Your units after it."""
    counterpart: str
    """Where they came from, or went; no other's name."""
    who: Annotated[str, OneOf(Who)]
    reason: str
    note: str
    """What was said to a request of yours."""
    transfer: Uuid | None
    plan_version: int | None


class BalanceJson(TypedDict):
    """Your numbers at the end of the period."""

    quantity: int
    held: int
    sold: int
    drawn: int
    free: int


class PoolStatementJson(TypedDict):
    """A pool in which the channel has a part. `opening` and all `units` add up to `closing`."""

    id: RowId
    name: str
    opening: int
    """Your units when the period begins."""
    lines: list[StatementLineJson]
    closing: BalanceJson
    unreported: UnreportedJson | None
    """Of a channel that reports late, in a statement until now. It is in no balance."""


class StatementJson(TypedDict):
    """What one channel had of an event, every change of it, and what it has."""

    event: RowId
    channel: RowId
    time_zone: str
    """The venue's, whose days are summed."""
    utc_as_of: Moment
    utc_from: Moment | None
    utc_until: Moment | None
    pools: list[PoolStatementJson]


class CsvRenderer(BaseRenderer):
    """So that ``Accept: text/csv`` is not refused; the view writes the file itself."""

    media_type = CSV
    format = "csv"


class AllocationStatement(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_STOCK}
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="get_allocation_statement",
        summary="Every change of your part, and why",
        description=(
            "For each pool the opening balance, each change of your units in order with the balance "
            "after it, and the closing balance. What your sales draw from open stock is summed by "
            "the days of the venue. The lines always add up. Send the `ETag` of the last answer as "
            "`If-None-Match`: while nothing has changed the answer is an empty 304."
        ),
        tags=["allocation"],
        parameters=[*openapi.parameters(StatementQuery), *openapi.CONDITIONAL],
        responses=openapi.answers(StatementJson, 400)
        | {
            (200, CSV): OpenApiResponse(OpenApiTypes.STR, description="Done."),
            304: openapi.UNCHANGED,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(StatementQuery)
        channel_id = self.caller.channel(query.channel)
        events = Event.objects.filter(self.caller.events(channel_id)).select_related("venue")
        event = events.filter(pk=query.event).first()
        if event is None:
            raise no_event_of_channel()
        edges = edges_of(event.pk, channel_id, query.from_, query.until)
        as_csv = (query.format or request.accepted_renderer.format) == "csv"
        etag = _etag(event, edges, query, as_csv=as_csv)
        answer: HttpResponseBase
        if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
            answer = HttpResponse(status=304)
            del answer["Content-Type"]
        else:
            statement = statement_of(
                event,
                SalesChannel.objects.get(pk=channel_id),
                edges,
                Reader.PARTNER,  # a person of the venue too reads here what the partner reads
                since=query.from_,
                until=query.until,
                now=edges[0].now if edges else timezone.now(),
            )
            answer = _file(statement) if as_csv else Response(present(statement))
        answer["ETag"] = etag
        return answer


def _etag(event: Event, edges: list[Edges], query: StatementQuery, *, as_csv: bool) -> str:
    """Of what the statement rests on, so that nothing is added up to find that nothing has changed."""
    rests_on = (
        event.pk,
        event.config_version,
        [edge.fingerprint for edge in edges],
        [query.channel, query.from_, query.until],
        as_csv,
    )
    return f'W/"{hashlib.sha256(repr(rests_on).encode()).hexdigest()[:32]}"'


def _file(statement: Statement) -> HttpResponse:
    answer = HttpResponse(content_type=f"{CSV}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(statement)}"'
    write_csv(statement, answer)  # type: ignore[arg-type]  # it has write(), which is all it takes
    return answer


def present(statement: Statement) -> StatementJson:
    return {
        "event": statement.event.pk,
        "channel": statement.channel.pk,
        "time_zone": statement.event.venue.time_zone,
        "utc_as_of": utc(statement.now),
        "utc_from": utc(statement.since),
        "utc_until": utc(statement.until),
        "pools": [_present_pool(part) for part in statement.pools],
    }


def _present_pool(part: PoolStatement) -> PoolStatementJson:
    edges = part.account.edges
    closing = edges.closing
    return {
        "id": part.pool.pk,
        "name": part.pool.name,
        "opening": edges.opening,
        "lines": [_present_line(line) for line in part.lines],
        "closing": {
            "quantity": closing.quantity,
            "held": closing.held,
            "sold": closing.sold,
            "drawn": closing.drawn,
            "free": closing.free,
        },
        "unreported": edges.unreported.to_json() if edges.unreported else None,
    }


def _present_line(line: Line) -> StatementLineJson:
    change, transfer, plan = line.change, line.transfer, line.plan
    return {
        "kind": change.kind.value,
        "text": line.text,
        "utc_at": utc(change.at),
        "utc_since": utc(change.since),
        "units": change.units,
        "balance": change.balance,
        "counterpart": line.counterpart,
        "who": line.who.value,
        "reason": line.reason,
        "note": line.note,
        "transfer": str(transfer.uuid) if transfer else None,
        "plan_version": plan.version if plan else None,
    }
