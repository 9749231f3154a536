"""Changes that wait for an approval, beside transfers: what they would take, and who has decided."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.models import User
from allocations.plans import services as plans
from allocations.plans.spec import PlanSpec
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from backoffice.kit.links import object_link
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.plans.shown import changes_of, hours_until
from backoffice.transfers.decisions import rejecting, waits, withdrawing
from backoffice.transfers.lists import DecisionFilter
from backoffice.transfers.transfer import LABELS
from common.text import local_time
from events.models import Pool
from transfers import change_requests
from transfers.enums import ChangeKind, TransferStatus
from transfers.errors import MayNotDecideError
from transfers.models import ChangeRequest
from transfers.policy import require_change_decider
from transfers.selectors import APPROVE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DecisionForm(DialogForm):
    def prepare(self) -> None:
        self.fields["reason"].label = _("Note")
        self.fields["reason"].help_text = _("Kept with the request. The person who asked reads it.")

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        change: ChangeRequest = self.subject
        return [
            (_("Change"), str(change)),
            (_("Asked by"), change.requested_by),
            (_("Reason"), change.reason),
            *([(_("Internal note"), change.internal_note)] if change.internal_note else []),
        ]


class ApproveForm(DecisionForm):
    """What it takes; of a plan, what each row would have."""

    def prepare(self) -> None:
        super().prepare()
        self.fields["reason"].required = False

    def changes(self) -> Sequence[Change]:
        change: ChangeRequest = self.subject
        changes = [Change(_("It takes"), change.takes)]
        if change.kind != ChangeKind.PLAN:
            return changes
        pool = Pool.objects.select_related("event__venue").get(pk=change.content["pool"])
        draft = plans.require_draft(pool, change.content["revision"])
        outcome = plans.preview(pool=pool, spec=PlanSpec.read(draft), now=timezone.now())
        return [*changes, *changes_of(outcome, pool.event.venue.zone)]


class NoteForm(DecisionForm):
    def changes(self) -> Sequence[Change]:
        return [Change(_("What changes"), _t("Nothing: all keep what they have."))]


class ChangeRequestAdmin(ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "requested_by", "decided_by")
    list_display = ("what", "about", "takes", "status_label", "requested_by", "lapses")
    list_filter = (
        DecisionFilter,
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
    )
    search_fields = ("event__name", "subject")
    search_help_text = _("Event, pool or channel")
    ordering = ("-pk",)
    sortable_by = ()
    actions_detail = ("approve", "reject", "withdraw")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(
                        "what",
                        "about",
                        "takes",
                        "reason",
                        "internal_note",
                        "requested_by",
                        "requested",
                    ),
                    *("status_label", "decided_by", "note", "ended", "failure"),
                )
            },
        ),
    )
    readonly_fields = ("what", "about", "requested", "ended", "status_label")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Without what the person may not decide."""
        actions = super().get_actions_detail(request, object_id)
        decisions = [action for action in actions if action.method.permission == APPROVE]
        if decisions and not may_decide(request, self.require(request, str(object_id))):
            return [action for action in actions if action not in decisions]
        return actions

    # --- Columns --------------------------------------------------------------------------

    @display(description=_("change"))
    def what(self, change: ChangeRequest) -> str:
        return str(change)

    @display(description=_("event"))
    def about(self, change: ChangeRequest) -> Any:
        event = change.event
        return format_html(
            '{}<br><span class="finlo-quiet">{}</span>',
            object_link(event, event.name),
            local_time(event.starts_at, event.venue.zone),
        )

    @display(description=_("status"), label=LABELS)
    def status_label(self, change: ChangeRequest) -> tuple[str, Any]:
        return change.status, TransferStatus(change.status).label

    @display(description=_("requested"))
    def requested(self, change: ChangeRequest) -> str:
        return local_time(change.requested_at, change.event.venue.zone)

    @display(description=_("ended"))
    def ended(self, change: ChangeRequest) -> str:
        return local_time(change.ended_at, change.event.venue.zone) if change.ended_at else "–"

    @display(description=_("lapses"))
    def lapses(self, change: ChangeRequest) -> str:
        return hours_until(change.lapses_at, timezone.now()) if waits(change) else "–"

    # --- Actions --------------------------------------------------------------------------

    @dialog_action(
        _("Approve"),
        form=ApproveForm,
        permission=APPROVE,
        submit=_("Approve and do it"),
        icon="task_alt",
        shown=waits,
    )
    def approve(self, request: HttpRequest, change: ChangeRequest, form: Any) -> str:
        result = change_requests.approve(
            change.pk,
            by=cast("User", request.user),
            note=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        if result.status == TransferStatus.FAILED:
            return _t("Approved, but it could not be done: %s") % result.failure
        return _t("%s is approved and done.") % result

    @rejecting(form=NoteForm)
    def reject(self, request: HttpRequest, change: ChangeRequest, form: Any) -> str:
        change_requests.reject(
            change.pk,
            by=cast("User", request.user),
            note=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return _t("%s is rejected.") % change

    @withdrawing(form=NoteForm)
    def withdraw(self, request: HttpRequest, change: ChangeRequest, form: Any) -> str:
        if change.requested_by_id != actor_of(request).user_id:
            raise MayNotDecideError(_t("Somebody else has asked for it."))
        change_requests.withdraw(change.pk, note=form.cleaned_data["reason"], now=timezone.now())
        return _t("The request is withdrawn.")


def may_decide(request: HttpRequest, change: ChangeRequest) -> bool:
    try:
        require_change_decider(cast("User", request.user), change)
    except MayNotDecideError:
        return False
    return True
