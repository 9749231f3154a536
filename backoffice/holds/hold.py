"""Named holds: shown, never edited. They are made, changed and ended by actions."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.holds.guests import GuestActions, upload
from backoffice.holds.hold_actions import SEE, HoldActions
from backoffice.holds.making import choose_event
from backoffice.holds.panels import GuestsPanel, HistoryPanel
from backoffice.kit.blocks import BlockAdmin, BlockLineInline
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.rows import maker_of
from common.text import local_time
from sales.enums import BlockStatus
from sales.models import BlockLine, NamedHold


class HoldLineInline(BlockLineInline):
    verbose_name_plural = _("What is held")
    fields = ("number", "item", "set_aside", "handed_out", "went_back", "remainder", "price")
    readonly_fields = fields

    @display(description=_("set aside in all"))
    def set_aside(self, line: BlockLine) -> int:
        return line.quantity

    @display(description=_("handed out"))
    def handed_out(self, line: BlockLine) -> int:
        return line.sold

    @display(description=_("went back"))
    def went_back(self, line: BlockLine) -> int:
        return line.handed_back


class NamedHoldAdmin(GuestActions, HoldActions, BlockAdmin):
    related = ("event__venue", "channel", "user", "owner")
    list_display = (
        *("number", "name", "category", "owned_by", "event", "channel"),
        *("remainder", "handed_out", "ends", "status_label"),
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("hands_back_at", MomentRangeFilter),
    )
    search_fields = ("name", "owner_name")
    search_help_text = _("Number, name, or owner’s name")
    list_above = "admin/holds/link.html"
    inlines = (HoldLineInline,)
    panels = (GuestsPanel, HistoryPanel)
    actions_detail = ("add_guests", "adjust", "end_early", "movements")
    pages = (("guest-file/", "guest_file", SEE, upload),)
    custom_urls = (("make/", "sales_namedhold_make", choose_event),)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("number", "name", "category", "owned_by", "channel", "event"),
                    *("state", "made_by", "end_reason"),
                )
            },
        ),
        (_("Times"), {"fields": ("created", "ends", "ended")}),
    )
    readonly_fields = ("number", "owned_by", "state", "made_by", "created", "ends", "ended")

    @display(description=_("owner"))
    def owned_by(self, hold: NamedHold) -> str:
        return hold.owned_by

    @display(description=_("handed out"))
    def handed_out(self, hold: NamedHold) -> int:
        return sum(line.sold for line in hold.lines.all())

    @display(
        description=_("status"),
        label={BlockStatus.ACTIVE: "success", BlockStatus.RETURNED: "", BlockStatus.LAPSED: ""},
    )
    def status_label(self, hold: NamedHold) -> tuple[str, str]:
        return hold.status, _state(hold)

    @display(description=_("status"))
    def state(self, hold: NamedHold) -> str:
        return _state(hold)

    @display(description=_("made by"))
    def made_by(self, hold: NamedHold) -> str:
        return maker_of(hold)

    @display(description=_("made"))
    def created(self, hold: NamedHold) -> str:
        return local_time(hold.created_at, hold.event.venue.zone)

    @display(description=_("ends"))
    def ends(self, hold: NamedHold) -> str:
        return local_time(hold.hands_back_at, hold.event.venue.zone)


def _state(hold: NamedHold) -> str:
    words = {
        BlockStatus.ACTIVE: _t("Held"),
        BlockStatus.RETURNED: _t("Ended early"),
        BlockStatus.LAPSED: _t("Released"),
    }
    return words[BlockStatus(hold.status)]
