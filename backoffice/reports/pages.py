"""The page of a report, the list of all of them, and the files of the same numbers."""

from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from backoffice.imports.answers import download
from backoffice.kit import charts
from backoffice.kit.scope import zone_of_work
from backoffice.reports.calendar import address_of
from backoffice.reports.forms import FilterForm
from common.text import number
from exchange.enums import FileKind
from planning.reports.catalog import REPORTS, Report, readable_by
from planning.reports.files import MAX_IN_CSV, MAX_IN_WORKBOOK, sheet_of
from planning.reports.table import Picture, Table
from planning.reports.words import cells_of

MAX_ROWS = 200
# Of the filters, what another report can be asked for as well.
SHARED = ("venue", "series", "event", "channel")


def index(request: HttpRequest) -> HttpResponseBase:
    reports = _require_any(request)
    context = {
        **site.each_context(request),
        "title": _("Reports"),
        "reports": [(report, report_url(report.name)) for report in reports],
        "calendar": address_of(cast("User", request.user)),
    }
    return render(request, "admin/reports/index.html", context)


def report(request: HttpRequest, name: str) -> HttpResponseBase:
    chosen = _require(request, name)
    form = FilterForm(request, site, chosen, _today(request))
    status = 200
    context: dict[str, Any] = {}
    if not form.is_bound or form.is_valid():
        context = _shown(chosen.build(form.scope(), form.group()))
        context["changes"] = chosen.compared(form.scope(), _today(request))
    else:
        status = 400
    filters = {key: value for key in SHARED if (value := request.GET.get(key))}
    context |= {
        **site.each_context(request),
        "title": chosen.title,
        "report": chosen,
        "form": form,
        "media": form.media,
        "zone": zone_of_work(cast("User", request.user)).key,
        "reports": [
            (
                other,
                f"{report_url(other.name)}?{urlencode(filters)}"
                if filters
                else report_url(other.name),
            )
            for other in readable_by(request.user)
        ],
        "ranges": _ranges(request, chosen, form) if chosen.days else (),
        "files": [(kind.label, _file_url(request, name, kind)) for kind in FileKind],
    }
    return render(request, "admin/reports/report.html", context, status=status)


def file(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """The same numbers as a file, or the page with what is wrong."""
    chosen = _require(request, name)
    if kind not in FileKind.values:
        raise Http404
    form = FilterForm(request, site, chosen, _today(request))
    if form.is_bound and not form.is_valid():
        return report(request, name)
    table = chosen.build(form.scope(), form.group())
    maximum = MAX_IN_CSV if kind == FileKind.CSV else MAX_IN_WORKBOOK
    if len(table.rows) > maximum:
        text = _(
            "The file would have %(rows)s rows, and has room for %(maximum)s. Choose fewer days, or an event."
        )
        return HttpResponse(
            text % {"rows": number(len(table.rows)), "maximum": number(maximum)},
            status=400,
            content_type="text/plain; charset=utf-8",
        )
    return download(name, [sheet_of(str(chosen.title), table)], FileKind(kind))


def report_url(name: str) -> str:
    return reverse("reports:report", args=(name,))


def _file_url(request: HttpRequest, name: str, kind: FileKind) -> str:
    query = request.GET.urlencode()
    address = reverse("reports:file", args=(name, kind.value))
    return f"{address}?{query}" if query else address


# Days that end with today; what else is meant is typed.
RANGES = ((1, _lazy("Today")), (7, _lazy("7 days")), (30, _lazy("30 days")))


def _ranges(request: HttpRequest, chosen: Report, form: FilterForm) -> list[tuple[str, str, bool]]:
    """The words, the address, and whether it is what is shown."""
    today = _today(request)
    is_asked = form.is_bound and form.is_valid()
    shown = form.scope() if is_asked or not form.is_bound else None
    ranges = []
    for days, words in RANGES:
        first = today - timedelta(days=days - 1)
        query = request.GET.copy()
        query["first"], query["last"] = first.isoformat(), today.isoformat()
        is_current = shown is not None and (shown.first, shown.last) == (first, today)
        ranges.append((str(words), f"{report_url(chosen.name)}?{query.urlencode()}", is_current))
    return ranges


def _shown(table: Table) -> dict[str, Any]:
    rows = table.rows[:MAX_ROWS]
    return {
        "table": table,
        "rows": [list(zip(table.columns, cells_of(table, row), strict=True)) for row in rows],
        "totals": [
            list(zip(table.columns, cells_of(table, row), strict=True)) for row in table.totals
        ],
        "more": number(len(table.rows)) if len(table.rows) > MAX_ROWS else "",
        "most": number(MAX_ROWS),
        "chart": chart_of(table.picture) if table.picture else None,
    }


def chart_of(picture: Picture) -> charts.Chart:
    places = [charts.Place(step, step.title, step.mark, step.counts) for step in picture.steps]
    draw = charts.curved if picture.has_curves else charts.stacked
    return draw(places, picture.bands)


def _today(request: HttpRequest) -> date:
    return timezone.now().astimezone(zone_of_work(cast("User", request.user))).date()


def _require(request: HttpRequest, name: str) -> Report:
    if name not in REPORTS:
        raise Http404
    if not REPORTS[name].may_be_read_by(request.user):
        raise PermissionDenied
    return REPORTS[name]


def _require_any(request: HttpRequest) -> list[Report]:
    reports = readable_by(request.user)
    if not reports:
        raise PermissionDenied
    return reports
