"""The pages of the live board. Their numbers are right when they come; the socket keeps them so."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from boxoffice.board import Board
from boxoffice.presentation import bar_of, board_context
from boxoffice.selectors import audience_of, events_on_sale, read_event, watchable_events
from common.live_address import live_address
from events.models import Event

PAGE_SIZE = 24


@never_cache
@require_safe
@login_required
def boards(request: HttpRequest) -> HttpResponse:
    page = Paginator(events_on_sale(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    cards = [_card(event) for event in page]
    return render(request, "boxoffice/boards.html", {"page": page, "cards": cards})


@never_cache
@require_safe
@login_required
def board(request: HttpRequest, event_id: int) -> HttpResponseBase:
    get_object_or_404(watchable_events(request.user), pk=event_id)
    layout_and_reading = read_event(event_id)
    if layout_and_reading is None:
        raise Http404
    layout, reading = layout_and_reading
    live = live_address(request)
    listed = audience_of(request.user, event_id)
    context = board_context(Board(layout, reading), reading.now, listed)
    context["socket"] = f"{live}/ws/events/{event_id}/"

    @csp_replace({"connect-src": [SELF, live]})
    def respond(request: HttpRequest) -> HttpResponseBase:
        return render(request, "boxoffice/board.html", context)

    return respond(request)


def _card(event: Event) -> dict[str, object]:
    pools = [
        {
            "name": pool.name,
            "left": (left := pool.capacity - pool.held - pool.sold),  # type: ignore[attr-defined]
            "bar": bar_of(sold=pool.sold, held=pool.held, free=left),  # type: ignore[attr-defined]
        }
        for pool in event.pools.all()
    ]
    local = event.local_start
    starts = date_format(local, "D j M Y" if event.all_day else "D j M Y, H:i")
    return {"event": event, "starts": starts, "zone": local.strftime("%Z"), "pools": pools}
