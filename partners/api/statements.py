"""A channel's allocation statement: what it had, every change with its reason, what it has."""

import hashlib
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.models import SalesChannel
from common.clock import utc
from events.models import Event
from partners.api import schema
from partners.api.callers import READ_STOCK, Need, no_event_of_channel
from partners.api.events import CHANNEL, matches
from partners.api.queries import Moment, Number, OneOf, Query
from partners.api.schemas import STRING
from partners.api.shapes import an_id
from partners.api.view import ApiView
from transfers.statement.account import Edges, edges_of
from transfers.statement.lines import Line, PoolStatement, Reader, Statement, statement_of
from transfers.statement.table import file_name, write_csv

CSV = "text/csv"
ASKED = Query(
    {
        "event": Number(an_id("An event that the channel lists.")),
        "from": Moment("Changes at this moment or later; else from the beginning."),
        "until": Moment("Changes before this moment; else until now."),
        "format": OneOf(("json", "csv"), "`json` unless said."),
        **CHANNEL,
    },
    required=("event",),
)


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
        parameters=[*ASKED.openapi(), *schema.CONDITIONAL],
        responses=schema.answers("Statement", 400)
        | {(200, CSV): OpenApiResponse(STRING, description="Done."), 304: schema.UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = ASKED.read(request.query_params)
        channel_id = self.caller.channel(wanted["channel"])
        events = Event.objects.filter(self.caller.events(channel_id)).select_related("venue")
        event = events.filter(pk=wanted["event"]).first()
        if event is None:
            raise no_event_of_channel()
        edges = edges_of(event.pk, channel_id, wanted["from"], wanted["until"])
        as_csv = (wanted["format"] or request.accepted_renderer.format) == "csv"
        etag = _etag(event, edges, wanted, as_csv=as_csv)
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
                since=wanted["from"],
                until=wanted["until"],
                now=edges[0].now if edges else timezone.now(),
            )
            answer = _file(statement) if as_csv else Response(present(statement))
        answer["ETag"] = etag
        return answer


def _etag(event: Event, edges: list[Edges], wanted: dict[str, Any], *, as_csv: bool) -> str:
    """Of what the statement rests on, so that nothing is added up to find that nothing has changed."""
    rests_on = (
        event.pk,
        event.config_version,
        [one.fingerprint for one in edges],
        [wanted[name] for name in ("channel", "from", "until")],
        as_csv,
    )
    return f'W/"{hashlib.sha256(repr(rests_on).encode()).hexdigest()[:32]}"'


def _file(statement: Statement) -> HttpResponse:
    answer = HttpResponse(content_type=f"{CSV}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(statement)}"'
    write_csv(statement, answer)  # type: ignore[arg-type]  # it has write(), which is all it takes
    return answer


def present(statement: Statement) -> dict[str, Any]:
    return {
        "event": statement.event.pk,
        "channel": statement.channel.pk,
        "time_zone": statement.event.venue.time_zone,
        "utc_as_of": utc(statement.now),
        "utc_from": utc(statement.since),
        "utc_until": utc(statement.until),
        "pools": [_present_pool(part) for part in statement.pools],
    }


def _present_pool(part: PoolStatement) -> dict[str, Any]:
    edges = part.account.edges
    names = ("quantity", "held", "sold", "drawn", "free")
    return {
        "id": part.pool.pk,
        "name": part.pool.name,
        "opening": edges.opening,
        "lines": [_present_line(line) for line in part.lines],
        "closing": {name: getattr(edges.closing, name) for name in names},
    }


def _present_line(line: Line) -> dict[str, Any]:
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
