"""Alerts over the API: what stands, taking it on, ending it."""

from collections.abc import Callable
from typing import Annotated, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.enums import AlertStatus, Kind, Severity
from alerts.models import Alert
from alerts.requests import RELATED, STEPS, AlertJson, acknowledge, present, resolve
from common.errors import NotFoundError
from common.json_types import OneOf
from common.rest.values import IdText, MomentText, Omittable
from events.enums import Changing
from events.selectors import changed_since
from idempotency.answers import Answer
from idempotency.requests import repeat_of, sent
from partners.api import openapi, pages
from partners.api.bodies import AlertNote
from partners.api.callers import HANDLE_ALERTS, READ_ALERTS, Caller, Need
from partners.api.openapi import Typed
from partners.api.view import ApiView


class AlertsQuery(pages.PageQuery):
    """Which alerts are listed."""

    status: Omittable[Annotated[str, OneOf(AlertStatus.values)]] = None
    """Alerts in this state."""
    kind: Omittable[Annotated[str, OneOf(Kind.values)]] = None
    """Alerts of this kind."""
    severity: Omittable[Annotated[str, OneOf(Severity.values)]] = None
    """Alerts of this severity."""
    event: Omittable[IdText] = None
    """Alerts of this event."""
    channel: Omittable[IdText] = None
    """For a signed-in person: only those about this channel. A key sees its own alone."""
    modified_since: Omittable[MomentText] = None
    """
    Alerts that were opened, acknowledged or resolved since then, or whose `latest` has changed. One of
    the minute before may be among them.
    """


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
        parameters=openapi.parameters(AlertsQuery),
        responses=openapi.answers(pages.Page[AlertJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(AlertsQuery)
        inside = self.caller.sees_inside
        return Response(
            pages.page(
                request,
                find_alerts(self.caller, query),
                query.page_size,
                lambda alert: (alert.pk,),
                lambda alert: present(alert, inside=inside),
            )
        )


class OneAlert(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_ALERTS}

    @extend_schema(
        operation_id="get_alert",
        summary="One alert",
        tags=["alerts"],
        responses=openapi.answers(AlertJson),
    )
    def get(self, request: Request, alert: UUID) -> HttpResponseBase:
        del request
        answer = present(find_alert(self.caller, alert), inside=self.caller.sees_inside)
        return Response(answer)


class Acknowledge(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": HANDLE_ALERTS}

    @extend_schema(
        operation_id="acknowledge_alert",
        summary="Take an alert on",
        description="For people alone: it stays, and is not escalated any more.",
        tags=["alerts"],
        parameters=openapi.idempotent(required=True),
        request=Typed(AlertNote),
        responses=openapi.changes(AlertJson),
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
        parameters=openapi.idempotent(required=True),
        request=Typed(AlertNote),
        responses=openapi.changes(AlertJson),
    )
    def post(self, request: Request, alert: UUID) -> HttpResponseBase:
        return step(self, resolve, request, alert)


def step(
    view: ApiView, take: Callable[..., Answer], request: Request, uuid: UUID
) -> HttpResponseBase:
    repeat = repeat_of(request, view.caller.scope, required=True)
    note = view.body(AlertNote).note
    alert = find_alert(view.caller, uuid)
    return sent(take(alert, by=view.caller.actor, note=note, repeat=repeat, now=timezone.now()))


def find_alerts(caller: Caller, query: AlertsQuery) -> QuerySet[Alert]:
    alerts = pages.newest_first(
        _seen(caller, query.channel),
        query,
        status=query.status,
        kind=query.kind,
        severity=query.severity,
        event=query.event,
    )
    if query.modified_since is not None:
        alerts = alerts.filter(pk__in=changed_since(Changing.ALERT, query.modified_since))
    return alerts


def find_alert(caller: Caller, uuid: UUID) -> Alert:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    alert = _seen(caller, None).filter(uuid=uuid).first()
    if alert is None:
        raise NotFoundError("There is no such alert.", field="id")
    return alert


def _seen(caller: Caller, channel: int | None) -> QuerySet[Alert]:
    seen = Alert.objects.filter(caller.alerts(channel)).select_related(*RELATED)
    return seen.prefetch_related(STEPS) if caller.sees_inside else seen
