"""The pages on which tickets are handed out to guests: which events have some, and the list of one event.

Everything on the list of an event is one address: a look-up and an act both answer with the page, or for its script
with the part of it that has changed. An act carries a key, so that one sent twice is done once.
"""

import json
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.selectors import within_venues
from boxoffice.guests.forms import ChangeForm, HandOutForm, RemoveForm, UndoForm
from boxoffice.guests.presentation import Note, results
from common.actor import Actor
from common.refusals import EXPECTED, explain
from common.text import local_time, number
from events.models import Event
from idempotency.answers import Repeat
from sales.enums import BlockStatus
from sales.guests import services
from sales.guests.selectors import events_with_holds, hands_out, holds_of
from sales.guests.services import GuestEntry, HandOutOrder
from sales.models import Guest, HandOut

LONGEST_TEXT = 100
# Of the page's script: it replaces the list alone.
PART = "X-Part"


@never_cache
@require_safe
@login_required
def lists(request: HttpRequest) -> HttpResponse:
    """The events with tickets to hand out."""
    user = cast("User", request.user)
    events = [
        {"event": event, "starts": local_time(event.starts_at, event.venue.zone)}
        for event in events_with_holds(user)[:200]
    ]
    return render(request, "boxoffice/guests/lists.html", {"events": events})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def guest_list(request: HttpRequest, event_id: int) -> HttpResponse:
    user = cast("User", request.user)
    events = Event.objects.filter(within_venues(user, "venue")).select_related("venue")
    event = get_object_or_404(events, pk=event_id)
    own = holds_of(user).filter(event=event).select_related("event")
    if not hands_out(user) and not own.exists():
        return render(request, "boxoffice/guests/not_yours.html", {"event": event}, status=403)
    note = None
    act = ACTS.get(request.POST.get("act", ""))
    if act is not None:
        note = _done(act, request, user, event)
    holds = list(own.filter(status=BlockStatus.ACTIVE).order_by("name", "pk"))
    text = request.POST.get("text", "")[:LONGEST_TEXT]
    context = results(holds, text, event.venue.zone, note) | {
        "event": event,
        "starts": local_time(event.starts_at, event.venue.zone),
    }
    template = "results" if PART in request.headers else "guest_list"
    return render(request, f"boxoffice/guests/{template}.html", context)


Act = tuple[type[forms.Form], Callable[[User, Event, dict[str, Any]], Note]]


def _done(act: Act, request: HttpRequest, user: User, event: Event) -> Note:
    """Do what was asked for, or say why not."""
    form_class, do = act
    form = form_class(request.POST)
    if not form.is_valid():
        sentences = [
            f"{form.fields[name].label or name}: {text}" if name in form.fields else str(text)
            for name, texts in form.errors.items()
            for text in texts
        ]
        return Note(" ".join(sentences), is_problem=True)
    try:
        return do(user, event, form.cleaned_data)
    except EXPECTED as error:
        return Note(" ".join(explain(error, {})[1]), is_problem=True)


def _hand_out(user: User, event: Event, data: dict[str, Any]) -> Note:
    hold = get_object_or_404(holds_of(user), pk=data["hold"], event=event)
    order = HandOutOrder(hold.pk, data["tickets"], data["guest"], data["line"], data["seen"])
    content = json.dumps([order.block_id, order.guest_id, order.line_id, order.tickets])
    repeat = Repeat.of(f"guests:{user.pk}", data["key"], content.encode())
    answer: dict[str, Any] = services.hand_out(order, by=Actor.person(user), repeat=repeat).data
    guest = Guest.objects.filter(pk=data["guest"]).first() if data["guest"] else None
    values = {
        "tickets": ngettext("%s ticket", "%s tickets", answer["tickets"])
        % number(answer["tickets"]),
        "who": str(guest) if guest is not None else hold.name,
        "booking": answer["booking"],
    }
    text = _t("%(tickets)s handed out: %(who)s. Booking %(booking)s.") % values
    return Note(text, hand_out=answer["hand_out"])


def _undo(user: User, event: Event, data: dict[str, Any]) -> Note:
    own = HandOut.objects.filter(line__block__in=holds_of(user).filter(event=event))
    row = get_object_or_404(own, pk=data["hand_out"])
    if services.undo(row.pk, by=Actor.person(user), reason=data["reason"]):
        text = ngettext(
            "Undone: %s ticket is held again.", "Undone: %s tickets are held again.", row.tickets
        )
    else:
        text = ngettext(
            "Undone: the hold has ended, so %s ticket went to the channel.",
            "Undone: the hold has ended, so %s tickets went to the channel.",
            row.tickets,
        )
    return Note(text % number(row.tickets))


def _change(user: User, event: Event, data: dict[str, Any]) -> Note:
    guest = _guest(user, event, data)
    entry = GuestEntry(data["name"], data["tickets"], data["note"], data["contact"])
    services.change_guest(guest.pk, entry, by=Actor.person(user))
    return Note(_t("The guest is changed."))


def _remove(user: User, event: Event, data: dict[str, Any]) -> Note:
    services.remove_guest(_guest(user, event, data).pk, by=Actor.person(user))
    return Note(_t("The guest is off the list."))


def _guest(user: User, event: Event, data: dict[str, Any]) -> Guest:
    own = Guest.objects.filter(block__in=holds_of(user).filter(event=event))
    guest: Guest = get_object_or_404(own, pk=data["guest"])
    return guest


ACTS: dict[str, Act] = {
    "hand_out": (HandOutForm, _hand_out),
    "undo": (UndoForm, _undo),
    "change": (ChangeForm, _change),
    "remove": (RemoveForm, _remove),
}
