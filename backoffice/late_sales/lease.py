"""Leases: shown, never edited. They are taken, extended and handed back by actions."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.kit.base import ReadOnlyInline
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.rows import maker_of
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.late_sales.lease_actions import LeaseActions
from backoffice.late_sales.panels import SyncsPanel
from backoffice.late_sales.taking import choose_event
from common.spoken_number import row_of
from common.text import local_time, money
from offline.leases import is_over
from sales.enums import BlockKind, BlockStatus
from sales.models import Block, BlockLine

# Active, but its terminal should have stopped: a late report may still come.
GRACE = "GRACE"


class LineInline(ReadOnlyInline):
    model = BlockLine
    tab = False
    related = ("item", "block")
    fields = ("number", "item", "quantity", "sold", "handed_back", "remainder", "price")
    readonly_fields = fields

    @display(description=_("left"))
    def remainder(self, line: BlockLine) -> int:
        return line.left

    @display(description=_("unit price"))
    def price(self, line: BlockLine) -> str:
        return money(line.unit_price, line.block.currency)


class LeaseAdmin(LeaseActions, ScopedReadOnlyAdmin):
    venue_path = "event__venue"
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
    list_before_template = "admin/late_sales/lease_link.html"
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (LineInline,)
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
        return super().get_queryset(request).filter(kind=BlockKind.LEASE).prefetch_related("lines")

    def _named(self, word: str) -> Q:
        """By the number that is read out, too."""
        row = row_of(word)
        return super()._named(word) | (Q(pk=row) if row is not None else Q(pk__in=()))

    @display(description=_("number"))
    def number(self, block: Block) -> str:
        return str(block)

    @display(description=_("terminal"))
    def terminal(self, block: Block) -> str:
        return block.name

    @display(description=_("taken"))
    def taken(self, block: Block) -> int:
        return sum(line.quantity for line in block.lines.all())

    @display(description=_("sold"))
    def sold(self, block: Block) -> int:
        return sum(line.sold for line in block.lines.all())

    @display(description=_("left"))
    def remainder(self, block: Block) -> int:
        return sum(line.left for line in block.lines.all())

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

    @display(description=_("ended"))
    def ended(self, block: Block) -> str:
        return local_time(block.ended_at, block.event.venue.zone)
