"""The pages of the live board. Their numbers are right when they come; the socket keeps them so."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from boxoffice.board import Board
from boxoffice.live_page import render_live
from boxoffice.open_alerts import open_alerts
from boxoffice.pace import pace_json, paces
from boxoffice.presentation import bar_of, board_context
from boxoffice.sales_state import admin_url, state_lines
from boxoffice.selectors import audience_of, events_on_sale, read_event, watchable_events
from boxoffice.sign import WORDS as SIGN_WORDS
from boxoffice.sign import read_sign
from boxoffice.wall import MAX_EVENTS, Choice, choose
from common.live_address import live_address
from events.models import Event

PAGE_SIZE = 24


@never_cache
@require_safe
@login_required
def boards(request: HttpRequest) -> HttpResponse:
    page = Paginator(events_on_sale(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    cards = [_card(event) for event in page]
    return render(
        request, "boxoffice/boards.html", {"page": page, "cards": cards, "most": MAX_EVENTS}
    )


@never_cache
@require_safe
@login_required
def board(request: HttpRequest, event_id: int) -> HttpResponseBase:
    get_object_or_404(watchable_events(request.user), pk=event_id)
    return render_live(request, "boxoffice/board.html", _board(request, event_id))


@never_cache
@require_safe
@login_required
def wall(request: HttpRequest) -> HttpResponseBase:
    """Several events at once, for a screen that nobody sits at."""
    choice = choose(request.user, request.GET.getlist("event"))
    boards = [_board(request, event.pk) for event in choice.events]
    if not boards:
        if request.GET.getlist("event"):
            raise Http404
        return redirect("boxoffice:boards")
    context = {
        "boards": boards,
        "words": boards[0]["words"],
        "names": ", ".join(event.name for event in choice.events),
        "note": _left_out(choice),
    }
    return render_live(request, "boxoffice/wall.html", context)


@never_cache
@require_safe
@login_required
def sign(request: HttpRequest, event_id: int) -> HttpResponseBase:
    """One word for visitors, over the whole screen."""
    get_object_or_404(watchable_events(request.user), pk=event_id)
    board, as_of = _read(event_id)
    listed = audience_of(request.user, event_id)
    number = request.GET.get("item", "")
    item = next((item for item in board.setup.items.values() if str(item.id) == number), None)
    if number and item is None:
        raise Http404
    face = read_sign(board, item.id if item else None, listed)
    context = board_context(board, as_of, listed) | {
        "socket": _socket(request, event_id),
        "item": item,
        "items": board.setup.items.values(),
        "show": "doors" if request.GET.get("show") == "doors" else "tickets",
        "sign": face,
        "sign_word": SIGN_WORDS[face.word],
        "is_cancelled": face.word == "cancelled",
    }
    context["words"]["sign"] = {name: str(word) for name, word in SIGN_WORDS.items()}
    return render_live(request, "boxoffice/sign.html", context)


@never_cache
@require_safe
@login_required
def pace_and_alerts(request: HttpRequest, event_id: int) -> HttpResponse:
    """What a screen shows beside the counts; it asks twice a minute."""
    event = get_object_or_404(watchable_events(request.user), pk=event_id)
    now = timezone.now()
    listed = audience_of(request.user, event_id)
    content = {
        "pace": pace_json(paces.of(event_id, now), now, listed),
        "alerts": open_alerts(request.user, event),
    }
    return JsonResponse(content)


def _left_out(choice: Choice) -> str:
    """What is not on the wall, and why."""
    notes = []
    if choice.too_many:
        total = len(choice.events) + choice.too_many
        notes.append(
            _t("%(shown)d of %(total)d events are shown: a wall has room for %(most)d.")
            % {"shown": len(choice.events), "total": total, "most": MAX_EVENTS}
        )
    if choice.unseen:
        notes.append(
            ngettext("%d event cannot be shown.", "%d events cannot be shown.", choice.unseen)
            % choice.unseen
        )
    return " ".join(notes)


def _board(request: HttpRequest, event_id: int) -> dict[str, Any]:
    """One event as a template wants it. Raises ``Http404`` when it has gone."""
    board, as_of = _read(event_id)
    context = board_context(board, as_of, audience_of(request.user, event_id))
    return context | {
        "state_lines": state_lines(request.user, board.setup, context["state"]),
        "state_url": admin_url(request.user, event_id),
        "beside": reverse("boxoffice:pace-and-alerts", args=[event_id]),
        "socket": _socket(request, event_id),
    }


def _read(event_id: int) -> tuple[Board, datetime]:
    layout_and_reading = read_event(event_id)
    if layout_and_reading is None:
        raise Http404
    layout, reading = layout_and_reading
    return Board(layout, reading), reading.now


def _socket(request: HttpRequest, event_id: int) -> str:
    return f"{live_address(request)}/ws/events/{event_id}/"


def _card(event: Event) -> dict[str, object]:
    pools = [
        {
            "name": pool.name,
            "left": (left := pool.capacity - pool.out - pool.held - pool.sold),  # type: ignore[attr-defined]
            "bar": bar_of(sold=pool.sold, held=pool.held, free=left),  # type: ignore[attr-defined]
        }
        for pool in event.pools.all()
    ]
    local = event.local_start
    starts = date_format(local, "D j M Y" if event.all_day else "D j M Y, H:i")
    return {"event": event, "starts": starts, "zone": local.strftime("%Z"), "pools": pools}
