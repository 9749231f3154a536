"""A till is opened, looked at, counted and closed by its person; who oversees tills sees all of the venues."""

from contextlib import suppress
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from allocations.sellers import MAY_SELL
from boxoffice.counter import services
from boxoffice.counter.selectors import expected_cash, find_shift, sees_all_tills, shifts_of
from boxoffice.errors import TillOpenError, TillStateError
from boxoffice.models import Shift
from boxoffice.selectors import counters_of
from boxoffice.tills import report
from boxoffice.tills.forms import CountForm, NoteForm, OpenForm
from common.clock import database_now
from common.errors import NotFoundError
from common.text import minute, money

PAGE_SIZE = 25
RECEIPTS = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tills(request: HttpRequest) -> HttpResponse:
    """One's open tills, the form that opens one, and the list of those before."""
    user, now = cast("User", request.user), database_now()
    counters = counters_of(user)
    own_open = list(shifts_of(user).filter(closed_at=None, opened_by=user))
    closed = counters.exclude(pk__in=[shift.channel_id for shift in own_open])
    # Two tabs may open the same till: the second is told by the service.
    form = OpenForm(counters if request.POST else closed, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_shift(form.cleaned_data.pop("channel"), clerk=user, **form.cleaned_data)
        except TillOpenError as refusal:
            form.add_error("channel", refusal.detail)
        else:
            return redirect("boxoffice:tills")
    listed = shifts_of(user).exclude(pk__in=[shift.pk for shift in own_open])
    if (is_open := request.GET.get("state")) in {"open", "closed"}:
        listed = listed.filter(closed_at__isnull=is_open == "open")
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "counters": counters,
        "may_open": form.is_bound or closed.exists(),
        "may_sell": user.has_perm(MAY_SELL),
        "own_open": report.summary_of(own_open, now),
        "page": page,
        "rows": report.summary_of(list(page), now),
        "sees_all": sees_all_tills(user),
        "state": is_open or "",
    }
    return render(request, "boxoffice/shifts/tills.html", context)


@never_cache
@require_safe
@login_required
def till(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The report of a till, as it is now or as it was closed."""
    user = cast("User", request.user)
    shift = _shift_or_404(user, shift_id)
    return render(request, "boxoffice/shifts/till.html", _context(request, user, shift))


def _context(request: HttpRequest, user: User, shift: Shift) -> dict[str, Any]:
    now, zone = database_now(), shift.channel.venue.zone
    payments = shift.payments.select_related("booking").order_by("-pk")
    receipts = Paginator(payments, RECEIPTS).get_page(request.GET.get("page"))
    records = shift.history.select_related("history_user").order_by("history_id")
    return {
        "shift": shift,
        "is_own": shift.opened_by_id == user.pk,
        "may_close": services.may_close(user, shift),
        "venue": shift.channel.venue,
        "opened": minute(shift.opened_at, zone),
        "closed": minute(shift.closed_at, zone) if shift.closed_at else "",
        "open_for": report.open_for(shift, now),
        "is_long_open": report.is_long_open(shift, now),
        "as_of": minute(now, zone),
        "cash": report.cash_of(shift),
        "kinds": report.by_kind(shift),
        "items": report.by_item(shift),
        "pieces": report.counted_pieces(shift),
        "elsewhere": report.elsewhere(shift),
        "missing": report.missing_receipts(shift),
        "page": receipts,
        "receipts": [
            {
                "payment": payment,
                "at": f"{payment.taken_at.astimezone(zone):%H:%M}",
                "amount": money(payment.amount, shift.currency),
            }
            for payment in receipts
        ],
        "note_form": NoteForm(initial={"note": shift.note}),
        "history": [
            {
                "at": minute(record.history_date, zone),
                "who": record.history_user.name if record.history_user else "",
                "what": record.history_change_reason or "",
                "note": record.note,
            }
            for record in records
        ],
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def close(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Count the cash; see whether something is over or short; count again, or close the till."""
    user = cast("User", request.user)
    shift = _shift_or_404(user, shift_id)
    if not shift.is_open or not services.may_close(user, shift):
        return redirect("boxoffice:till", shift.pk)
    form = CountForm(shift, request.POST or None)
    context: dict[str, Any] = {"shift": shift, "form": form, "venue": shift.channel.venue}
    if request.method == "POST" and form.is_valid():
        counted = form.cleaned_data["counted"]
        if "close" in request.POST:
            return _closed(user, shift, form)
        expected = expected_cash(shift).expected
        context |= {
            "counted": money(counted, shift.currency),
            "expected": money(expected, shift.currency),
            "difference": report.difference_of(counted, expected, shift.currency),
        }
    return render(request, "boxoffice/shifts/close.html", context)


def _closed(user: User, shift: Shift, form: CountForm) -> HttpResponse:
    with suppress(TillStateError):  # somebody was quicker: the report says who
        services.close_shift(
            shift.pk,
            clerk=user,
            counted=form.cleaned_data["counted"],
            pieces=form.pieces,
            note=form.cleaned_data["note"],
        )
    return redirect("boxoffice:till", shift.pk)


@require_POST
@login_required
def note(request: HttpRequest, shift_id: int) -> HttpResponse:
    user = cast("User", request.user)
    shift = _shift_or_404(user, shift_id)
    form = NoteForm(request.POST)
    if services.may_close(user, shift) and form.is_valid():
        services.change_note(shift.pk, clerk=user, note=form.cleaned_data["note"])
    return redirect("boxoffice:till", shift.pk)


def _shift_or_404(user: User, shift_id: int) -> Shift:
    try:
        return find_shift(user, shift_id)
    except NotFoundError as refusal:
        raise Http404 from refusal
