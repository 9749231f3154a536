"""Syncs: what a channel has reported, when, and what became of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import object_link
from backoffice.kit.rows import maker_of
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.late_sales.panels import ReportsPanel
from common.text import local_time
from offline.models import Sync


class SyncAdmin(ScopedReadOnlyAdmin):
    venue_path = "channel__venue"
    related = ("channel__venue", "lease", "sales_file", "user")
    list_display = (
        *("received", "channel", "lease_link", "accepted", "duplicates"),
        *("conflicts", "unreadable", "made_by"),
    )
    list_filter = (
        ("channel", VisibleSearchFilter),
        ("channel__venue", VisibleFilter),
        ("received_at", MomentRangeFilter),
    )
    search_fields = ("channel__name",)
    search_help_text = _("Channel")
    ordering = ("-pk",)
    sortable_by = ()
    panels = (ReportsPanel,)
    fieldsets = (
        (None, {"fields": ("channel", "received", "lease_link", "file_link", "made_by")}),
        (_("Reports"), {"fields": ("accepted", "duplicates", "conflicts", "unreadable")}),
    )
    readonly_fields = ("received", "lease_link", "file_link", "made_by")

    @display(description=_("received"))
    def received(self, sync: Sync) -> str:
        return local_time(sync.received_at, sync.channel.venue.zone)

    @display(description=_("lease"))
    def lease_link(self, sync: Sync) -> Any:
        return object_link(sync.lease) if sync.lease is not None else "–"

    @display(description=_("sales file"))
    def file_link(self, sync: Sync) -> Any:
        """The file whose lines it has booked, or undone."""
        return object_link(sync.sales_file) if sync.sales_file is not None else "–"

    @display(description=_("who"))
    def made_by(self, sync: Sync) -> str:
        return maker_of(sync)
