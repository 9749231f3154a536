"""The page of import and export, and the files that it hands out."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.imports.answers import download
from backoffice.imports.forms import SETUP, ExportForm, UploadForm
from backoffice.kit.forms import add_refusal
from backoffice.kit.scope import person_zone
from common.addresses import change_url
from common.text import number
from exchange import services
from exchange.enums import FileKind
from exchange.errors import FileRefusedError, TooMuchError
from exchange.exports import SOURCES, may_export, rows_within, sheets_of
from exchange.models import LARGEST_FILE, MAX_ROWS, ImportRun
from exchange.tables import TABLES
from exchange.template import template_sheets

IMPORT = "exchange.add_importrun"
RECENT = 5


def hub(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Both ways on one page. A file that is uploaded becomes a run with a page of its own."""
    _require_any(request)
    upload = UploadForm(auto_id="upload_%s")
    if request.method == "POST":
        if not request.user.has_perm(IMPORT):
            raise PermissionDenied
        upload = UploadForm(request.POST, request.FILES, auto_id="upload_%s")
        if upload.is_valid():
            try:
                with transaction.atomic():
                    run = services.upload_file(
                        file=upload.cleaned_data["file"],
                        table=upload.cleaned_data["table"],
                        user=cast("User", request.user),
                    )
            except FileRefusedError as error:
                add_refusal(upload, error, {})
            else:
                return redirect(change_url(run))
    return _page(admin, request, upload, ExportForm(request, admin.admin_site))


def export(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """The file that was asked for, or the page again with what is wrong."""
    _require_any(request)
    form = ExportForm(request, admin.admin_site, request.GET)
    if form.is_valid():
        user, content = cast("User", request.user), form.cleaned_data["what"]
        names = list(TABLES) if content == SETUP else [content]
        sources = [SOURCES[name] for name in names if may_export(user, SOURCES[name])]
        bounds, kind = form.bounds(), FileKind(form.cleaned_data["kind"])
        try:
            sheets = sheets_of(
                [(source, rows_within(source, user, bounds)) for source in sources], kind
            )
        except TooMuchError as error:
            add_refusal(form, error, {})
        else:
            return download(content, sheets, kind)
    return _page(admin, request, UploadForm(auto_id="upload_%s"), form)


def template(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """An empty workbook with every sheet, every column, and what each means."""
    del admin
    if not request.user.has_perm(IMPORT):
        raise PermissionDenied
    return download("set-up-template", template_sheets(), FileKind.XLSX)


def _require_any(request: HttpRequest) -> None:
    user = cast("User", request.user)
    if not any(may_export(user, source) for source in SOURCES.values()):
        raise PermissionDenied


def _page(
    admin: Any, request: HttpRequest, upload: UploadForm, export_form: ExportForm
) -> HttpResponseBase:
    may_import = request.user.has_perm(IMPORT)
    runs: Any = admin.get_queryset(request)[:RECENT] if may_import else ImportRun.objects.none()
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Import and export"),
        "upload": upload,
        "export": export_form,
        "media": export_form.media,
        "may_import": may_import,
        "runs": runs,
        "max_rows": number(MAX_ROWS),
        "max_bytes": LARGEST_FILE,
        "max_megabytes": LARGEST_FILE // 1_000_000,
    }
    with timezone.override(person_zone(request)):
        return render(request, "exchange/hub.html", context)
