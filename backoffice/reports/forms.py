"""What a report is asked for; it stands in the address of the page."""

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from accounts.models import User
from allocations.models import Listing
from backoffice.kit.choices import SearchedChoice
from backoffice.kit.form_fields import Day, OneObject, OneOf
from events.models import Event, Pool, Venue
from planning.reports.catalog import Report
from planning.reports.scope import LONGEST_DAYS, Scope
from planning.selectors import venues_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Field → the foreign key whose search box it has.
SEARCHED: dict[str, Any] = {
    "series": Event.series.field,
    "event": Pool.event.field,
    "channel": Listing.channel.field,
}
# What a field means that is left empty, in this form and in that of a schedule.
ALL_OF: "dict[str, StrOrPromise]" = {
    "venue": _("All venues"),
    "series": _("All series"),
    "event": _("All events"),
    "channel": _("All channels"),
}


class FilterForm(forms.Form):
    """Offers only what the person may see. Without an answer a report is about all of the person's venues."""

    venue = OneObject(_("Venue"), required=False, empty_label=ALL_OF["venue"])
    series = OneObject(_("Series"), required=False, empty_label=ALL_OF["series"])
    event = OneObject(_("Event"), required=False, empty_label=ALL_OF["event"])
    channel = OneObject(_("Channel"), required=False, empty_label=ALL_OF["channel"])
    first = Day(_("From"))
    last = Day(_("Until"))
    by = OneOf(_("Rows by"), required=False)

    def __init__(self, request: HttpRequest, site: AdminSite, report: Report, today: date) -> None:
        super().__init__(request.GET or None, auto_id="filter_%s")
        self.report = report
        self.venues = venues_of(cast("User", request.user))
        self._today = today
        fields: dict[str, Any] = self.fields
        fields["venue"].queryset = site.get_model_admin(Venue).get_queryset(request)
        for name, key in SEARCHED.items():
            fields[name].queryset = site.get_model_admin(key.related_model).get_queryset(request)
            fields[name].widget = SearchedChoice(
                key,
                site,
                attrs={"class": "unfold-filter-autocomplete", "data-placeholder": ALL_OF[name]},
            )
            fields[name].widget.choices = fields[name].choices
        if report.groups:
            fields["by"].choices = list(report.groups.items())
        else:
            del fields["by"]
        if report.days is None:
            del fields["first"], fields["last"]
        else:
            fields["first"].initial, fields["last"].initial = report.period(today)

    @property
    def media(self) -> forms.Media:
        media = AutocompleteDropdownForm.Media
        return forms.Media(js=media.js, css=media.css)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = self._days(data)
        if last < first:
            self.add_error("last", _("The last day is before the first."))
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error("last", _("A report is about three years at the most."))
        return data

    def _days(self, data: dict[str, Any]) -> tuple[date, date]:
        first, last = self.report.period(self._today)
        return data.get("first") or first, data.get("last") or last

    def scope(self) -> Scope:
        """Of a form that is valid, or of which nothing was asked."""
        data = self.cleaned_data if self.is_bound else {}
        venue = data.get("venue")
        numbers = {f"{name}_id": data[name].pk if data.get(name) else None for name in SEARCHED}
        first, last = self._days(data)
        return Scope(self.venues if venue is None else [venue], first, last, **numbers)

    def group(self) -> str:
        data = self.cleaned_data if self.is_bound else {}
        return data.get("by") or self.report.default_group
