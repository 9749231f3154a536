"""The pages of what-ifs: ask, see how far one is, compare, take a plan over."""

from decimal import Decimal
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from allocations.models import SalesChannel
from backoffice.imports.answers import download
from backoffice.kit.choosing import choose_first
from backoffice.kit.dialogs import DialogForm, dialog_action
from backoffice.kit.forms import add_refusal
from backoffice.kit.progress import moving_part, progress_of
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.plans.pages import MAY_PLAN
from backoffice.whatif.forms import PLANS, WhatIfForm, side_name
from backoffice.whatif.result import Comparison
from common.addresses import change_url
from common.errors import RefusedError
from common.refusals import EXPECTED, explain
from common.text import money, number
from events.models import Event, Pool
from exchange.enums import FileKind
from planning.enums import DemandKind, RunState
from planning.models import WhatIfRun
from planning.whatif import services
from planning.whatif.plans import RECOMMENDED, Choice

MAY_RUN = "planning.add_whatifrun"
MAY_CANCEL = "planning.change_whatifrun"
LABELS = {
    RunState.WAITING: "info",
    RunState.RUNNING: "info",
    RunState.DONE: "success",
    RunState.CANCELLED: "",
    RunState.FAILED: "danger",
}


class CancelForm(DialogForm):
    """Changes no set-up, and so no history would keep a reason."""

    def prepare(self) -> None:
        del self.fields["reason"]


