"""The go-live checklist on an event's page: a tab of its own, and a word above while something is to be done."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.golive.shown import history_of, page_url, progress_url, standing, state_of, told
from backoffice.kit.panels import Panel
from backoffice.kit.progress import progress_of
from events.enums import ENDED, EventStatus
from events.models import Event
from golive.enums import Readiness, RunState

SEE = "golive.view_checklistrun"
RUN = "golive.run_checklistrun"
SIGN = "golive.sign_checklistrun"


class GoLivePanel(Panel):
    slug = "go-live"
    title = _("Go-live")
    template = "admin/golive/event.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        event: Event = self.subject
        now = standing(event)
        context: dict[str, Any] = {**state_of(event), "history": history_of(event)}
        context["is_over"] = event.status in ENDED or event.over_at <= timezone.now()
        if not context["is_over"] and now.readiness != Readiness.RUNNING and self.may(RUN):
            context["run_url"] = reverse("admin:events_event_run_checklist", args=(event.pk,))
            context["run_label"] = _("Run it again") if now.run else _("Run the checklist")
        if now.readiness == Readiness.RUNNING and self.may(RUN):
            context["cancel_url"] = reverse("admin:events_event_cancel_checklist", args=(event.pk,))
        newest = next(iter(context["history"]), None)
        if newest is not None and newest["run"].state == RunState.CANCELLED:
            context["cancelled"] = newest
        if now.run is not None:
            context |= told(now.run, event)
            context["print_url"] = page_url(now.run)
            context["progress"] = progress_of(now.run, progress_url(now.run))
        if now.readiness == Readiness.UNSIGNED and self.may(SIGN):
            context["sign_url"] = reverse("admin:events_event_sign_checklist", args=(event.pk,))
        return context


class GoLiveNotice(Panel):
    """Above the tabs: what was checked is out of date, or the event waits for its checklist."""

    tab = False
    above = True
    slug = "go-live-notice"
    title = _("Go-live checklist")
    template = "admin/golive/notice.html"
    permission = SEE

    @property
    def is_shown(self) -> bool:
        event: Event = self.subject
        if event.status in ENDED or event.status == EventStatus.ON_SALE:
            return False
        return standing(event).is_out_of_date or bool(state_of(event)["waits"])

    def context(self) -> dict[str, Any]:
        return state_of(self.subject)
