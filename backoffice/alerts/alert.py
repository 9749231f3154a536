"""Alerts: the board of those that stand, and each one's page. Shown, never edited; people take them on."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from alerts import words
from alerts.enums import AlertStatus, Measure
from alerts.kinds import kind_of
from alerts.models import Alert
from alerts.selectors import BY_URGENCY, RELATED
from allocations.models import Stock
from backoffice.alerts import board, cells
from backoffice.alerts.handling import Handling, acknowledge_selected, resolve_selected
from backoffice.alerts.page import FoundPanel, StepsPanel, ToldPanel
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.rows import open_conflicts_link
from backoffice.kit.scope import ScopedReadOnlyAdmin, person_zone

# Colors of unfold's labels; the words are beside them.
LABELS = {
    AlertStatus.OPEN: "danger",
    AlertStatus.ACKNOWLEDGED: "info",
    AlertStatus.RESOLVED: "success",
}
LINKED = ("event", "pool", "item", "channel", "transfer", "endpoint")


class AlertAdmin(Handling, ScopedReadOnlyAdmin):
    venue_path = "venue"
    related = RELATED
    list_display = ("what", "where", "since", "told", "state")
    list_filter = (
        board.StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        ("venue", VisibleFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("opened_at", MomentRangeFilter),
    )
    list_above = "admin/alerts/board.html"
    search_fields = ("event__name", "pool__name", "channel__name", "venue__name")
    search_help_text = _("Event, pool, channel or venue")
    sortable_by = ()
    actions: ClassVar[list[Any]] = [acknowledge_selected, resolve_selected]
    actions_detail = ("acknowledge", "resolve")
    panels = (FoundPanel, StepsPanel, ToldPanel)
    change_form_outer_before_template = "admin/alerts/state.html"
    readonly_fields = (*(f"of_{name}" for name in LINKED), "stock", "conflicts")

    # --- The board ------------------------------------------------------------------------

    def get_ordering(self, request: HttpRequest) -> Any:
        return BY_URGENCY if board.state_of(request) in board.STANDING_STATES else ("-pk",)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return super().changelist_view(request, {"title": _t("Alerts"), **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With what stands above the rows, and instead of them."""
        changelist = super().get_changelist_instance(request)
        changelist.board = board.head(request, changelist)
        return changelist

    def load_page(self, request: HttpRequest, rows: Sequence[Alert]) -> None:
        groups, links = cells.told_of(rows), cells.links_of(rows)
        now, zone = timezone.now(), person_zone(request)
        for alert in rows:
            alert.told_row = cells.told(alert, groups.get(alert.pk, ()), now)  # type: ignore[attr-defined]
            alert.by_link = links.get(alert.pk, {})  # type: ignore[attr-defined]
            alert.now, alert.zone = now, alert.venue.zone if alert.venue else zone  # type: ignore[attr-defined]

    @display(description=_("alert"))
    def what(self, alert: Alert) -> Any:
        return format_html(
            '<span class="alert-cell">{}<span><strong>{}</strong>'
            '<span class="finlo-quiet">{}</span></span></span>',
            cells.mark(alert.severity),
            words.title(alert),
            words.reason(alert),
        )

    @display(description=_("where"))
    def where(self, alert: Alert) -> Any:
        return cells.where(alert)

    @display(description=_("since"))
    def since(self, alert: Any) -> Any:
        return cells.since(alert, alert.now, alert.zone)

    @display(description=_("told"))
    def told(self, alert: Any) -> Any:
        return alert.told_row

    @display(description=_("state"))
    def state(self, alert: Any) -> Any:
        return cells.state(alert, LABELS[AlertStatus(alert.status)], alert.zone, alert.by_link)

    # --- Its page -------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only what the alert is about, two in a line: most are about little of it."""
        names = [f"of_{name}" for name in LINKED if obj and getattr(obj, f"{name}_id")]
        stock = ["stock"] if obj and obj.pool_id and obj.channel_id else []
        late = ["conflicts"] if obj and kind_of(obj).measure(obj) == Measure.CONFLICTS else []
        return ((None, {"fields": [*_in_twos([*names, *stock, *late])]}),)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        alert: Alert = context["original"]
        zone = self.zone_of(request, alert)
        context["found"] = {
            "title": words.title(alert),
            "reason": words.reason(alert),
            "place": words.place(alert),
            "mark": cells.mark(alert.severity),
            "since": cells.since(alert, timezone.now(), zone),
            "state": cells.state(
                alert,
                LABELS[AlertStatus(alert.status)],
                zone,
                cells.links_of([alert]).get(alert.pk, {}),
            ),
            "advice": alert.rule.advice if alert.rule else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description=_("event"))
    def of_event(self, alert: Alert) -> Any:
        return cells.link(alert.event)

    @display(description=_("pool"))
    def of_pool(self, alert: Alert) -> Any:
        return cells.link(alert.pool)

    @display(description=_("item"))
    def of_item(self, alert: Alert) -> Any:
        return cells.link(alert.item)

    @display(description=_("channel"))
    def of_channel(self, alert: Alert) -> Any:
        return cells.link(alert.channel)

    @display(description=_("transfer"))
    def of_transfer(self, alert: Alert) -> Any:
        return cells.link(alert.transfer)

    @display(description=_("endpoint"))
    def of_endpoint(self, alert: Alert) -> Any:
        return alert.details.get("endpoint", alert.endpoint)

    @display(description=_("stock"))
    def stock(self, alert: Alert) -> Any:
        """The row with its numbers now, from which its movements lead on."""
        row = Stock.objects.filter(pool=alert.pool_id, channel=alert.channel_id).first()
        return cells.link(row, _t("The numbers now")) if row else "–"

    @display(description=_("conflicts"))
    def conflicts(self, alert: Alert) -> Any:
        """Those of the channel that are open, where they are resolved."""
        return open_conflicts_link(alert.channel_id)


def _in_twos(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), 2):
        yield tuple(names[start : start + 2])
