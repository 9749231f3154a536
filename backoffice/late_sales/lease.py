"""Leases: shown, never edited. They are taken, extended and handed back by actions."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.kit.blocks import BlockAdmin, BlockLineInline
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.rows import maker_of
from backoffice.late_sales.lease_actions import LeaseActions
from backoffice.late_sales.panels import SyncsPanel
from backoffice.late_sales.taking import choose_event
from common.text import local_time
from offline.leases import is_over
from sales.enums import BlockKind, BlockStatus
from sales.models import Block

# Active, but its terminal should have stopped: a late report may still come.
GRACE = "GRACE"


class LeaseLineInline(BlockLineInline):
    fields = ("number", "item", "quantity", "sold", "handed_back", "remainder", "price")
    readonly_fields = fields


class LeaseAdmin(LeaseActions, BlockAdmin):
    related = ("event__venue", "channel", "user")
    list_display = (
        *("number", "terminal", "channel", "event"),
        *("taken", "sold", "remainder", "expires", "status_label"),
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("expires_at", MomentRangeFilter),
    )
    search_fields = ("name",)
    search_help_text = _("Lease number, or terminal")
    list_above = "admin/late_sales/lease_link.html"
    inlines = (LeaseLineInline,)
    panels = (SyncsPanel,)
    actions_detail = ("extend", "hand_back", "movements")
    custom_urls = (("take/", "sales_block_take", choose_event),)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("number", "terminal", "channel", "event"),
                    *("state", "made_by", "end_reason"),
                )
            },
        ),
        (_("Times"), {"fields": ("created", "expires", "hands_back", "ended")}),
    )
    readonly_fields = (
        *("number", "terminal", "state", "made_by"),
        *("created", "expires", "hands_back", "ended"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        return super().get_queryset(request).filter(kind=BlockKind.LEASE)

    @display(description=_("terminal"))
    def terminal(self, block: Block) -> str:
        return block.name

    @display(description=_("taken"))
    def taken(self, block: Block) -> int:
        return sum(line.quantity for line in block.lines.all())

    @display(description=_("sold"))
    def sold(self, block: Block) -> int:
        return sum(line.sold for line in block.lines.all())

    @display(
        description=_("status"),
        label={
            BlockStatus.ACTIVE: "success",
            GRACE: "warning",
            BlockStatus.RETURNED: "",
            BlockStatus.LAPSED: "",
        },
    )
    def status_label(self, block: Block) -> tuple[str, Any]:
        if block.status == BlockStatus.ACTIVE and is_over(block, timezone.now()):
            return GRACE, _t("Expired, in grace")
        return block.status, BlockStatus(block.status).label

    @display(description=_("status"))
    def state(self, block: Block) -> str:
        return str(self.status_label(block)[1])

    @display(description=_("taken by"))
    def made_by(self, block: Block) -> str:
        return maker_of(block)

    @display(description=_("set aside"))
    def created(self, block: Block) -> str:
        return local_time(block.created_at, block.event.venue.zone)

    @display(description=_("expires"))
    def expires(self, block: Block) -> str:
        return local_time(block.expires_at, block.event.venue.zone)

    @display(description=_("what is left goes back"))
    def hands_back(self, block: Block) -> str:
        return local_time(block.hands_back_at, block.event.venue.zone)
