"""Stock and movements: shown, never edited. Drawing terms change by an action."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeNumericFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.selectors import rehearsals, within_venues
from allocations import services
from allocations.approval import Wanted, do_or_ask
from allocations.enums import DocumentKind, StockKind
from allocations.models import Movement, Stock
from allocations.movement_words import named_rows, steps_of_terms
from allocations.plans.selectors import plans_of
from allocations.selectors import channels_of_keys
from backoffice.kit.bars import stock_bar
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import dialog_action, link_action
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import page_link
from backoffice.kit.rows import (
    block_link,
    hold_link,
    key_link,
    kill_link,
    plan_link,
    row_link,
    transfer_link,
)
from backoffice.kit.running import RunningFilter
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.stock.forms import DrawingForm
from common.clock import utc
from common.spoken_number import spoken
from common.text import local_time, signed

# The page of what a movement belongs to, by its number in the ledger.
LINKS = {
    DocumentKind.TRANSFER: transfer_link,
    DocumentKind.BLOCK: block_link,
    DocumentKind.NAMED_HOLD: hold_link,
    DocumentKind.KILL: kill_link,
}


class StockAdmin(ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = (
        "event__venue",
        "pool",
        "channel",
        "listing__item",
        "listing__channel",
        "item",
        "draws_on__pool",
    )
    list_display = ("__str__", "event", "kind", "quantity", "use", "drawn")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("quantity", RangeNumericFilter),
        RunningFilter,
    )
    search_fields = ("event__name", "pool__name", "channel__name", "name")
    search_help_text = _("Event, pool or channel")
    ordering = ("-event__starts_at", "event_id", "pool_id", "-kind", "pk")
    actions_detail = ("set_drawing", "movements")
    fieldsets = (
        (None, {"fields": ("event", "kind", "pool", "channel", "listing", "item", "name")}),
        (_("Counters"), {"fields": ("quantity", "held", "sold", "free", "drawn", "version")}),
        (
            _("Drawing"),
            {"fields": ("draws_on", "draws_from", "draws_until", "ceiling")},
        ),
    )
    readonly_fields = ("free",)
    constraint_messages: ClassVar[Any] = {
        "stock_within_ceiling": ("ceiling", _("The row has more than that already.")),
    }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only the owners and terms that a row of its kind has."""
        first, counters, drawing = super().get_fieldsets(request, obj)
        if obj is None:
            return (first, counters, drawing)
        owners = [
            name
            for name in ("pool", "channel", "listing", "item", "name")
            if getattr(obj, name) not in (None, "")
        ]
        fieldset = (None, {"fields": ("event", "kind", *owners)})
        return (
            (fieldset, counters, drawing) if obj.kind == StockKind.CHANNEL else (fieldset, counters)
        )

    @display(description=_("sold, held, free"))
    def use(self, row: Stock) -> Any:
        return stock_bar(row)

    @display(description=_("free"))
    def free(self, row: Stock) -> int:
        return row.free

    @dialog_action(
        _("Drawing terms"),
        form=DrawingForm,
        permission="allocations.move_stock",
        submit=_("Set terms"),
        icon="water_drop",
        shown=lambda row: row.kind == StockKind.CHANNEL,
    )
    def set_drawing(self, request: HttpRequest, row: Stock, form: Any) -> str:
        terms = {
            name: form.cleaned_data[name] for name in ("draws_on", "draws_from", "draws_until")
        }
        ceiling, reason = form.cleaned_data["ceiling"], form.cleaned_data["reason"]
        by = form.by
        change = Wanted(
            "DRAWING",
            row.event_id,
            str(row),
            {
                "row": row.pk,
                "draws_on": terms["draws_on"].pk if terms["draws_on"] else None,
                "draws_from": utc(terms["draws_from"]),
                "draws_until": utc(terms["draws_until"]),
                "ceiling": ceiling,
            },
        )
        waits = do_or_ask(
            lambda: services.set_drawing(
                row=row, ceiling=ceiling, by=by, reason=reason, as_shown=form.as_shown, **terms
            ),
            change,
            by=by,
            reason=reason,
            now=timezone.now(),
        )
        return waits or _t("The drawing terms of %s were set.") % row

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, row: Stock) -> str:
        return f"{reverse('admin:allocations_movement_changelist')}?stock__id__exact={row.pk}"


# Stock rows that are named one by one: of each the planner knows how busy it is, and so whether to
# read the newest lines or those of the rows. Of more, it has to find the rows itself.
MAX_NAMED = 5_000


def of_rows(rows: "QuerySet[Stock]") -> Q:
    """A condition on movements: those of these stock rows."""
    numbers = list(rows.order_by().values_list("pk", flat=True)[: MAX_NAMED + 1])
    return Q(stock__in=numbers if len(numbers) <= MAX_NAMED else rows.order_by().values("pk"))


