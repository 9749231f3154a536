"""The page behind a message's link. Looking changes nothing: mail filters follow every link."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from alerts import letters, services, words
from alerts.enums import STANDING, AlertStatus
from alerts.links import ForgedLinkError, Link, UsedUpLinkError, follow, follow_letter, follow_test
from alerts.models import Alert
from allocations.enums import PlanStatus
from common.addresses import change_url
from common.errors import RefusedError
from common.text import local_time

ANSWERS: dict[str, Callable[..., list[Alert]]] = {
    "acknowledge": services.acknowledge,
    "resolve": services.resolve,
}


@never_cache
@csrf_protect
@require_http_methods(("GET", "HEAD", "POST"))
def link(request: HttpRequest, token: str) -> HttpResponse:
    try:
        message_link = follow(token)
    except ForgedLinkError:
        return _no_link(request, HTTPStatus.FORBIDDEN)
    except UsedUpLinkError:
        return _no_link(request, HTTPStatus.GONE)
    return (
        _answer(request, token, message_link)
        if request.method == "POST"
        else _page(request, message_link)
    )


@never_cache
@csrf_protect
@require_http_methods(("GET", "HEAD", "POST"))
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """A partner's letter, to read and acknowledge."""
    try:
        partner_letter, endpoint = follow_letter(token)
    except ForgedLinkError:
        return _no_link(request, HTTPStatus.FORBIDDEN)
    except UsedUpLinkError:
        return _no_link(request, HTTPStatus.GONE)
    if request.method == "POST":
        letters.acknowledge(partner_letter, endpoint, timezone.now())
        return redirect(reverse("alerts:letter", args=(token,)))
    plan = partner_letter.plan
    event = plan.pool.event
    at = partner_letter.acknowledged_at
    context = {
        "letter": partner_letter,
        "title": _("Your part of %(pool)s, version %(version)d")
        % {"pool": plan.pool.name, "version": plan.version},
        "place": f"{event.name} · {event.venue.name}",
        "replaced": plan.status != PlanStatus.IN_FORCE,
        "acknowledged": local_time(at, event.venue.zone) if at else "",
    }
    return render(request, "alerts/letter.html", context)


@never_cache
@csrf_protect
@require_http_methods(("GET", "HEAD", "POST"))
def test(request: HttpRequest, token: str) -> HttpResponse:
    """A test message: whoever reads it says so."""
    try:
        delivery = follow_test(token)
    except ForgedLinkError:
        return _no_link(request, HTTPStatus.FORBIDDEN)
    except UsedUpLinkError:
        return _no_link(request, HTTPStatus.GONE)
    if request.method == "POST":
        services.answer_test(delivery, now=timezone.now())
        return redirect(reverse("alerts:test", args=(token,)))
    endpoint = delivery.endpoint
    owner = endpoint.team or endpoint.channel
    venue = owner.venue if owner is not None else None
    at = delivery.answered_at
    context = {
        "title": _("This is a test message"),
        "place": " · ".join(str(part) for part in (owner, venue) if part is not None),
        "endpoint": endpoint,
        "answered": local_time(at, words.zone_of(venue)) if at else "",
    }
    return render(request, "alerts/test.html", context)


def _answer(request: HttpRequest, token: str, message_link: Link) -> HttpResponse:
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if answer is None:
        return _page(request, message_link, status=HTTPStatus.BAD_REQUEST)
    if not message_link.may_answer:
        return _page(request, message_link, status=HTTPStatus.FORBIDDEN)
    try:
        answer(
            [message_link.alert.pk],
            by=message_link.actor,
            now=timezone.now(),
            note=request.POST.get("note", ""),
            through=message_link.endpoint,
        )
    except RefusedError as refusal:
        return _page(request, follow(token), refusal=refusal)
    # So that loading the page again answers nothing twice.
    return redirect(reverse("alerts:link", args=(token,)))


def _page(
    request: HttpRequest,
    message_link: Link,
    *,
    refusal: RefusedError | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    alert = message_link.alert
    context = {
        "alert": alert,
        "title": words.title(alert),
        "reason": words.reason(alert),
        "place": words.place(alert),
        "opened": _moment(alert, alert.opened_at),
        "since": words.lasted(alert, timezone.now()),
        "history": [] if message_link.is_partners else _history(alert),
        "advice": alert.rule.advice if alert.rule and not message_link.is_partners else "",
        "refusal": _refusal(alert) if refusal else "",
        "may_acknowledge": message_link.may_answer and alert.status == AlertStatus.OPEN,
        "may_resolve": message_link.may_answer and alert.status in STANDING,
        "max_note": services.MAX_NOTE,
        "admin": None if message_link.is_partners else change_url(alert),
    }
    return render(
        request, "alerts/link.html", context, status=refusal.status if refusal else status
    )


def _no_link(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """The same for every alert, also for one that there never was."""
    context = {"is_gone": status == HTTPStatus.GONE, "admin": reverse("admin:index")}
    return render(request, "alerts/no_link.html", context, status=status)


def _refusal(alert: Alert) -> str:
    if alert.status == AlertStatus.RESOLVED:
        return _("It has ended already; nothing was changed.")
    return _("Somebody was faster: it is acknowledged already; nothing was changed.")


def _history(alert: Alert) -> list[tuple[str, str, str, str]]:
    """Step, when, who, note: what one colleague tells the other."""
    return [
        (
            step.get_step_display(),
            _moment(alert, step.at),
            str(step.user or step.endpoint or ""),
            step.note,
        )
        for step in alert.steps.select_related("user", "endpoint").order_by("pk")
    ]


def _moment(alert: Alert, at: datetime) -> str:
    return local_time(at, words.zone_of(alert.venue))