class WhatIfAdmin(ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "made_by")
    list_display = ("event", "compared", "made_at", "made_by", "state_label")
    list_filter = ("state",)
    search_fields = ("event__name",)
    ordering = ("-pk",)
    fieldsets = ()
    change_form_outer_before_template = "admin/whatif/run.html"
    actions_detail = ("cancel_run",)
    unsearchable: ClassVar[tuple[str, ...]] = ("plans", "recommendation")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        urls = [
            path("new/", wrap(self.new), name="planning_whatif_new"),
            path(
                "<path:object_id>/progress/", wrap(self.progress), name="planning_whatif_progress"
            ),
            path("<path:object_id>/csv/", wrap(self.csv), name="planning_whatif_csv"),
            path("<path:object_id>/plan/", wrap(self.use_plan), name="planning_whatif_plan"),
            path("<path:object_id>/again/", wrap(self.again), name="planning_whatif_again"),
        ]
        return [*urls, *super().get_urls()]

    @display(description=_("compared"))
    def compared(self, run: WhatIfRun) -> str:
        return " · ".join(str(PLANS.get(kind, kind)) for kind, _event in run.sides)

    @display(description=_("state"), ordering="state", label=LABELS)
    def state_label(self, run: WhatIfRun) -> tuple[str, Any]:
        return run.state, RunState(run.state).label

    # --- Asking -----------------------------------------------------------------------------

    def new(self, request: HttpRequest) -> HttpResponseBase:
        """The form of an event; which one is asked first, where the address does not say."""
        if not request.user.has_perm(MAY_RUN):
            raise PermissionDenied
        key = request.POST.get("event") or request.GET.get("event")
        if not key:
            return choose_first(self, request, "event", _("Which event is it about?"))
        event: Event = self.named(request, Event, key)
        form = WhatIfForm(request, event)
        if request.method == "POST":
            form = WhatIfForm(request, event, request.POST)
            if form.is_valid() and (run := self._start(request, event, form)):
                return redirect(change_url(run))
        context = {
            **self.admin_site.each_context(request),
            "title": _t("What-if: %s") % event,
            "opts": self.opts,
            "event": event,
            "event_url": change_url(event),
            "form": form,
        }
        with timezone.override(event.venue.zone):
            return render(request, "admin/whatif/new.html", context)

    def _start(self, request: HttpRequest, event: Event, form: WhatIfForm) -> WhatIfRun | None:
        try:
            with transaction.atomic():
                return services.start(
                    event=event,
                    demand=form.chosen_demand(),
                    sides=form.chosen_sides(),
                    user=cast("User", request.user),
                    seeds=form.cleaned_data["seeds"],
                    moves=form.cleaned_data["moves"],
                    answer_hours=form.cleaned_data["answer_hours"],
                )
        except RefusedError as error:
            add_refusal(form, error, {})
        return None

    def again(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The same demand once more: the first plan against the recommendation."""
        run = self._own(request, object_id, MAY_RUN)
        try:
            with transaction.atomic():
                new = services.start(
                    event=run.event,
                    demand=run.demand,
                    sides=[Choice(*run.sides[0]), Choice(RECOMMENDED, run.pk)],
                    user=cast("User", request.user),
                    seeds=run.seeds,
                    moves=run.moves,
                    answer_hours=run.answer_hours,
                )
        except RefusedError as error:
            return self._refused(request, run, error)
        return redirect(change_url(new))

    # --- Seeing -----------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {})}
        if object_id is not None and self.has_view_permission(request):
            run = self.require(request, object_id)
            context |= self._shown(request, run)
        return super().changeform_view(request, object_id, form_url, context)

    def _shown(self, request: HttpRequest, run: WhatIfRun) -> dict[str, Any]:
        comparison = Comparison(run)
        has_result = comparison.has_seeds and not run.is_running
        names = self._names(run)
        return {
            "state_label": RunState(run.state).label,
            "state_color": LABELS[RunState(run.state)],
            "progress": progress_of(run, reverse("admin:planning_whatif_progress", args=(run.pk,))),
            "names": names,
            "demand_name": self._demand(run),
            "comparison": comparison if has_result else None,
            "event_url": change_url(run.event),
            "plans": self._plans(request, run) if has_result else [],
            "recommended": self._recommended(run) if has_result else [],
            "may_run": request.user.has_perm(MAY_RUN),
            "may_plan": request.user.has_perm(MAY_PLAN),
            "new_url": f"{reverse('admin:planning_whatif_new')}?event={run.event_id}",
        }

    def _names(self, run: WhatIfRun) -> list[str]:
        events = Event.objects.select_related("venue").in_bulk(
            [event for _kind, event in run.sides if event]
        )
        return [side_name(run, side, events) for side in (0, 1)]

    def _demand(self, run: WhatIfRun) -> str:
        kind = DemandKind(run.demand["kind"])
        if kind == DemandKind.EVENT:
            source = Event.objects.select_related("venue").filter(
                pk=run.demand["event"], venue=run.event.venue_id
            )
            return f"{kind.label}: {source.first() or '–'}, {run.demand['percent']} %"
        if kind == DemandKind.CURVE:
            return f"{kind.label}: {number(run.demand['tickets'])}"
        return str(kind.label)

    def _plans(self, request: HttpRequest, run: WhatIfRun) -> list[dict[str, Any]]:
        """The plans that can be opened as drafts, by side and pool."""
        if not request.user.has_perm(MAY_PLAN):
            return []
        pools = Pool.objects.filter(event=run.event_id).order_by("position", "pk")
        names = dict(pools.values_list("pk", "name"))
        return [
            {"side": "AB"[side], "number": side, "pools": [(pk, names[pk]) for pk in names]}
            for side, plan in enumerate(run.plans)
            if plan
        ]

    def _recommended(self, run: WhatIfRun) -> list[dict[str, Any]]:
        pools = run.recommendation.get("pools", [])
        keys = [key for pool in pools for row in pool["classes"] for key in row["channels"]]
        names = dict(SalesChannel.objects.filter(pk__in=keys).values_list("pk", "name"))
        currency = run.event.venue.currency
        return [
            {
                **pool,
                "classes": [
                    {
                        **row,
                        "price": money(round(row["price"] / 100), currency),
                        "mean": number(Decimal(str(row["mean"]))),
                        "deviation": number(Decimal(str(row["deviation"]))),
                        "level": number(row["level"]),
                        "names": ", ".join(names.get(key, "–") for key in row["channels"]),
                    }
                    for row in pool["classes"]
                ],
            }
            for pool in pools
        ]

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        run = self._own(request, object_id, "planning.view_whatifrun", post=False)
        return moving_part(request, run, reverse("admin:planning_whatif_progress", args=(run.pk,)))

    def csv(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        run = self._own(request, object_id, "planning.view_whatifrun", post=False)
        comparison = Comparison(run)
        if not comparison.has_seeds:
            raise Http404
        return download("what-if", [comparison.sheet(self._names(run))], FileKind.CSV)

    # --- Acting -----------------------------------------------------------------------------

    def use_plan(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Save the plan of a side as the pool's draft, and open it in the editor."""
        run = self._own(request, object_id, MAY_PLAN)
        pool: Pool = self.named(request, Pool, request.POST.get("pool", ""))
        side = {"0": 0, "1": 1, "recommended": 2}.get(request.POST.get("side", ""))
        if pool.event_id != run.event_id or side is None:
            raise Http404
        try:
            with transaction.atomic():
                services.use_plan(run=run, side=side, pool=pool)
        except EXPECTED as error:
            return self._refused(request, run, error)
        self.message_user(
            request, _t("The plan is the draft of %s now. Nothing has been moved yet.") % pool.name
        )
        return redirect(reverse("admin:events_pool_plan", args=(pool.pk,)))

    def _refused(self, request: HttpRequest, run: WhatIfRun, error: Exception) -> HttpResponseBase:
        self.message_user(request, " ".join(explain(error, {})[1]), level="error")
        return redirect(change_url(run))

    def _own(
        self, request: HttpRequest, object_id: str, permission: str, *, post: bool = True
    ) -> WhatIfRun:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        run = self.require(request, object_id)
        if post and request.method != "POST":
            raise Http404
        return cast("WhatIfRun", run)

    @dialog_action(
        _("Cancel the run"),
        form=CancelForm,
        permission=MAY_CANCEL,
        submit=_("Cancel the run"),
        icon="cancel",
        danger=True,
        shown=lambda run: run.is_running,
    )
    def cancel_run(self, request: HttpRequest, run: WhatIfRun, form: Any) -> str:
        services.cancel(run_id=run.pk)
        return _t("The run is cancelled.")
