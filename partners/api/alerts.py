"""Alerts over the API: what stands, taking it on, ending it."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.enums import AlertStatus, Kind, Severity
from alerts.models import Alert
from alerts.requests import RELATED, STEPS, acknowledge, inside, present, resolve
from common.errors import NotFoundError
from events.enums import Changing
from events.selectors import changed_since
from idempotency.answers import Answer
from partners.api import pages, schema
from partners.api.bodies import ALERT_STEP
from partners.api.bookings import sent
from partners.api.callers import HANDLE_ALERTS, READ_ALERTS, Caller, Need
from partners.api.queries import Moment, Number, OneOf, Query
from partners.api.repeating import repeat_of
from partners.api.shapes import an_id
from partners.api.view import ApiView

LIST = Query(
    {
        "status": OneOf(AlertStatus.values, "Alerts in this state."),
        "kind": OneOf(Kind.values, "Alerts of this kind."),
        "severity": OneOf(Severity.values, "Alerts of this severity."),
        "event": Number(an_id("Alerts of this event.")),
        "channel": Number(
            an_id(
                "For a signed-in person: only those about this channel. A key sees its own alone."
            )
        ),
        "modified_since": Moment(
            "Alerts that were opened, acknowledged or resolved since then, or whose `latest` has "
            "changed. One of the minute before may be among them."
        ),
        **pages.parameters(1),
    }
)


class Alerts(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_ALERTS}

    @extend_schema(
        operation_id="list_alerts",
        summary="List alerts",
        description=(
            "The newest first. A key is told of those about its own channel that the venue shares "
            "with the partner."
        ),
        tags=["alerts"],
        parameters=LIST.openapi(),
        responses=schema.answers(schema.page_of("Alert"), 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = LIST.read(request.query_params)
        rows = find_alerts(self.caller, wanted)
        found, following = pages.cut(request, rows, wanted["page_size"], lambda one: (one.pk,))
        return Response({"results": [shown(one, self.caller) for one in found], "next": following})


class OneAlert(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_ALERTS}

    @extend_schema(
        operation_id="get_alert",
        summary="One alert",
        tags=["alerts"],
        responses=schema.answers("Alert"),
    )
    def get(self, request: Request, alert: UUID) -> HttpResponseBase:
        del request
        return Response(shown(find_alert(self.caller, alert), self.caller))


class Acknowledge(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": HANDLE_ALERTS}

    @extend_schema(
        operation_id="acknowledge_alert",
        summary="Take an alert on",
        description="For people alone: it stays, and is not escalated any more.",
        tags=["alerts"],
        parameters=schema.idempotent(required=True),
        request={"application/json": ALERT_STEP.schema()},
        responses=schema.changes("Alert"),
    )
    def post(self, request: Request, alert: UUID) -> HttpResponseBase:
        return step(self, acknowledge, request, alert)


class Resolve(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": HANDLE_ALERTS}

    @extend_schema(
        operation_id="resolve_alert",
        summary="End an alert by hand",
        description="For people alone. What still holds is told anew after the rule's pause.",
        tags=["alerts"],
        parameters=schema.idempotent(required=True),
        request={"application/json": ALERT_STEP.schema()},
        responses=schema.changes("Alert"),
    )
    def post(self, request: Request, alert: UUID) -> HttpResponseBase:
        return step(self, resolve, request, alert)


def step(
    view: ApiView, take: Callable[..., Answer], request: Request, uuid: UUID
) -> HttpResponseBase:
    repeat = repeat_of(request, view.caller, required=True)
    note = view.body(ALERT_STEP).get("note", "")
    found = find_alert(view.caller, uuid)
    return sent(take(found, by=view.caller.actor, note=note, repeat=repeat, now=timezone.now()))


def find_alerts(caller: Caller, wanted: dict[str, Any]) -> QuerySet[Alert]:
    """The newest first, from the cursor on."""
    found = Q()
    for name in ("status", "kind", "severity", "event"):
        if wanted[name] is not None:
            found &= Q(**{name: wanted[name]})
    if wanted["modified_since"] is not None:
        found &= Q(pk__in=changed_since(Changing.ALERT, wanted["modified_since"]))
    if wanted["cursor"]:
        found &= Q(pk__lt=wanted["cursor"][0])
    return _seen(caller, wanted["channel"]).filter(found).order_by("-pk")


def find_alert(caller: Caller, uuid: UUID) -> Alert:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    found = _seen(caller, None).filter(uuid=uuid).first()
    if found is None:
        raise NotFoundError("There is no such alert.", field="id")
    return found


def shown(alert: Alert, caller: Caller) -> dict[str, Any]:
    return present(alert) | inside(alert) if caller.sees_inside else present(alert)


def _seen(caller: Caller, channel: int | None) -> QuerySet[Alert]:
    seen = Alert.objects.filter(caller.alerts(channel)).select_related(*RELATED)
    return seen.prefetch_related(STEPS) if caller.sees_inside else seen
