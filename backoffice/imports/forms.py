"""What the page of import and export asks."""

from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts.models import User
from backoffice.kit.choices import SearchedChoice
from backoffice.kit.form_fields import Day, OneObject, OneOf
from events.models import Event, Pool, Venue
from exchange.enums import FileKind
from exchange.exports import SOURCES, Bounds, may_export
from exchange.tables import TABLES

SETUP = "setup"


class UploadForm(forms.Form):
    """A file; how its bytes are judged is the service's business."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("CSV in UTF-8, or an Excel workbook with a sheet for each table."),
    )
    table = OneOf(
        _("A CSV file holds"),
        required=False,
        choices=[
            ("", _("what its columns say")),
            *((table.name, table.title) for table in TABLES.values()),
        ],
    )


class ExportForm(forms.Form):
    """What, as which file, and which part; offers only what the person may see."""

    what = OneOf(_("What"))
    kind = OneOf(_("As"), choices=FileKind.choices[::-1])
    venue = OneObject(_("Venue"), required=False, empty_label=_("All"))
    series = OneObject(_("Series"), required=False)
    event = OneObject(_("Event"), required=False)
    start = Day(_("Events from"))
    end = Day(_("Events until"))

    def __init__(self, request: HttpRequest, site: AdminSite, data: Any = None) -> None:
        super().__init__(data, auto_id="export_%s")
        user = cast("User", request.user)
        sources = [source for source in SOURCES.values() if may_export(user, source)]
        tables = [(source.name, source.title) for source in sources if source.is_setup]
        reports = [(source.name, source.title) for source in sources if not source.is_setup]
        whole = [(SETUP, _("The whole set-up (workbook)"))] if tables else []
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *whole,
            (_("Tables"), tables),
            (_("Reports, to read only"), reports),
        ]
        venues = site.get_model_admin(Venue).get_queryset(request)
        self.fields["venue"].queryset = venues  # type: ignore[attr-defined]
        for name, field in (("series", Event.series.field), ("event", Pool.event.field)):
            queryset = site.get_model_admin(field.related_model).get_queryset(request)
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
            self.fields[name].widget = SearchedChoice(
                field, site, attrs={"class": "unfold-filter-autocomplete"}
            )
            self.fields[name].widget.choices = self.fields[name].choices  # type: ignore[attr-defined]

    @property
    def media(self) -> forms.Media:
        """What the boxes with a search need on a page that is no change form."""
        media = AutocompleteDropdownForm.Media
        return forms.Media(js=media.js, css=media.css)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("what") == SETUP and data.get("kind") == FileKind.CSV:
            self.add_error("kind", _("The whole set-up is a workbook: a CSV file has one table."))
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", _("The last day is before the first."))
        return data

    def bounds(self) -> Bounds:
        data = self.cleaned_data
        venue, series, event = (
            data[name].pk if data[name] else None for name in ("venue", "series", "event")
        )
        return Bounds(venue, series, event, data["start"], data["end"])
