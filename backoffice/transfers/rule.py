"""Rules that ask for transfers by themselves: of a venue, or of one event."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from allocations.models import SalesChannel
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.panels import Panel
from backoffice.kit.shown_when import shown_when
from backoffice.kit.venue_owned import VenueOwnedAdmin
from backoffice.transfers.lists import route, units_told, when
from common.text import local_time
from events.models import Event
from transfers import words
from transfers.enums import Amount
from transfers.models import Transfer, TransferRule
from transfers.selectors import RELATED, SEE

LATEST = 20
ON, TRIAL, OFF = "on", "trial", "off"


def rule_state(rule: TransferRule) -> tuple[str, str]:
    """Whether it asks, only writes down what it would, or rests."""
    if not rule.is_active:
        return OFF, _t("Off")
    if rule.is_trial:
        return TRIAL, _t("On trial")
    return ON, _t("Active")


class RuleTransfersPanel(Panel):
    """What it has asked for lately, and on trial would have."""

    tab = False
    slug = "latest"
    title = _("What it has asked for")
    template = "admin/transfers/rule_transfers.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        rule: TransferRule = self.subject
        newest = Transfer.objects.filter(rule=rule).select_related(*RELATED).order_by("-pk")
        return {
            "told": words.rule_told(rule, rule.event),
            "rows": [
                {
                    "transfer": transfer,
                    "route": route(transfer),
                    "units": units_told(transfer),
                    "at": when(transfer, "requested_at"),
                }
                for transfer in newest[:LATEST]
            ],
        }


class TransferRuleAdmin(VenueOwnedAdmin):
    """The venue comes first: which channels and events can be named follows from it."""

    related = ("venue", "event__venue")
    list_display = ("name", "whose", "condition", "amount_told", "state", "last_fired")
    list_filter = (
        ("venue", VisibleFilter),
        ("event", VisibleSearchFilter),
        "is_active",
        "is_trial",
    )
    search_fields = ("name", "venue__name", "event__name")
    search_help_text = _("Name, venue or event")
    ordering = ("venue__name", "name", "pk")
    sortable_by = ()
    panels = (RuleTransfersPanel,)
    autocomplete_fields = ("event",)
    shown_when: ClassVar[dict[str, str]] = {
        "value": shown_when({"amount": [kind for kind in Amount if kind != Amount.EQUALIZE]})
    }
    fieldsets = (
        (None, {"fields": ("venue", "event", "name", ("is_active", "is_trial"))}),
        (
            _("From whom, to whom"),
            {
                "fields": (("source_below", "target_at_least"), "sources", "targets"),
                "description": _(
                    "It asks for units of a channel that has sold little, for one that is about "
                    "to sell out, both in percent of their own parts."
                ),
            },
        ),
        (
            _("How much"),
            {
                "fields": ("amount", "value", "keeps", ("max_per_run", "max_per_day")),
                "description": _("What is not free is never moved."),
            },
        ),
        (
            _("When"),
            {
                "fields": (("starts_hours", "stops_hours"), ("cooldown_minutes", "hysteresis")),
                "description": _(
                    "The pause and the extra for the way back keep units from swinging to and fro. "
                    "Whether what it asks for waits for an approval, the policy says."
                ),
            },
        ),
    )
    constraint_messages: ClassVar[Any] = {
        "transferrule_name_once": ("name", _("There is a rule of this name already.")),
        "transferrule_percents": (None, _("Percentages and points lie between 0 and 100.")),
        "transferrule_source_below_target": (
            "target_at_least",
            _(
                "The target has sold a larger share than the source, or units would go back at once."
            ),
        ),
        "transferrule_amount_has_its_value": (
            "value",
            _("Say how many units, or which percentage up to 100; leave it empty to equalize."),
        ),
        "transferrule_window_in_order": (
            "stops_hours",
            _("It stops later than it starts: fewer hours before the start."),
        ),
        "transferrule_within_venue": ("event", _("The event belongs to another venue.")),
    }

    # --- The form -------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        if obj is None and (venue := self.venue_of(request)):
            fieldsets[0][1]["description"] = _("For %s.") % venue
        return fieldsets

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        venue = self.venue_of(request, self.edited(request))
        if db_field.name == "event" and venue:
            events = self.admin_site.get_model_admin(Event).get_queryset(request)
            kwargs["queryset"] = events.filter(venue=venue)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        channels = SalesChannel.objects.filter(venue=self.venue_of(request, self.edited(request)))
        kwargs["queryset"] = channels.order_by("kind", "name")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: TransferRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not form.changed_columns() and form.changed_data:
            # Its channels alone are another: that, too, is another version of the rule.
            TransferRule.objects.filter(pk=obj.pk).update(name=obj.name)

    # --- Columns --------------------------------------------------------------------------

    def load_page(self, request: HttpRequest, rows: Sequence[TransferRule]) -> None:
        del request
        transfers = Transfer.objects.filter(rule__in=rows).order_by().values_list("rule")
        latest = dict(transfers.annotate(last=Max("requested_at")))
        for rule in rows:
            rule.last = latest.get(rule.pk)  # type: ignore[attr-defined]

    @display(description=_("for"))
    def whose(self, rule: TransferRule) -> str:
        return str(rule.event or _t("All events of %s") % rule.venue)

    @display(description=_("condition"))
    def condition(self, rule: TransferRule) -> str:
        return words.condition(rule)

    @display(description=_("how much"))
    def amount_told(self, rule: TransferRule) -> str:
        return words.amount(rule)

    @display(description=_("state"), label={ON: "success", TRIAL: "info", OFF: ""})
    def state(self, rule: TransferRule) -> tuple[str, str]:
        return rule_state(rule)

    @display(description=_("last fired"))
    def last_fired(self, rule: Any) -> str:
        return local_time(rule.last, rule.venue.zone)
