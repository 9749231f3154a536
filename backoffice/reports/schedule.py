"""Reports that are sent by e-mail at set times, to whom, and what became of each."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from alerts.enums import TO_PEOPLE, DeliveryStatus
from alerts.models import Endpoint
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.panels import Panel
from backoffice.kit.shown_when import shown_when
from backoffice.kit.venue_owned import VenueOwnedAdmin
from backoffice.reports.forms import ALL_OF
from common.text import local_time
from planning.enums import Frequency, ReportName
from planning.models import ReportSchedule
from planning.reports.catalog import REPORTS
from planning.schedules.services import plan_next

MAX_RUNS = 10
OF_DAYS = tuple(name for name in ReportName.values if REPORTS[name].days is not None)


class RunsPanel(Panel):
    """The last times it was due: how many messages, and what became of them."""

    slug = "sent"
    title = _("Sent")
    template = "admin/reports/runs.html"
    permission = "planning.view_reportschedule"

    def context(self) -> dict[str, Any]:
        schedule: ReportSchedule = self.subject
        zone = schedule.venue.zone
        runs = schedule.runs.select_related("mailing").prefetch_related(
            "mailing__deliveries__endpoint__person"
        )
        return {
            "runs": [
                {
                    "due": local_time(run.due_at, zone),
                    "note": run.note,
                    "messages": [
                        {
                            "to": str(delivery.endpoint.person or delivery.endpoint),
                            "status": DeliveryStatus(delivery.status).label,
                            "failure": delivery.failure,
                        }
                        for delivery in (run.mailing.deliveries.all() if run.mailing else ())
                    ],
                }
                for run in runs[:MAX_RUNS]
            ]
        }


class ReportScheduleAdmin(VenueOwnedAdmin):
    related = ("venue", "event__venue", "series", "channel")
    list_display = ("name", "at_venue", "report_title", "when", "next_time", "is_active")
    list_filter = (("venue", VisibleFilter), "report", "is_active")
    search_fields = ("name", "venue__name")
    search_help_text = _("Schedule or venue")
    ordering = ("venue__name", "name", "pk")
    sortable_by = ()
    panels = (RunsPanel,)
    autocomplete_fields = ("series", "event", "channel")
    fieldsets = (
        (None, {"fields": ("venue", "name", "report", "series", "event", "channel", "period")}),
        (
            _("When"),
            {"fields": ("frequency", "weekday", "day_of_month", "at", "is_active", "next_time")},
        ),
        (_("To whom"), {"fields": ("people", "endpoints", "attached")}),
    )
    readonly_fields = ("next_time",)
    help_texts: ClassVar[Any] = {
        "people": _("Each gets it while working for the venue and having the right to read it."),
        "endpoints": _("Shared e-mail addresses of the venue’s teams."),
        "event": _("Empty: all events."),
        "channel": _("Empty: all channels."),
        "series": _("Empty: all series."),
    }
    shown_when: ClassVar[dict[str, str]] = {
        "weekday": shown_when({"frequency": (Frequency.WEEKLY.value,)}),
        "day_of_month": shown_when({"frequency": (Frequency.MONTHLY.value,)}),
        "period": shown_when({"report": OF_DAYS}),
    }
    constraint_messages: ClassVar[Any] = {
        "report_schedule_name_once": (
            "name",
            _("The venue has a scheduled report of this name already."),
        ),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("venue", "next_time") if obj else ("next_time",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "at":
            field.widget.format = "%H:%M"
        if db_field.name in self.autocomplete_fields:
            field.widget.attrs["data-placeholder"] = ALL_OF[db_field.name]
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        schedule = self.edited(request)
        venue = self.venue_of(request, schedule)
        venue_id = venue.pk if venue is not None else None
        rows: QuerySet[Any]
        if db_field.name == "people":
            # One who has left gets nothing, and is not dropped unseen either.
            condition = Q(venues=venue_id, is_staff=True, is_active=True)
            condition |= Q(is_superuser=True, is_active=True)
            if schedule is not None:
                condition |= Q(pk__in=schedule.people.values("pk"))
            rows = User.objects.filter(condition).distinct().order_by("name", "email")
        else:
            rows = Endpoint.objects.filter(
                team__venue=venue_id, transport=TO_PEOPLE, person=None
            ).select_related("team__venue", "channel")
        kwargs["queryset"] = rows
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = _label
        return field

    def save_model(
        self, request: HttpRequest, obj: ReportSchedule, form: Any, change: bool
    ) -> None:
        if not change or {"frequency", "weekday", "day_of_month", "at", "is_active"} & set(
            form.changed_data
        ):
            plan_next(obj, timezone.now())
        super().save_model(request, obj, form, change)
        ReportSchedule.objects.filter(pk=obj.pk).update(
            next_at=obj.next_at, tries=obj.tries, not_before=obj.not_before
        )

    @display(description=_("venue"))
    def at_venue(self, schedule: ReportSchedule) -> str:
        return str(schedule.venue)

    @display(description=_("report"))
    def report_title(self, schedule: ReportSchedule) -> str:
        return schedule.get_report_display()

    @display(description=_("sent"))
    def when(self, schedule: ReportSchedule) -> str:
        parts = [schedule.get_frequency_display()]
        if schedule.weekday is not None:
            parts.append(str(schedule.get_weekday_display()))
        if schedule.day_of_month is not None:
            parts.append(f"{schedule.day_of_month}.")
        return ", ".join([*parts, f"{schedule.at:%H:%M}"])

    @display(description=_("next"))
    def next_time(self, schedule: ReportSchedule) -> str:
        if schedule.next_at is None:
            return "–"
        return local_time(schedule.next_at, schedule.venue.zone)


def _label(row: Any) -> str:
    if isinstance(row, Endpoint):
        return f"{row.team}: {row.name or row.address}"
    return f"{row.name} ({row.email})" if row.name else str(row.email)
