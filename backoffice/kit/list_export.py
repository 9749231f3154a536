"""“Export” beside each list: exactly what is listed, with the filters and the search in force, as CSV or XLSX.

The columns are those of the list, as the person sees them; rows are read and written some hundred at a time.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from html.parser import HTMLParser
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import display_for_field, label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Field
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from backoffice.imports.answers import download
from common.sheets import Cell, Sheet
from common.text import number
from exchange.enums import FileKind
from planning.reports.files import MAX_IN_CSV, MAX_IN_WORKBOOK, cell_of

AT_ONCE = 500
# Elements that have no end.
VOID = frozenset({"br", "hr", "img", "input", "col", "wbr", "use", "path", "rect", "circle"})


class ListExport:
    """Of an admin class."""

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        name = f"{admin.opts.app_label}_{admin.opts.model_name}_export"
        view = admin.admin_site.admin_view(self.export_list)
        return [path("export/<str:kind>/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def list_zone(self, request: HttpRequest) -> tzinfo:
        """The zone in which the list shows times."""
        del request
        return timezone.get_current_timezone()

    def export_list(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list that the address asks for as a file, or back to it with the reason why not."""
        admin: Any = self
        if kind not in FileKind.values:
            raise Http404
        if not admin.has_view_or_change_permission(request):
            raise PermissionDenied
        zone = self.list_zone(request)
        with timezone.override(zone):
            try:
                changelist = admin.get_changelist_instance(request)
            except IncorrectLookupParameters:
                return redirect(f"{list_url(admin)}?e=1")
            maximum = MAX_IN_CSV if kind == FileKind.CSV else MAX_IN_WORKBOOK
            if changelist.queryset.order_by()[: maximum + 1].count() > maximum:
                text = _(
                    "The file has room for %(maximum)s rows, and the list has more. Filter it."
                )
                messages.error(request, text % {"maximum": number(maximum)})
                return redirect(f"{list_url(admin)}?{request.GET.urlencode()}")
            sheet = sheet_of(admin, request, changelist, zone)
        return download(str(admin.opts.model_name), [sheet], FileKind(kind))


def list_url(admin: Any) -> str:
    return reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist")


def sheet_of(admin: Any, request: HttpRequest, changelist: Any, zone: tzinfo) -> Sheet:
    names = [name for name in changelist.list_display if name != "action_checkbox"]
    titles = [capfirst(str(label_for_field(name, admin.model, admin))) for name in names]
    title = str(capfirst(admin.opts.verbose_name_plural))[:31]
    rows = _rows(admin, request, changelist.queryset, names, zone)
    return Sheet(title, titles, rows)


def _rows(
    admin: Any, request: HttpRequest, queryset: Any, names: Sequence[str], zone: tzinfo
) -> Iterator[list[Cell]]:
    language = translation.get_language() or "en"
    rows = queryset.iterator(chunk_size=AT_ONCE)
    while chunk := list(islice(rows, AT_ONCE)):
        # Written while the answer is sent: by then neither zone nor language is the request's any more.
        with timezone.override(zone), translation.override(language):
            admin.load_page(request, chunk)
            cells = [[_cell(admin, row, name) for name in names] for row in chunk]
        yield from cells


def _cell(admin: Any, row: Any, name: str) -> Cell:
    try:
        field, attribute, value = lookup_field(name, row, admin)
    except ObjectDoesNotExist:
        return None
    if field is None:
        is_flag = getattr(attribute, "boolean", False)
        return _yes_or_no(value) if is_flag and isinstance(value, bool) else plain(value)
    return _of_field(field, value)


def _of_field(field: "Field[Any, Any]", value: Any) -> Cell:
    if getattr(field, "flatchoices", None):
        return str(display_for_field(value, field, ""))
    return plain(value)


def plain(value: Any) -> Cell:
    """A value of a list's cell without its marks."""
    match value:
        case None:
            return None
        case bool():
            return _yes_or_no(value)
        case int() | Decimal():
            return value
        case SafeString():
            return text_of(value)
        case list() | tuple():  # how the theme is given a text of several parts
            parts = [part for part in value if part and not isinstance(part, dict)]
            return " ".join(str(plain(part)) for part in parts)
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return cell_of(value if isinstance(value, date) else str(value))


def _yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")


class _Reader(HTMLParser):
    """What a person reads of a piece of HTML; icons and pictures are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        values = dict(attrs)
        is_hidden = values.get("aria-hidden") == "true" or tag in {"script", "style", "svg"}
        if self._hidden or is_hidden:
            self._hidden += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Has nothing in it."""

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag not in VOID:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def text_of(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join(reader.words)
