"""Sales files: uploaded, looked at, and booked only when somebody says so."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.imports.answers import download
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import page_url
from backoffice.kit.progress import moving_part, progress_of
from backoffice.kit.rows import maker_of
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.late_sales.mapping_page import MappingAction, say_columns
from backoffice.late_sales.mapping_versions import SEE_FILES
from backoffice.late_sales.mapping_versions import SLUG as MAPPINGS
from backoffice.late_sales.panels import sync_rows
from backoffice.late_sales.sales_file_actions import FileActions
from backoffice.late_sales.sales_file_upload import TAKE, upload
from common.sheets import Cell, Sheet
from common.text import local_time, number
from exchange.enums import FileKind
from exchange.sales_files.mapping import ROLES
from offline.enums import FileState
from offline.models import SalesFile
from offline.services import is_step_possible

LABELS = {
    FileState.WAITING: "info",
    FileState.CHECKING: "info",
    FileState.REJECTED: "danger",
    FileState.CHECKED: "warning",
    FileState.QUEUED: "info",
    FileState.BOOKING: "info",
    FileState.DONE: "success",
    FileState.REFUNDING: "info",
    FileState.UNDOING: "info",
    FileState.UNDONE: "",
    FileState.FAILED: "danger",
}
# Of a file: a hundred syncs book one of a hundred thousand lines.
MAX_SYNCS = 120


def progress(request: HttpRequest, file: SalesFile) -> HttpResponseBase:
    return moving_part(request, file, _progress_address(file))


def _progress_address(file: SalesFile) -> str:
    return reverse("admin:offline_salesfile_progress", args=(file.pk,))


def unreadable(_request: HttpRequest, file: SalesFile) -> HttpResponseBase:
    """The rows that cannot be read, with the reason and the columns of the mapping, for whoever has sent the file."""
    columns = ("row", "what is wrong", *ROLES)
    return download("cannot-be-read", [Sheet("CSV", columns, _faulty_rows(file))], FileKind.CSV)


def _faulty_rows(file: SalesFile) -> Iterator[tuple[Cell, ...]]:
    lines = file.lines.exclude(fault="").order_by("row")
    for line in lines.iterator():
        yield (line.row, line.fault, *(line.cells.get(role, "") for role in ROLES))


class SalesFileAdmin(FileActions, MappingAction, ScopedReadOnlyAdmin):
    venue_path = "channel__venue"
    related = ("channel__venue", "mapping", "user", "asked_by")
    list_display = ("name", "channel", "uploaded", "made_by", "state_label", "tickets", "problems")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("channel", VisibleSearchFilter),
        ("channel__venue", VisibleFilter),
        ("uploaded_at", MomentRangeFilter),
    )
    search_fields = ("name", "channel__name")
    search_help_text = _("File or channel")
    list_above = "admin/late_sales/sales_file_link.html"
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = ()
    unsearchable: ClassVar[tuple[str, ...]] = ("content", "summary", "message")
    change_form_outer_before_template = "admin/late_sales/sales_file.html"
    actions_detail = ("book", "refund_gone", "undo", "mapping", "check_again")
    custom_urls = (("upload/", "offline_salesfile_upload", upload),)
    pages = (
        ("progress/", "progress", SEE_FILES, progress),
        ("columns/", "columns", TAKE, say_columns),
        ("cannot-be-read/", "unreadable", SEE_FILES, unreadable),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SalesFile]:
        files: QuerySet[SalesFile] = super().get_queryset(request)
        return files.defer("content")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {})}
        if object_id is not None and self.has_view_permission(request):
            context |= _told(self.require(request, object_id))
        return super().changeform_view(request, object_id, form_url, context)

    @display(description=_("uploaded"))
    def uploaded(self, file: SalesFile) -> str:
        return local_time(file.uploaded_at, file.channel.venue.zone)

    @display(description=_("who"))
    def made_by(self, file: SalesFile) -> str:
        return maker_of(file)

    @display(description=_("state"), label=LABELS)
    def state_label(self, file: SalesFile) -> tuple[str, Any]:
        return file.state, FileState(file.state).label

    @display(description=_("tickets"))
    def tickets(self, file: SalesFile) -> str:
        if not file.summary:
            return "–"
        return str(
            _t("%(added)s added, %(taken_back)s taken back")
            % {name: number(file.summary[name]) for name in ("added", "taken_back")}
        )

    @display(description=_("cannot be read"))
    def problems(self, file: SalesFile) -> object:
        return number(file.summary["unreadable"]) if file.summary else "–"


def _told(file: SalesFile) -> dict[str, Any]:
    """What the page says of a file, beyond its own fields."""
    summary = file.summary
    is_booked = file.state in {FileState.DONE, FileState.UNDONE, FileState.REFUNDING}
    return {
        "state_label": FileState(file.state).label,
        "state_color": LABELS[FileState(file.state)],
        "who": maker_of(file),
        "progress": progress_of(file, _progress_address(file)),
        "is_booked": is_booked,
        "numbers": list(_numbers(file, is_booked=is_booked)) if summary else [],
        "gone": _gone(summary),
        "mapping_address": _mapping_address(file),
        "may_say_columns": file.state == FileState.REJECTED
        and is_step_possible(file, FileState.WAITING),
        "more_problems": summary.get("unreadable", 0) - len(summary.get("problems", ())),
        "more_short": summary.get("short_rows", 0) - len(summary.get("short", ())),
        "syncs": sync_rows(file.syncs.order_by("pk")[:MAX_SYNCS], file.channel.venue.zone),
    }


def _mapping_address(file: SalesFile) -> str:
    """To the version by which it was read, on the page of its channel; empty where the reader may not open that."""
    address = page_url(file.channel)
    return f"{address}#dataset-{MAPPINGS}" if address else ""


def _numbers(file: SalesFile, *, is_booked: bool) -> Iterator[tuple[str, str]]:
    """What booking the file would change, or has changed."""
    names = [
        (_t("Lines"), "lines"),
        (_t("New"), "new"),
        (_t("Changed"), "changed"),
        (_t("Known before"), "known"),
        (_t("Tickets added"), "added"),
        (_t("Tickets taken back"), "taken_back"),
        (_t("Could not be had"), "conflicts")
        if is_booked
        else (_t("Cannot be had now"), "short_rows"),
        (_t("Cannot be read"), "unreadable"),
    ]
    if file.is_whole:
        names.append((_t("Gone from the file"), "gone"))
    for label, name in names:
        yield label, number(file.summary[name])


def _gone(summary: dict[str, Any]) -> str:
    if not (count := summary.get("gone", 0)):
        return ""
    return ngettext(
        "%(sales)s sale that was reported before, of %(tickets)s tickets, is gone from this file. It stays "
        "booked until you refund it.",
        "%(sales)s sales that were reported before, of %(tickets)s tickets, are gone from this file. They stay "
        "booked until you refund them.",
        count,
    ) % {"sales": number(count), "tickets": number(summary["gone_tickets"])}
