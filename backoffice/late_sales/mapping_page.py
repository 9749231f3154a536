"""The page on which somebody says, on a file, which column of a channel's files is what."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import site
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.kit.dialogs import link_action
from backoffice.late_sales.mapping_form import MappingForm
from backoffice.late_sales.mapping_versions import version_rows
from backoffice.late_sales.sales_file_upload import TAKE
from common.addresses import change_url
from common.errors import InvalidInputError, RefusedError
from exchange.sales_files import services
from exchange.sales_files.mapping import FileMapping
from exchange.sales_files.preview import Preview, preview_of
from offline.enums import FileState
from offline.models import SalesFile
from offline.services import is_step_possible

# Wider ones are cut here; they are read all the same.
MAX_COLUMNS = 30


def say_columns(request: HttpRequest, file: SalesFile) -> HttpResponseBase:
    """Save the next version of the channel's mapping; then the file is checked by it."""
    try:
        if not is_step_possible(file, FileState.WAITING):
            raise InvalidInputError(
                _t("What was booked of a file, or forgotten, cannot be read in another way.")
            )
        preview = preview_of(bytes(file.content or b""), request.GET.get("row", ""))
    except RefusedError as refusal:
        messages.error(request, refusal.detail)
        return redirect(change_url(file))
    last = file.channel.file_mappings.order_by("-version").first()
    before = FileMapping.of(last.content) if last is not None else None
    form = MappingForm(file.channel, preview, before, _data_of(request))
    if form.is_bound and form.is_valid() and form.is_complete:
        try:
            with transaction.atomic():
                kept = services.save_mapping(
                    file_id=file.pk,
                    mapping=form.mapping(),
                    reason=form.cleaned_data["reason"],
                    user=cast("User", request.user),
                )
        except InvalidInputError as refusal:
            form.refuse(refusal)
        except RefusedError as refusal:
            form.add_error(None, refusal.detail)
        else:
            text = _t("The channel's files are read by version %d from now on.")
            messages.success(request, text % kept.version)
            return redirect(change_url(file))
    return _page(request, file, form, preview)


def _data_of(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _page(
    request: HttpRequest, file: SalesFile, form: MappingForm, preview: Preview
) -> HttpResponseBase:
    asks_for_words = form.is_bound and not form.is_complete
    if asks_for_words:
        # What was only not asked yet is no mistake.
        for name in [name for name in form.errors if name in {"reason", "counted"}]:
            del form.errors[name]
    context = {
        **site.each_context(request),
        "title": _("Say which column is what"),
        "opts": SalesFile._meta,
        "original": file,
        "file_url": change_url(file),
        "form": form,
        "asks_for_words": asks_for_words,
        "token": form.token,
        "rows": [(number, texts[:MAX_COLUMNS]) for number, texts in preview.rows],
        "heading_row": preview.heading_row,
        "versions": version_rows(file.channel),
    }
    return render(request, "admin/late_sales/mapping.html", context)


class MappingAction:
    """Of the admin class of sales files."""

    @link_action(
        _("Say which column is what"),
        permission=TAKE,
        icon="table_chart",
        shown=lambda file: is_step_possible(file, FileState.WAITING),
    )
    def mapping(self, file: SalesFile) -> str:
        return reverse("admin:offline_salesfile_columns", args=(file.pk,))
