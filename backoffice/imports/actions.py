"""“Export” on the lists of what can be exported. It changes nothing, and needs no dialog."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.imports.answers import download
from exchange.enums import FileKind
from exchange.errors import TooMuchError
from exchange.exports import SOURCES, Source, may_export, sheets_of
from sales.models import Booking


def _export(
    request: HttpRequest, rows: QuerySet[Any], source: Source, kind: FileKind
) -> HttpResponseBase | None:
    """The chosen rows, as the list itself found them: nothing that it does not show."""
    if not may_export(cast("User", request.user), source):
        messages.error(request, _("You may not export this."))
        return None
    path = "booking__in" if rows.model is Booking else "pk__in"
    records = source.queryset().filter(**{path: rows.order_by().values("pk")})
    try:
        return download(source.name, sheets_of([(source, records)], kind), kind)
    except TooMuchError as error:
        messages.error(request, error.detail)
        return None


@admin.action(description=_("Export as CSV"), permissions=["view"])
def export_csv(
    model_admin: Any, request: HttpRequest, rows: QuerySet[Any]
) -> HttpResponseBase | None:
    return _export(request, rows, BY_MODEL[model_admin.model], FileKind.CSV)


@admin.action(description=_("Export as Excel workbook"), permissions=["view"])
def export_xlsx(
    model_admin: Any, request: HttpRequest, rows: QuerySet[Any]
) -> HttpResponseBase | None:
    return _export(request, rows, BY_MODEL[model_admin.model], FileKind.XLSX)


# The list of bookings shows bookings; what comes out has a row for each of their lines.
BY_MODEL = {source.model: source for source in SOURCES.values()} | {Booking: SOURCES["bookings"]}


def add_exports(site: admin.AdminSite) -> None:
    """Offer both on every list of what can be exported, and not, as ``AdminSite.add_action`` would, on all."""
    for model in BY_MODEL:
        if site.is_registered(model):
            page = site.get_model_admin(model)
            page.actions = [*(page.actions or ()), export_csv, export_xlsx]