class StockFilter(VisibleSearchFilter):
    """By what the stock row of a movement belongs to."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        filters = {
            name.removeprefix("stock__"): value[-1] if isinstance(value, list) else value
            for name, value in self.used_parameters.items()
        }
        if not filters:
            return queryset
        try:
            return queryset.filter(of_rows(Stock.objects.filter(**filters)))
        except (ValueError, ValidationError) as error:
            raise IncorrectLookupParameters(error) from error


class MovementAdmin(ScopedReadOnlyAdmin):
    """The ledger, newest line first. It has millions of lines: they are never counted."""

    venue_path = "stock__event__venue"
    paginator = InfinitePaginator
    list_display = (
        "when",
        "row",
        "kind",
        "change",
        "after",
        "who",
        "document",
        "why",
    )
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("stock__event", StockFilter),
        ("stock__pool", StockFilter),
        ("stock__channel", StockFilter),
        ("at", MomentRangeFilter),
    )
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "when",
                    "row",
                    "version",
                    "kind",
                    "document",
                    "who",
                    "reason",
                    "internal_note",
                )
            },
        ),
        (
            _("Change"),
            {"fields": ("delta_quantity", "delta_held", "delta_sold", "delta_drawn")},
        ),
        (_("After it"), {"fields": ("quantity", "held", "sold", "drawn", "new_terms")}),
    )
    readonly_fields = ("when", "row", "document", "who", "new_terms")

    def scope(self, request: HttpRequest) -> Q:
        if request.user.is_superuser:  # nearly all, of millions: the few are told apart from them
            hidden = Stock.objects.filter(event__venue__in=rehearsals())
            return ~Q(stock__in=hidden.order_by().values("pk"))
        return of_rows(Stock.objects.filter(within_venues(request.user, "event__venue")))

    def load_page(self, request: HttpRequest, rows: Sequence[Movement]) -> None:
        """Rows and people, each once, however many lines name them."""
        del request
        stock = Stock.objects.select_related(*StockAdmin.related)
        prefetch_related_objects(rows, Prefetch("stock", stock), "user")
        plans = plans_of(rows)
        keys = channels_of_keys([movement.api_key_id for movement in rows if movement.api_key_id])
        for movement in rows:
            movement.plan = plans.get(movement.document_id or 0)  # type: ignore[attr-defined]
            movement.keys = keys  # type: ignore[attr-defined]

    @display(description=_("at"))
    def when(self, movement: Movement) -> str:
        return local_time(movement.at, movement.stock.event.venue.zone)

    @display(description=_("stock"))
    def row(self, movement: Movement) -> Any:
        row = movement.stock
        return (
            format_html("{}<br>{}", row_link(row), row.pool or "") if row.pool_id else row_link(row)
        )

    @display(description=_("change"))
    def change(self, movement: Movement) -> str:
        changes = (
            (_("quantity"), movement.delta_quantity),
            (_("held"), movement.delta_held),
            (_("sold"), movement.delta_sold),
            (_("drawn"), movement.delta_drawn),
        )
        return ", ".join(f"{name} {signed(delta)}" for name, delta in changes if delta) or "–"

    @display(description=_("drawing terms"))
    def new_terms(self, movement: Movement) -> Any:
        event = movement.stock.event
        steps = steps_of_terms(movement, named_rows(event.pk), event.venue.zone)
        lines = ((step.name, step.before, step.after) for step in steps)
        return format_html_join("", "<div>{}: {} → {}</div>", lines) or _t("Unchanged")

    @display(description=_("after: quantity · held · sold"))
    def after(self, movement: Movement) -> str:
        return f"{movement.quantity} · {movement.held} · {movement.sold}"

    @display(description=_("who"))
    def who(self, movement: Movement) -> str:
        if movement.api_key_id:
            return key_link(movement.api_key_id, getattr(movement, "keys", None))
        return str(movement.user) if movement.user else _t("System")

    @display(description=_("reason"))
    def why(self, movement: Movement) -> Any:
        if not movement.internal_note:
            return movement.reason
        return format_html(
            '{}<br><span class="finlo-quiet">{}</span>',
            movement.reason,
            _t("Internal note: “%s”") % movement.internal_note,
        )

    @display(description=_("document"))
    def document(self, movement: Movement) -> Any:
        if movement.document_kind == DocumentKind.PLAN:
            # On a list it was read for all lines at once.
            plan = getattr(movement, "plan", None) or plans_of([movement]).get(
                movement.document_id or 0
            )
            return plan_link(plan) if plan else "–"
        number = movement.document_id or 0
        if movement.document_kind == DocumentKind.BOOKING:
            return page_link("sales.booking", number, f"{_t('Booking')} {spoken(number)}")
        link = LINKS.get(DocumentKind(movement.document_kind))
        return link(number) if link else "–"
