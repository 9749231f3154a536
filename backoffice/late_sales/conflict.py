"""Conflicts: a queue of what was sold and has no stock, or cannot be read; each ends by an act with a reason."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.selectors import within_venues
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import object_link
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.late_sales.evidence import EvidencePanel
from backoffice.late_sales.resolving import ResolvingActions
from backoffice.late_sales.words import amount_of, sold_of
from common.text import local_time
from offline.enums import ConflictStatus
from offline.models import Conflict
from offline.repeats import booked_since

_OPEN = {"status__exact": ConflictStatus.OPEN.value}


def badge(request: HttpRequest) -> str:
    """How many are open at the person's venues; empty where none is."""
    own = within_venues(request.user, "channel__venue")
    count = Conflict.objects.filter(own, status=ConflictStatus.OPEN).count()
    return str(count) if count else ""


class ConflictAdmin(ResolvingActions, ScopedReadOnlyAdmin):
    venue_path = "channel__venue"
    related = ("channel__venue", "event__venue", "report__sync", "report__booking", "user")
    list_display = ("since", "channel", "about", "what", "why", "team", "amount", "status_label")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("channel__team", ChoicesDropdownFilter),
        ("channel__venue", VisibleFilter),
        ("began_at", MomentRangeFilter),
    )
    search_fields = ("report__client_id", "event__name", "channel__name")
    search_help_text = _("The channel's own number, event or channel")
    ordering = ("-pk",)
    sortable_by = ()
    panels = (EvidencePanel,)
    actions_detail = (
        {
            "title": _("Resolve"),
            "icon": "task_alt",
            "items": ["book", "move_and_book", "raise_and_book", "book_other", "settle"],
        },
    )
    fieldsets = (
        (
            None,
            {"fields": ("state", "channel", "team", "about", "since", "what", "amount", "why")},
        ),
    )
    readonly_fields = ("state", "team", "about", "since", "what", "amount", "why")
    ended_fields: ClassVar[tuple[str, ...]] = ("how", "who", "ended", "reason")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With how it ended, once it has."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.status == ConflictStatus.OPEN:
            return fieldsets
        return (*fieldsets, (_("How it ended"), {"fields": self.ended_fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "how", "who", "ended")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conflict]:
        return super().get_queryset(request).prefetch_related("lines__item")

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is to be done is read from what has waited longest."""
        is_queue = request.GET.get("status__exact") == ConflictStatus.OPEN
        return ("pk",) if is_queue else self.ordering

    # --- Columns --------------------------------------------------------------------------

    @display(description=_("since"))
    def since(self, conflict: Conflict) -> str:
        return local_time(conflict.began_at, conflict.channel.venue.zone)

    @display(description=_("event"))
    def about(self, conflict: Conflict) -> Any:
        event = conflict.event
        if event is None:
            return _t("Not known")
        return format_html(
            '<div>{}<br><span class="finlo-quiet">{}</span></div>',
            object_link(event, event.name),
            local_time(event.starts_at, event.venue.zone),
        )

    @display(description=_("what"))
    def what(self, conflict: Conflict) -> str:
        return sold_of(conflict)

    @display(description=_("why"))
    def why(self, conflict: Conflict) -> Any:
        note = ""
        if getattr(conflict, "was_booked_since", False):
            note = _t("Perhaps reported anew: its reference was booked since.")
        return format_html(
            '<div class="late-why">{}<div class="finlo-quiet">{}</div></div>', conflict.detail, note
        )

    def load_page(self, request: HttpRequest, rows: Sequence[Conflict]) -> None:
        super().load_page(request, rows)
        since = booked_since(rows)
        for conflict in rows:
            conflict.was_booked_since = conflict.pk in since  # type: ignore[attr-defined]

    @display(description=_("team"))
    def team(self, conflict: Conflict) -> str:
        return str(conflict.channel.get_team_display())

    @display(description=_("amount"))
    def amount(self, conflict: Conflict) -> str:
        return amount_of(conflict)

    @display(
        description=_("status"),
        label={ConflictStatus.OPEN: "danger", ConflictStatus.RESOLVED: "success"},
    )
    def status_label(self, conflict: Conflict) -> tuple[str, Any]:
        return conflict.status, ConflictStatus(conflict.status).label

    @display(description=_("status"))
    def state(self, conflict: Conflict) -> str:
        return str(conflict.get_status_display())

    @display(description=_("how"))
    def how(self, conflict: Conflict) -> Any:
        """With the booking that came of it."""
        booking = conflict.report.booking
        if booking is None:
            return conflict.get_resolution_display() or "–"
        return format_html(
            "{} – {}",
            conflict.get_resolution_display(),
            object_link(booking, _t("booking %s") % booking),
        )

    @display(description=_("who"))
    def who(self, conflict: Conflict) -> str:
        return str(conflict.user) if conflict.user else _t("System")

    @display(description=_("ended"))
    def ended(self, conflict: Conflict) -> str:
        return local_time(conflict.resolved_at, conflict.channel.venue.zone)
