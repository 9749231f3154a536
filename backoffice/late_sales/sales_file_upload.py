"""The page on which a sales file is uploaded: it is kept and checked, and nothing of it is booked."""

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from accounts.models import User
from accounts.selectors import within_venues
from allocations.enums import REPORTS_LATE
from allocations.models import SalesChannel
from backoffice.kit.form_fields import OneObject
from backoffice.kit.forms import add_refusal
from common.addresses import change_url
from common.errors import RefusedError
from common.text import number
from exchange.sales_files import services
from exchange.sales_files.rows import MAX_LINES
from offline.services import LARGEST_FILE

TAKE = "offline.take_salesfile"


class UploadForm(forms.Form):
    """Offers the person's channels that report late."""

    channel = OneObject(
        _("Channel"),
        help_text=_("One of yours that is offline at times, or reports from time to time."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=_("CSV or an Excel workbook, as the channel's program writes it."),
    )
    is_whole = forms.BooleanField(
        label=_("It holds all sales of its events"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_(
            "What was reported of these events before and is not in it is then proposed as a refund."
        ),
    )

    def __init__(self, request: HttpRequest, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="upload_%s")
        channels = SalesChannel.objects.filter(
            within_venues(request.user, "venue"), connectivity__in=REPORTS_LATE
        )
        field = cast("OneObject", self.fields["channel"])
        field.queryset = channels.select_related("venue").order_by("venue__name", "name")
        field.naming = lambda channel: f"{channel.name} – {channel.venue.name}"
        if not channels.exists():
            field.help_text = _(
                "None of your channels is offline at times or reports from time to time. Its page says how it is "
                "connected."
            )


def upload(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """A file that is uploaded has a page of its own, on which its check is seen."""
    if not request.user.has_perm(TAKE):
        raise PermissionDenied
    form = UploadForm(request)
    if request.method == "POST":
        form = UploadForm(request, request.POST, request.FILES)
        if form.is_valid():
            try:
                with transaction.atomic():
                    file = services.upload_file(
                        channel=form.cleaned_data["channel"],
                        file=form.cleaned_data["file"],
                        is_whole=form.cleaned_data["is_whole"],
                        user=cast("User", request.user),
                    )
            except RefusedError as error:
                add_refusal(form, error, {})
            else:
                return redirect(change_url(file))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Upload a sales file"),
        "opts": model_admin.opts,
        "form": form,
        "max_lines": number(MAX_LINES),
        "max_bytes": LARGEST_FILE,
        "max_megabytes": LARGEST_FILE // 1_000_000,
    }
    return render(request, "admin/late_sales/sales_file_upload.html", context)
