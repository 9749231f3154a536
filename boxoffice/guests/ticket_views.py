"""The page that prints what was handed out to a guest, and the call by which each printing is noted."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from boxoffice.guests.printing import find_hand_out, note_printing, tickets_context
from common.clock import utc
from common.errors import NotFoundError
from sales.errors import InvalidStateError
from sales.models import HandOut


@never_cache
@require_safe
@login_required
def tickets(request: HttpRequest, event_id: int, hand_out_id: int) -> HttpResponse:
    """The tickets of a hand-out with whom they are for; from the second time on they are copies."""
    row = _found(request, event_id, hand_out_id)
    return render(request, "boxoffice/guests/tickets.html", tickets_context(row))


@never_cache
@require_POST
@login_required
def printings(request: HttpRequest, event_id: int, hand_out_id: int) -> HttpResponse:
    row = _found(request, event_id, hand_out_id)
    try:
        printing = note_printing(row, clerk=cast("User", request.user))
    except InvalidStateError as refusal:
        return JsonResponse({"detail": refusal.detail}, status=409)
    return JsonResponse({"utc_printed_at": utc(printing.at)}, status=201)


def _found(request: HttpRequest, event_id: int, hand_out_id: int) -> HandOut:
    try:
        return find_hand_out(cast("User", request.user), event_id, hand_out_id)
    except NotFoundError as refusal:
        raise Http404 from refusal
