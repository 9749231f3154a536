"""A pool's plan in the admin: the editor, each version as it was decided, and two dialogs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.approval import Wanted, do_or_ask
from allocations.enums import DocumentKind, PlanStatus
from allocations.errors import PlanRefusedError
from allocations.models import AllocationPlan, SalesChannel
from allocations.plans import services
from allocations.plans.outcome import Outcome, Problem
from allocations.plans.selectors import draft_of
from allocations.plans.spec import PlanSpec
from allocations.unreported import unreported_of
from backoffice.kit.dialogs import (
    Change,
    DialogForm,
    Done,
    TwoReasonsForm,
    dialog_action,
    link_action,
)
from backoffice.kit.form_fields import WholeNumber
from backoffice.kit.rows import movements_of
from backoffice.plans.editor import PlanEditor
from backoffice.plans.forms import named
from backoffice.plans.shown import changes_of, gains, table_of
from backoffice.plans.words import letters_url, versions_url
from common.addresses import change_url
from common.text import local_time
from events.models import Pool
from transfers import words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAY_PLAN = "allocations.move_stock"
MAY_SEE = "allocations.view_stock"


class DraftDialog(DialogForm):
    """About a pool's draft as it was when the dialog opened: another one is not meant."""

    revision = WholeNumber("")

    def prepare(self) -> None:
        self.fields["revision"].widget = HiddenInput()
        number = self.request.GET.get("revision", "")
        draft = draft_of(self.subject)
        revision = draft.revision if draft else 0
        self.fields["revision"].initial = (
            number if number.isascii() and number.isdigit() else revision
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "revision" in self.errors:  # nobody sees the field itself
            raise ValidationError(
                _t("Open the dialog again: it does not say which draft it shows.")
            )
        return data

    def spec(self) -> PlanSpec:
        """Raises ``PlanConflictError`` when the draft is another by now."""
        return PlanSpec.read(services.require_draft(self.subject, self.cleaned_data["revision"]))


class ApplyPlanForm(TwoReasonsForm, DraftDialog):
    def outcome(self) -> Outcome:
        """What applying would do. Raises ``ValidationError`` with all that is impossible."""
        outcome = services.preview(pool=self.subject, spec=self.spec(), now=timezone.now())
        if outcome.problems:
            raise refused(outcome.problems)
        return outcome

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        draft = draft_of(self.subject)
        return [
            (_("Capacity"), self.subject.capacity),
            (_("Strategy"), PlanSpec.read(draft).strategy.label if draft else "–"),
            (_("Times are"), self.subject.event.venue.time_zone),
        ]

    def changes(self) -> Sequence[Change]:
        outcome = self.outcome()
        changes = list(changes_of(outcome, self.subject.event.venue.zone))
        return [*changes, *_perhaps_sold(outcome), *self._note()]

    def _note(self) -> list[Change]:
        """A note that was carried over from the plan in force may tell of terms that are no more."""
        note = self.spec().note
        old = AllocationPlan.objects.filter(pool=self.subject, status=PlanStatus.IN_FORCE).first()
        if not note:
            return []
        if old is not None and old.note == note:
            text = _t("“%(note)s” stays as in version %(version)d: see that it still holds.")
            return [Change(_("Note for partners"), text % {"note": note, "version": old.version})]
        return [Change(_("Note for partners"), f"“{note}”")]


def _perhaps_sold(outcome: Outcome) -> list[Change]:
    """A warning of each channel that reports late and is to lose units."""
    losing = [change.row for change in outcome.changes if change.gain < 0 and change.row.channel_id]
    unreported = unreported_of(row.pk for row in losing) if losing else {}
    now = timezone.now()
    sentences = (words.perhaps_sold(row, unreported.get(row.pk), now) for row in losing)
    return [Change(_("Perhaps sold already"), sentence) for sentence in sentences if sentence]


class DiscardPlanForm(DraftDialog):
    def prepare(self) -> None:
        super().prepare()
        del self.fields["reason"]  # a draft has moved nothing

    def changes(self) -> Sequence[Change]:
        spec = self.spec()
        return [Change(_("Lines that were drafted"), len(spec.lines), 0)]


def refused(problems: Sequence[Problem]) -> ValidationError:
    """All that is impossible, with the names of the lines that are to blame."""
    channels = SalesChannel.objects.filter(
        pk__in=[problem.channel_id for problem in problems if problem.channel_id]
    )
    return ValidationError([named(problem, channels) for problem in problems])


def has_draft(pool: Pool) -> bool:
    return draft_of(pool) is not None


def plan_tab(pool: Pool) -> str:
    """Where all plans of the pool's event are seen."""
    return f"{change_url(pool.event)}#dataset-plan"


class PlanPages:
    """Of the admin class of pools."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        urls = [
            path("<path:object_id>/plan/", wrap(self.plan_view), name="events_pool_plan"),
            path(
                "<path:object_id>/plan/<int:version>/",
                wrap(self.version_view),
                name="events_pool_plan_version",
            ),
        ]
        return [*urls, *super().get_urls()]  # type: ignore[misc]

    def plan_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if not request.user.has_perm(MAY_PLAN):
            raise PermissionDenied
        pool: Pool = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        with timezone.override(pool.event.venue.zone):
            return PlanEditor(self, request, pool).answer()

    def version_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        """A version as it was decided: it stays as it is for good."""
        if not request.user.has_perm(MAY_SEE):
            raise PermissionDenied
        pool: Pool = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        versions = AllocationPlan.objects.filter(pool=pool).exclude(status=PlanStatus.DRAFT)
        # Beyond what a column can hold there is no version either.
        plan = (
            versions.filter(version=version)
            .select_related("applied_by")
            .prefetch_related("groups", "lines__channel")
            .first()
            if version <= 2**31 - 1
            else None
        )
        if plan is None:
            raise Http404
        spec = PlanSpec.read(plan)
        channels = {line.channel_id: line.channel for line in plan.lines.all()}
        numbers = versions.values_list("version", flat=True).order_by("version")
        around = [number for number in numbers if abs((number or 0) - version) == 1]
        zone = pool.event.venue.zone
        with timezone.override(zone):
            context = {
                **self.admin_site.each_context(request),  # type: ignore[attr-defined]
                "title": _t("Plan of %(pool)s, version %(version)d")
                % {"pool": pool.name, "version": version},
                "opts": self.opts,  # type: ignore[attr-defined]
                "original": pool,
                "pool": pool,
                "plan": plan,
                "spec": spec,
                "table": table_of(spec, pool.event, channels),
                "applied": local_time(plan.applied_at, zone),
                "zone": pool.event.venue.time_zone,
                "event_url": plan_tab(pool),
                "links": [
                    version_links(plan)[0],
                    (_t("Versions compared in words"), versions_url(pool)),
                    (_t("Letters to channels"), letters_url(pool.event_id)),
                ],
                "around": around,
            }
            return render(request, "admin/plan_version.html", context)

    # --- Actions --------------------------------------------------------------------------

    @link_action(_("Edit plan"), permission=MAY_PLAN, icon="edit_note")
    def edit_plan(self, pool: Pool) -> str:
        return reverse("admin:events_pool_plan", args=(pool.pk,))

    @dialog_action(
        _("Apply plan"),
        form=ApplyPlanForm,
        permission=MAY_PLAN,
        submit=_("Apply"),
        icon="published_with_changes",
        shown=has_draft,
    )
    def apply_plan(self, request: HttpRequest, pool: Pool, form: ApplyPlanForm) -> HttpResponseBase:
        revision, reason = form.cleaned_data["revision"], form.cleaned_data["reason"]
        by, now = form.by, timezone.now()
        change = Wanted("PLAN", pool.event_id, pool.name, {"pool": pool.pk, "revision": revision})
        try:
            waits = do_or_ask(
                lambda: services.apply_draft(
                    pool=pool, revision=revision, by=by, reason=reason, now=now
                ),
                change,
                by=by,
                reason=reason,
                now=now,
            )
        except PlanRefusedError as error:
            raise refused(error.problems) from error
        if waits:
            messages.success(request, waits)
            return _to(request, plan_tab(pool))
        plan = AllocationPlan.objects.get(pool=pool, status=PlanStatus.IN_FORCE)
        text = _t("Version %(version)d of the plan of %(pool)s is in force: %(gains)s.") % {
            "version": plan.version,
            "pool": pool.name,
            "gains": gains(plan),
        }
        messages.success(request, str(Done(text, version_links(plan))))
        return _to(request, plan_tab(pool))

    @dialog_action(
        _("Discard draft"),
        form=DiscardPlanForm,
        permission=MAY_PLAN,
        submit=_("Discard"),
        icon="delete",
        danger=True,
        shown=has_draft,
    )
    def discard_plan(
        self, request: HttpRequest, pool: Pool, form: DiscardPlanForm
    ) -> HttpResponseBase:
        with transaction.atomic():
            services.discard_draft(pool=pool, revision=form.cleaned_data["revision"])
        messages.success(request, _t("The draft of %s is discarded.") % pool.name)
        return _to(request, plan_tab(pool))


def version_links(plan: AllocationPlan) -> list[tuple["StrOrPromise", str]]:
    """Where a version leads to: what it moved, and what of it can be read elsewhere."""
    movements = movements_of(document_kind=DocumentKind.PLAN, document_id=plan.pk)
    version = reverse("admin:events_pool_plan_version", args=(plan.pool_id, plan.version))
    return [
        (_t("See the movements"), movements),
        (_t("See version %d") % (plan.version or 0), version),
    ]


def _to(request: HttpRequest, address: str) -> HttpResponseBase:
    """On to another page, also out of a dialog that stands on that page."""
    if "HX-Request" not in request.headers:
        return redirect(address)
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    if here == urlsplit(address).path:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponse(headers={"HX-Redirect": address})
