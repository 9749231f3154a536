"""How an event's transfers are approved, as a page that is read, printed and signed off."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.kit.dialogs import Dialog, DialogForm
from common.addresses import change_url
from common.text import local_time
from events.models import Event
from transfers import words
from transfers.models import WorkflowSignOff
from transfers.selectors import APPROVE, SEE
from transfers.workflow import differences, sign_off, workflow_of

# So many signatures are shown; the newest is the one that counts.
LATEST = 10


class SignForm(DialogForm):
    """``digest`` says which text was read."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.fields["digest"].initial = self.request.GET.get("digest", "")
        self.fields["reason"].required = False
        self.fields["reason"].label = _("Note")
        self.fields["reason"].help_text = _("Kept with your signature and printed.")


def page_url(event_id: int) -> str:
    return reverse("admin:transfers_event_approval", args=(event_id,))


def sign(admin: Any, request: HttpRequest, event: Event, form: Any) -> HttpResponseBase:
    del admin
    sign_off(
        event,
        digest=form.cleaned_data["digest"],
        by=cast("User", request.user),
        note=form.cleaned_data["reason"],
        now=timezone.now(),
    )
    return redirect(page_url(event.pk))


SIGN = Dialog(
    title=_("Sign off the transfer approval"),
    form=SignForm,
    submit=_("I have read it and agree"),
    danger=False,
    own_page=True,
    handler=sign,
)


class WorkflowPages:
    """Of the admin class of transfers."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        urls = [
            path(
                "approval/<int:event_id>/",
                wrap(self.approval_view),
                name="transfers_event_approval",
            ),
            path(
                "approval/<int:event_id>/sign/",
                wrap(self.sign_view),
                name="transfers_event_approval_sign",
            ),
        ]
        return [*urls, *super().get_urls()]  # type: ignore[misc]

    def approval_view(self, request: HttpRequest, event_id: int) -> HttpResponseBase:
        event = self._event(request, event_id, SEE)
        zone = event.venue.zone
        workflow = workflow_of(event)
        records = list(
            WorkflowSignOff.objects.filter(event=event).select_related("signed_by")[:LATEST]
        )
        last = records[0] if records else None
        sign_url = reverse("admin:transfers_event_approval_sign", args=(event.pk,))
        context = {
            "event": event,
            "starts": words.moment(event.starts_at, zone),
            "workflow": workflow,
            "date": date_format(timezone.now().astimezone(zone), "j F Y"),
            "signed": _shown(records, workflow.digest, event),
            "last": last,
            "last_at": local_time(last.at, zone) if last else "",
            "is_current": last is not None and last.digest == workflow.digest,
            "changes": differences(last.text, workflow.text)
            if last and last.digest != workflow.digest
            else (),
            "back": f"{change_url(event)}#dataset-transfers",
            "sign_url": f"{sign_url}?digest={workflow.digest}"
            if request.user.has_perm(APPROVE)
            else None,
        }
        return render(request, "admin/transfers/approval.html", context)

    def sign_view(self, request: HttpRequest, event_id: int) -> HttpResponseBase:
        event = self._event(request, event_id, APPROVE)
        with timezone.override(event.venue.zone):
            return SIGN.answer(self, request, event)

    def _event(self, request: HttpRequest, event_id: int, permission: str) -> Event:
        """Raises ``PermissionDenied``, and ``Http404`` for what is not of the person's venues."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        events = self.admin_site.get_model_admin(Event)  # type: ignore[attr-defined]
        event: Event | None = events.get_object(request, str(event_id))
        if event is None:
            raise Http404
        return event


def _shown(
    records: Sequence[WorkflowSignOff], digest: str, event: Event
) -> list[tuple[WorkflowSignOff, str, bool]]:
    """Each with its time at the venue, and whether it is of the text as it is now."""
    return [
        (record, local_time(record.at, event.venue.zone), record.digest == digest)
        for record in records
    ]
