"""The page on which an event's prices are set as one table, for all its channels at once."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from allocations.errors import PricesRefusedError
from allocations.price_grid import Grid, Outcome, set_prices
from backoffice.kit.dialogs import actor_of
from backoffice.kit.forms import REASON_LENGTH
from backoffice.listings.price_form import PriceForm, pages_of
from common.addresses import change_url
from common.refusals import EXPECTED, explain
from events.models import Event, Pool

MAY_PRICE = "allocations.change_listing"


def prices_url(event_id: int) -> str:
    return reverse("admin:events_event_prices", args=(event_id,))


def show(request: HttpRequest, event: Event) -> HttpResponseBase:
    grid = Grid.read(event)
    pages = pages_of(grid)
    number = _page(request, len(pages))
    data = request.POST if request.method == "POST" else None
    form = PriceForm(grid, pages[number - 1], data)
    do = request.POST.get("do", "")
    text = ""
    if do == "fill":
        text = _filled(form)
    elif do == "save" and _save(request, event, form):
        return redirect(change_url(event))
    elif data is not None and do != "fill":
        form.wishes()
    context = {
        **admin.site.each_context(request),
        "title": _t("Prices of %s") % event,
        "opts": Event._meta,
        "original": event,
        "event": event,
        "event_url": f"{change_url(event)}#dataset-listings",
        "currency": event.venue.currency,
        "form": form,
        "told": text,
        "page": number,
        "pages": range(1, len(pages) + 1),
        "reason_length": REASON_LENGTH,
        "missing": _missing(request, event, grid),
    }
    return render(request, "admin/prices.html", context)


def _page(request: HttpRequest, last: int) -> int:
    """Which of the pages is asked for; the first for whatever is none."""
    page = request.GET.get("page", "")
    numbers = [str(number) for number in range(1, last + 1)]
    return int(page) if page in numbers else 1


def _save(request: HttpRequest, event: Event, form: PriceForm) -> bool:
    wishes = form.wishes()
    if form.has_errors:
        return False
    reason = form.reason or _t("Set up")
    try:
        with transaction.atomic():
            outcome = set_prices(event=event, wishes=wishes, by=actor_of(request), reason=reason)
    except PricesRefusedError as error:
        form.grid = Grid.read(event)
        form.complain(error.problems)
    except EXPECTED as error:
        form.problems += explain(error, {})[1]
    else:
        messages.success(request, _done(outcome))
        return True
    return False


def _done(outcome: Outcome) -> str:
    if not outcome.made and not outcome.changed:
        return _t("No price was changed.")
    additions = ngettext("%d listing is made", "%d listings are made", outcome.made) % outcome.made
    changes = ngettext("%d is changed", "%d are changed", outcome.changed) % outcome.changed
    return _t("Prices saved: %(made)s, %(changed)s.") % {"made": additions, "changed": changes}


def _filled(form: PriceForm) -> str:
    count = form.fill()
    if form.list_errors:
        return ""
    if not count:
        return _t("Type a list price first; then the empty cells below it are filled.")
    text = ngettext("%d cell is filled", "%d cells are filled", count) % count
    return _t("%s. Nothing is saved yet: look, change what differs, then save.") % text


def _missing(request: HttpRequest, event: Event, grid: Grid) -> list[tuple[str, str]]:
    """What has to be there before there can be prices: words, and where it is made."""
    links = []
    may = request.user.has_perm
    if not grid.items:
        model = "item" if Pool.objects.filter(event=event).exists() else "pool"
        words = _t("Add an item: what is sold") if model == "item" else _t("Add a pool first")
        if may(f"events.add_{model}"):
            links.append((words, f"{reverse(f'admin:events_{model}_add')}?event={event.pk}"))
    if not grid.channels and may("allocations.add_saleschannel"):
        address = reverse("admin:allocations_saleschannel_several")
        links.append((_t("Add sales channels"), f"{address}?venue={event.venue_id}"))
    return links
