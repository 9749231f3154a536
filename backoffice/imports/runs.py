"""The pages of imports: how far one is, what is wrong, what would change; import and discard."""

import zoneinfo
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from backoffice.imports import pages
from backoffice.kit.dialogs import Change, DialogForm, TwoReasonsForm, at_once, dialog_action
from backoffice.kit.progress import moving_part, progress_of
from backoffice.kit.scope import ScopedReadOnlyAdmin, person_zone
from exchange import services
from exchange.enums import TRANSITIONS, RunState
from exchange.models import MAX_CHANGES, ImportRun
from exchange.tables import TABLES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAY_IMPORT = "exchange.change_importrun"
LABELS = {
    RunState.WAITING: "info",
    RunState.CHECKING: "info",
    RunState.READY: "warning",
    RunState.REJECTED: "danger",
    RunState.QUEUED: "info",
    RunState.IMPORTING: "info",
    RunState.DONE: "success",
    RunState.FAILED: "danger",
    RunState.DISCARDED: "",
}


def _leads_to(state: RunState) -> Any:
    return lambda run: state in TRANSITIONS[RunState(run.state)]


class ImportForm(TwoReasonsForm):
    """Why; and once more what it will do. Of plans and allocations partners read it."""

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        run: ImportRun = self.subject
        return [
            (_("New"), run.new_rows),
            (_("Changed"), run.changed_rows),
            (_("Unchanged"), run.unchanged_rows),
        ]

    def changes(self) -> list[Change]:
        return at_once(self.subject.at_once)


class NothingMoreForm(DialogForm):
    """Changes no set-up, and so no history would keep a reason."""

    def prepare(self) -> None:
        del self.fields["reason"]


class ImportRunAdmin(ScopedReadOnlyAdmin):
    """A person's own imports; a superuser sees all."""

    list_display = ("name", "uploaded_at", "uploaded_by", "state_label", "rows", "problem_count")
    list_filter = ("state", "kind")
    search_fields = ("name",)
    ordering = ("-pk",)
    related = ("uploaded_by", "confirmed_by")
    fieldsets = ()
    change_form_outer_before_template = "exchange/run.html"
    actions_detail = ("import_file", "check_again", "discard")
    unsearchable: ClassVar[tuple[str, ...]] = (
        "content",
        "problems",
        "changes",
        "at_once",
        "results",
    )

    def scope(self, request: HttpRequest) -> Q:
        user: Any = request.user
        return Q() if user.is_superuser else Q(uploaded_by=user.pk)

    def zone_of(self, request: HttpRequest, obj: Model | None) -> zoneinfo.ZoneInfo:
        """A file may be about several venues."""
        return person_zone(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        runs: QuerySet[ImportRun] = super().get_queryset(request)
        return runs.defer("content")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def get_urls(self) -> list[Any]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(lambda request: view(self, request))

        urls = [
            path("both/", page(pages.hub), name="exchange_hub"),
            path("both/export/", page(pages.export), name="exchange_export"),
            path("both/template/", page(pages.template), name="exchange_template"),
            path(
                "<path:object_id>/progress/",
                self.admin_site.admin_view(self.progress),
                name="exchange_progress",
            ),
        ]
        return [*urls, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {})}
        if object_id is not None and self.has_view_permission(request):
            context |= _told(self.require(request, object_id))
        return super().changeform_view(request, object_id, form_url, context)

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        run = self.require(request, object_id)
        return moving_part(request, run, _progress_address(run))

    @display(description=_("state"), ordering="state", label=LABELS)
    def state_label(self, run: ImportRun) -> tuple[str, Any]:
        return run.state, RunState(run.state).label

    @display(description=_("rows"))
    def rows(self, run: ImportRun) -> str:
        return _t("%(new)d new, %(changed)d changed, %(unchanged)d unchanged") % {
            "new": run.new_rows,
            "changed": run.changed_rows,
            "unchanged": run.unchanged_rows,
        }

    # --- Actions --------------------------------------------------------------------------

    @dialog_action(
        _("Import"),
        form=ImportForm,
        permission=MAY_IMPORT,
        submit=_("Import"),
        icon="upload",
        shown=_leads_to(RunState.QUEUED),
    )
    def import_file(self, request: HttpRequest, run: ImportRun, form: Any) -> str:
        with transaction.atomic():
            services.confirm_import(
                run_id=run.pk,
                reason=form.cleaned_data["reason"],
                internal_note=form.cleaned_data["internal_note"],
                user=cast("User", request.user),
            )
        return _t("%s is being imported.") % run

    @dialog_action(
        _("Check again"),
        form=NothingMoreForm,
        permission=MAY_IMPORT,
        submit=_("Check again"),
        icon="refresh",
        shown=_leads_to(RunState.WAITING),
    )
    def check_again(self, request: HttpRequest, run: ImportRun, form: Any) -> str:
        with transaction.atomic():
            services.check_again(run_id=run.pk)
        return _t("%s is being checked again.") % run

    @dialog_action(
        _("Discard"),
        form=NothingMoreForm,
        permission=MAY_IMPORT,
        submit=_("Discard"),
        icon="delete",
        danger=True,
        shown=_leads_to(RunState.DISCARDED),
    )
    def discard(self, request: HttpRequest, run: ImportRun, form: Any) -> str:
        with transaction.atomic():
            services.discard(run_id=run.pk)
        return _t("%s was discarded.") % run


def _told(run: ImportRun) -> dict[str, Any]:
    """What the page says of a run, beyond its own fields."""
    touched = run.new_rows + run.changed_rows
    return {
        "state_label": RunState(run.state).label,
        "state_color": LABELS[RunState(run.state)],
        "results": [_linked(result) for result in run.results],
        "progress": progress_of(run, _progress_address(run)),
        "is_done": run.state == RunState.DONE,
        "more_problems": run.problem_count - len(run.problems),
        "more_changes": touched - len(run.changes) if touched > MAX_CHANGES else 0,
    }


def _progress_address(run: ImportRun) -> str:
    return reverse("admin:exchange_progress", args=(run.pk,))


def _linked(result: dict[str, Any]) -> dict[str, Any]:
    """What a sheet came to, with links to its list and to the first of its objects."""
    table = TABLES[result["table"]]
    opts = table.page_model._meta
    base = f"admin:{opts.app_label}_{opts.model_name}"
    return {
        **result,
        "title": table.title,
        "list": reverse(f"{base}_changelist"),
        "links": [(reverse(f"{base}_change", args=(pk,)), name) for pk, name in result["named"]],
        "more": result["new"] + result["changed"] - len(result["named"]),
    }
