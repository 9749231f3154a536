"""Transfers: shown, never edited. They are asked for, decided and taken back by actions."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from allocations.enums import DocumentKind
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import link_action
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import object_link
from backoffice.kit.rows import movements_of, row_link
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.plans.shown import hours_until
from backoffice.transfers.comparison import look
from backoffice.transfers.decision_pages import (
    Deciding,
    approve_selected,
    decidable,
    decided_by_another,
    decision_buttons,
    reject_selected,
)
from backoffice.transfers.decisions import waits
from backoffice.transfers.history_panel import StoryPanel
from backoffice.transfers.lists import (
    DecisionFilter,
    asked_by,
    is_queue,
    route,
    sides_seen,
    units_told,
    when,
)
from backoffice.transfers.request_page import AskingPage
from backoffice.transfers.workflow_pages import WorkflowPages
from common.text import local_time
from transfers.enums import TransferStatus
from transfers.models import Transfer
from transfers.selectors import APPROVE, RELATED, changes_waiting

# Colors of unfold's labels; the words are beside them.
LABELS = {
    TransferStatus.REQUESTED: "warning",
    TransferStatus.APPROVED: "info",
    TransferStatus.EXECUTED: "success",
    TransferStatus.REJECTED: "danger",
    TransferStatus.CANCELLED: "",
    TransferStatus.LAPSED: "",
    TransferStatus.FAILED: "danger",
    TransferStatus.TRIAL: "info",
}


class TransferAdmin(Deciding, AskingPage, WorkflowPages, ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = RELATED
    list_display = (
        *("path", "about", "amount", "status_label"),
        *("asked", "requested", "lapses", "decision"),
    )
    list_filter = (
        DecisionFilter,
        ("status", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("origin", ChoicesDropdownFilter),
        ("requested_at", MomentRangeFilter),
    )
    search_fields = ("event__name", "pool__name", "source__channel__name", "target__channel__name")
    search_help_text = _("Event, pool or channel")
    ordering = ("-pk",)
    sortable_by = ()
    actions: ClassVar[list[Any]] = [approve_selected, reject_selected]
    actions_detail = ("approve", "reject", "withdraw", "movements")
    panels = (StoryPanel,)
    list_above = "admin/transfers/changes_waiting.html"
    change_form_outer_before_template = "admin/transfers/state.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("about", "source_row", "target_row", "amount"),
                    *("reason", "asked", "requested"),
                )
            },
        ),
    )
    readonly_fields = ("about", "source_row", "target_row", "amount", "asked", "requested")
    constraint_messages: ClassVar[Any] = {
        "transfer_seen_by_four_eyes": (None, _("Whoever has asked for it does not approve it.")),
        "transfer_executed_with_approval": (None, _("It needs an approval.")),
    }

    def get_list_display(self, request: HttpRequest) -> Any:
        if is_queue(request):
            return ("path", "about", "evidence_now", "why", "asked", "decide")
        return self.list_display

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is to be decided is read from what lapses first."""
        return ("lapses_at", "pk") if is_queue(request) else self.ordering

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context: dict[str, Any] = {}
        if is_queue(request):
            changes = changes_waiting(request.user, timezone.now())
            context = {
                "title": _t("Approvals"),
                "header": _t("Approvals"),
                "changes_waiting": changes,
            }
        return super().changelist_view(request, context | (extra_context or {}))

    def load_page(self, request: HttpRequest, rows: Sequence[Transfer]) -> None:
        looks = look(rows, timezone.now()) if is_queue(request) else {}
        decidable_ids = decidable(request, [transfer for transfer in rows if waits(transfer)])
        for transfer in rows:
            transfer.look = looks.get(transfer.pk)  # type: ignore[attr-defined]
            transfer.is_theirs = transfer.pk in decidable_ids  # type: ignore[attr-defined]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Without what the person may not decide: the page says why instead."""
        actions = super().get_actions_detail(request, object_id)
        decisions = [action for action in actions if action.method.permission == APPROVE]
        if decisions:
            transfer = self.require(request, str(object_id))
            if decided_by_another(request, transfer):
                return [action for action in actions if action not in decisions]
        return actions

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        transfer: Transfer = context["original"]
        if waits(transfer):
            now = timezone.now()
            context["waiting"] = {
                "why": look([transfer], now)[transfer.pk].why,
                "until": when(transfer, "lapses_at"),
                "left": hours_until(transfer.lapses_at, now) if transfer.lapses_at > now else "",
                "not_you": decided_by_another(request, transfer)
                if request.user.has_perm(APPROVE)
                else _t("Your role does not decide transfers."),
            }
        context["status_tag"] = LABELS[TransferStatus(transfer.status)] or "default"
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Columns --------------------------------------------------------------------------

    @display(description=_("transfer"))
    def path(self, transfer: Any) -> Any:
        return format_html(
            '{}<br><span class="finlo-quiet">{}</span>',
            route(transfer),
            _t("%(units)s of %(pool)s") % {"units": units_told(transfer), "pool": transfer.pool}
            if transfer.look
            else transfer.pool,
        )

    @display(description=_("event"))
    def about(self, transfer: Transfer) -> Any:
        event = transfer.event
        return format_html(
            '<div>{}<br><span class="finlo-quiet">{}</span></div>',
            object_link(event, event.name),
            local_time(event.starts_at, event.venue.zone),
        )

    @display(description=_("units"))
    def amount(self, transfer: Transfer) -> str:
        return units_told(transfer)

    @display(description=_("status"), label=LABELS)
    def status_label(self, transfer: Transfer) -> tuple[str, Any]:
        return transfer.status, TransferStatus(transfer.status).label

    @display(description=_("asked by"))
    def asked(self, transfer: Transfer) -> Any:
        return asked_by(transfer)

    @display(description=_("requested"))
    def requested(self, transfer: Transfer) -> str:
        return when(transfer, "requested_at")

    @display(description=_("lapses"))
    def lapses(self, transfer: Transfer) -> str:
        return hours_until(transfer.lapses_at, timezone.now()) if waits(transfer) else "–"

    @display(description=_("decision"))
    def decision(self, transfer: Any) -> Any:
        if not transfer.is_theirs:
            return _t("Decided by others") if waits(transfer) else "–"
        return decision_buttons(transfer)

    @display(description=_("decide"))
    def decide(self, transfer: Any) -> Any:
        """In the queue: the buttons, and until when."""
        return format_html(
            '<div>{}<p><strong class="text-important">{}</strong><br>'
            '<span class="finlo-quiet">{}</span></p></div>',
            self.decision(transfer),
            _t("Lapses %s") % hours_until(transfer.lapses_at, timezone.now()),
            when(transfer, "lapses_at"),
        )

    @display(description=_("needs an approval because"))
    def why(self, transfer: Any) -> Any:
        return format_html(
            '<div class="transfer-why">{}<p class="finlo-quiet">{}</p></div>',
            format_html_join("", "<p>{}</p>", ((why,) for why in transfer.look.why)),
            _t("Reason: “%s”") % transfer.reason,
        )

    @display(description=_("both channels now"))
    def evidence_now(self, transfer: Any) -> Any:
        return sides_seen(transfer.look)

    @display(description=_("from"))
    def source_row(self, transfer: Transfer) -> Any:
        return row_link(transfer.source)

    @display(description=_("to"))
    def target_row(self, transfer: Transfer) -> Any:
        return row_link(transfer.target)

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, transfer: Transfer) -> str:
        return movements_of(document_kind=DocumentKind.TRANSFER, document_id=transfer.pk)
