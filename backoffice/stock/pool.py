"""Pools: their capacity, and who gets which part of it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import display

from allocations import services
from allocations.selectors import OUT_OF_SALE
from backoffice.events.panels import PoolStockPanel
from backoffice.kit.bars import Use, stock_bar
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import Done, actor_of, dialog_action, link_action
from backoffice.kit.event_owned import EventOwnedAdmin
from backoffice.kit.pages import reason_of
from backoffice.kit.rows import movements_of_pool, name_and_free
from backoffice.plans.pages import PlanPages
from backoffice.plans.words import PlanVersions
from backoffice.stock.forms import (
    AllocateForm,
    CapacityForm,
    MoveForm,
    OpenRowForm,
    PoolForm,
)
from backoffice.stock.kills import KillAction
from events.models import Pool
from events.selectors import RUNNING

MOVE_STOCK = "allocations.move_stock"
RESIZE_STOCK = "allocations.resize_stock"


def is_set_up(pool: Pool) -> bool:
    return services.is_set_up(pool.event)


def is_on_offer(pool: Pool) -> bool:
    return pool.event.status in RUNNING


class PoolAdmin(KillAction, PlanPages, PlanVersions, EventOwnedAdmin):
    panels = (PoolStockPanel,)
    venue_path = "event__venue"
    related = ("event__venue",)
    form = PoolForm
    reason_required = False
    list_display = ("name", "event", "capacity", "use")
    list_filter = (
        ("event", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("capacity", RangeNumericFilter),
    )
    search_fields = ("name", "event__name")
    search_help_text = _("Pool or event")
    ordering = ("-event__starts_at", "event_id", "position", "pk")
    fieldsets = ((None, {"fields": ("event", "name", "capacity", "position")}),)
    add_fieldsets = ((None, {"fields": ("event", "name", "first_capacity", "position")}),)
    event_tab = "parts"
    actions_detail = (
        {
            "title": _("Plan"),
            "icon": "pie_chart",
            "items": ["edit_plan", "apply_plan", "discard_plan", "versions"],
        },
        "set_capacity",
        {
            "title": _("Allocations"),
            "icon": "call_split",
            "items": ["allocate", "move", "transfer", "add_open_row", "take_out"],
        },
    )
    help_texts: ClassVar[Any] = {"position": _("Smaller numbers come first.")}
    constraint_messages: ClassVar[Any] = {
        "pool_name_unique_in_event": ("name", _("The event has a pool of this name already.")),
        "events_pool_stays": (None, _("A pool cannot be moved to another event.")),
        "stock_with_movements_stays": (None, _("The pool has been used, and stays.")),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("event", "capacity") if obj else ()

    def load_page(self, request: HttpRequest, rows: Sequence[Pool]) -> None:
        del request
        counted = Pool.objects.filter(pk__in=[pool.pk for pool in rows]).annotate(
            held=Sum("stock__held", default=0), sold=Sum("stock__sold", default=0), out=OUT_OF_SALE
        )
        uses = {
            pool.pk: Use(pool.capacity - pool.out, pool.held, pool.sold, pool.out)
            for pool in counted
        }
        for pool in rows:
            pool.used = uses.get(pool.pk, Use(pool.capacity, 0, 0))  # type: ignore[attr-defined]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Its capacity stands in the ledger: a pool set up in error is given a capacity of 0.
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Pool, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        pool = services.add_pool(
            event=obj.event,
            name=obj.name,
            capacity=form.cleaned_data["first_capacity"],
            position=obj.position,
            by=actor_of(request),
            reason=reason_of(form) or _t("Set up"),
        )
        obj.__dict__.update(pool.__dict__)

    @display(description=_("sold, held, free"))
    def use(self, pool: Any) -> Any:
        return stock_bar(pool.used)

    # --- Actions --------------------------------------------------------------------------

    @dialog_action(
        _("Set capacity"),
        form=CapacityForm,
        permission=RESIZE_STOCK,
        submit=_("Set capacity"),
        icon="straighten",
    )
    def set_capacity(self, request: HttpRequest, pool: Pool, form: Any) -> Done:
        with transaction.atomic():
            services.set_capacity(
                pool=pool,
                capacity=form.cleaned_data["capacity"],
                by=actor_of(request),
                reason=form.cleaned_data["reason"],
                as_shown=form.as_shown,
            )
        text = _t("The capacity of %(pool)s is now %(capacity)d.") % {
            "pool": pool,
            "capacity": form.cleaned_data["capacity"],
        }
        return Done(text, (movements_of_pool(pool),))

    @dialog_action(
        _("Allocate"),
        form=AllocateForm,
        permission=MOVE_STOCK,
        submit=_("Allocate"),
        icon="call_split",
        shown=is_set_up,
    )
    def allocate(self, request: HttpRequest, pool: Pool, form: Any) -> Done:
        with transaction.atomic():
            services.require_set_up(pool)
            row = services.allocate(
                pool=pool,
                channel=form.cleaned_data["channel"],
                units=form.cleaned_data["units"],
                by=form.by,
                reason=form.cleaned_data["reason"],
            )
        row.refresh_from_db()
        text = _t("%(channel)s now has %(quantity)d of %(pool)s.") % {
            "channel": form.cleaned_data["channel"],
            "quantity": row.quantity,
            "pool": pool,
        }
        return Done(text, (movements_of_pool(pool),))

    @dialog_action(
        _("Move units"),
        form=MoveForm,
        permission=MOVE_STOCK,
        submit=_("Move"),
        icon="swap_horiz",
        shown=is_set_up,
    )
    def move(self, request: HttpRequest, pool: Pool, form: Any) -> Done:
        source, target = form.cleaned_data["source"], form.cleaned_data["target"]
        with transaction.atomic():
            services.require_set_up(pool)
            services.move_quantity(
                source=source,
                target=target,
                units=form.cleaned_data["units"],
                by=form.by,
                reason=form.cleaned_data["reason"],
            )
        source.refresh_from_db()
        target.refresh_from_db()
        text = _t("%(units)d units moved: %(source)s, %(target)s.") % {
            "units": form.cleaned_data["units"],
            "source": name_and_free(source),
            "target": name_and_free(target),
        }
        return Done(text, (movements_of_pool(pool),))

    @link_action(
        _("Transfer units"),
        permission="transfers.request_transfer",
        icon="swap_horiz",
        shown=is_on_offer,
    )
    def transfer(self, pool: Pool) -> str:
        return reverse("admin:transfers_transfer_ask", args=(pool.pk,))

    @dialog_action(
        _("Add shared stock"),
        form=OpenRowForm,
        permission=MOVE_STOCK,
        submit=_("Add"),
        icon="hub",
    )
    def add_open_row(self, request: HttpRequest, pool: Pool, form: Any) -> Done:
        with transaction.atomic():
            row = services.named_row(pool=pool, name=form.cleaned_data["name"])
            if form.cleaned_data.get("units"):
                services.require_set_up(pool)
                services.move_quantity(
                    source=services.general_row(pool),
                    target=row,
                    units=form.cleaned_data["units"],
                    by=actor_of(request),
                    reason=form.cleaned_data["reason"],
                )
        text = _t("%s is there; let channels draw on it.") % row
        return Done(text, (movements_of_pool(pool),))
