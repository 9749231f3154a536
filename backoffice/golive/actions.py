"""Running, cancelling and signing an event's go-live checklist, and the page of a run, which is read and printed."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.golive.panels import RUN, SIGN
from backoffice.golive.shown import progress_url, standing, state_of, told
from backoffice.kit.dialogs import Change, DialogForm, dialog_action
from backoffice.kit.progress import moving_part
from common.addresses import change_url
from events.enums import ENDED
from events.models import Event
from golive.enums import Readiness
from golive.models import MAX_NOTE, ChecklistRun
from golive.services import ask_for_run, cancel, sign


class RunForm(DialogForm):
    """Nothing of the event changes, and so no reason is asked for."""

    def prepare(self) -> None:
        del self.fields["reason"]

    def changes(self) -> Sequence[Change]:
        return [
            Change(_("Rehearsal"), _("A copy that nobody sees is sold, and removed afterwards.")),
            Change(_("Test messages"), _("Each team gets one at its addresses.")),
            Change(_("The event itself"), _("Nothing of it is sold or changed.")),
        ]


class CancelForm(DialogForm):
    """Nothing of the event changes; the run says who has cancelled it."""

    def prepare(self) -> None:
        del self.fields["reason"]

    def changes(self) -> Sequence[Change]:
        return [
            Change(_("Rehearsal"), _("It is removed. What was found so far is lost.")),
            Change(_("Test messages"), _("Those that went out already stay where they are.")),
        ]


class SignForm(DialogForm):
    """``run`` says which results were read."""

    run = forms.IntegerField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        run = standing(self.subject).run
        self.fields["run"].initial = run.pk if run is not None else None
        self.fields["reason"].required = False
        self.fields["reason"].label = _("Note")
        self.fields["reason"].help_text = _("Kept with your signature and printed.")
        cast("forms.CharField", self.fields["reason"]).max_length = MAX_NOTE

    def summary(self) -> list[tuple[Any, object]]:
        run = standing(self.subject).run
        if run is None:
            return []
        results = told(run, self.subject)["results"]
        return [(result["title"], result["word"]) for result in results]


def _may_go_live(event: Event) -> bool:
    """Whether it runs or may be signed, the service says: the page asks the database nothing for its menus."""
    return event.status not in ENDED


def _runs_now(event: Event) -> bool:
    return standing(event).readiness == Readiness.RUNNING


class GoLiveActions:
    """Of the admin class of events."""

    @dialog_action(
        _("Run the go-live checklist"),
        form=RunForm,
        permission=RUN,
        submit=_("Run it"),
        icon="checklist",
        shown=_may_go_live,
    )
    def run_checklist(self, request: HttpRequest, event: Event, form: Any) -> str:
        del form
        ask_for_run(event=event, by=cast("User", request.user), now=timezone.now())
        return _t("The go-live checklist of %s is running. See the tab “Go-live”.") % event

    @dialog_action(
        _("Cancel the go-live checklist"),
        form=CancelForm,
        permission=RUN,
        submit=_("Cancel the run"),
        icon="cancel",
        danger=True,
        shown=_runs_now,
    )
    def cancel_checklist(self, request: HttpRequest, event: Event, form: Any) -> str:
        del form
        cancel(event=event, by=cast("User", request.user))
        return _t("The go-live checklist of %s is cancelled.") % event

    @dialog_action(
        _("Sign the go-live checklist"),
        form=SignForm,
        permission=SIGN,
        submit=_("I have read it: the event may go live"),
        icon="draw",
        shown=_may_go_live,
    )
    def sign_checklist(self, request: HttpRequest, event: Event, form: Any) -> str:
        sign(
            event=event,
            run_id=form.cleaned_data["run"],
            by=cast("User", request.user),
            note=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return _t("The go-live checklist of %s is signed.") % event


def show_run(request: HttpRequest, event: Event, run_id: int) -> HttpResponseBase:
    """A run as a sheet: to read, to print."""
    run = _run(event, run_id)
    newest = standing(event).run
    context = {
        "event": event,
        "back": f"{change_url(event)}#dataset-go-live",
        "is_newest": newest is not None and newest.pk == run.pk,
        **state_of(event),
        **told(run, event),
    }
    return render(request, "admin/golive/run.html", context)


def show_progress(request: HttpRequest, event: Event, run_id: int) -> HttpResponseBase:
    run = _run(event, run_id)
    return moving_part(request, run, progress_url(run))


def _run(event: Event, run_id: int) -> ChecklistRun:
    """Raises ``Http404`` for a run of another event."""
    runs = ChecklistRun.objects.select_related("asked_by", "signed_by", "cancelled_by")
    run = runs.filter(event=event, pk=run_id).first()
    if run is None:
        raise Http404
    return run
