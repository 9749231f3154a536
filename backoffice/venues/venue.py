"""Venues and series."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alerts.services import begin_venues
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.confirmation import require_confirmed
from backoffice.kit.scope import ScopedAdmin
from backoffice.overview.guide import VenueGuide
from common.addresses import change_url
from events.consequences import of_time_zone
from events.models import Venue
from events.models.venue import CURRENCY_STAYS, UPI_IN_RUPEES, UPI_IS_WHOLE


class VenueAdmin(ScopedAdmin):
    panels = (VenueGuide,)
    venue_path = "pk"
    change_form_outer_before_template = "admin/above.html"
    list_display = ("name", "city", "time_zone", "currency")
    list_filter = ("city", "currency")
    search_fields = ("name", "city", "slug")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "city")}),
        (_("Time and money"), {"fields": ("time_zone", "currency")}),
        (_("Payment by UPI at a counter"), {"fields": ("upi_address", "upi_name")}),
        (_("Going live"), {"fields": ("requires_checklist",)}),
    )
    constraint_messages: ClassVar[Any] = {
        "venue_currency_is_iso_4217": ("currency", _("Three capital letters, as in ISO 4217.")),
        "venue_currency_stays_once_priced": ("currency", CURRENCY_STAYS),
        "venue_upi_is_whole": ("upi_name", UPI_IS_WHOLE),
        "venue_upi_is_in_rupees": ("upi_address", UPI_IN_RUPEES),
    }

    class Media:
        css: ClassVar[Any] = {"all": ("admin/setting_up.css",)}

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        # A new venue's page says what comes next.
        del request
        return redirect(change_url(obj))

    def lock(self, obj: Any) -> None:
        # The events before their venue, as every writer does.
        obj.lock_its_events()
        super().lock(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("currency",) if obj and obj.is_priced else ()

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        if change and "time_zone" in form.changed_data:
            before = Venue.objects.get(pk=obj.pk)
            require_confirmed(form, of_time_zone(before, obj.time_zone, timezone.now()))
        super().save_model(request, obj, form, change)
        if not change:
            begin_venues([obj])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked here so that Django need not collect its events to refuse.
        used = obj is not None and obj.events.exists()
        return not used and super().has_delete_permission(request, obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The short name stands in addresses: renaming a venue later does not change it.
        return {} if obj else super().get_prepopulated_fields(request, obj)


class SeriesAdmin(ScopedAdmin):
    venue_path = "venue"
    related = ("venue",)
    reason_required = False
    list_display = ("name", "venue")
    list_filter = (("venue", VisibleFilter),)
    search_fields = ("name", "venue__name")
    autocomplete_fields = ("venue",)
    fieldsets = ((None, {"fields": ("venue", "name")}),)
    constraint_messages: ClassVar[Any] = {
        "series_name_unique_in_venue": ("name", _("The venue has a series of this name already.")),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its events belong to the same venue and would stay behind.
        return ("venue",) if obj else ()
