"""The dialogs in which people take alerts on and end them, singly and in bulk."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from alerts import services, words
from alerts.enums import STANDING, AlertStatus
from alerts.models import Alert
from alerts.selectors import HANDLE
from backoffice.kit.bulk import at_once
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from transfers.words import minutes as in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def is_open(alert: Alert) -> bool:
    return alert.status == AlertStatus.OPEN


def stands(alert: Alert) -> bool:
    return alert.status in STANDING


class NoteForm(DialogForm):
    def prepare(self) -> None:
        self.fields["reason"].required = False
        self.fields["reason"].label = _("Note")
        self.fields["reason"].help_text = _("What you do about it, for your colleagues.")

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [
            (_("Alert"), words.title(self.subject)),
            (_("Severity"), self.subject.get_severity_display()),
            (_("Where"), words.place(self.subject)),
        ]


class TakeForm(NoteForm):
    def changes(self) -> Sequence[Change]:
        return [*_becomes(self.subject, AlertStatus.ACKNOWLEDGED), *_escalation(self.subject)]


class EndForm(NoteForm):
    def changes(self) -> Sequence[Change]:
        return [*_becomes(self.subject, AlertStatus.RESOLVED), *_escalation(self.subject)]

    def prepare(self) -> None:
        super().prepare()
        self.fields["reason"].help_text = _(
            "Why it is over. If it still holds, it is told again after the rule’s pause."
        )


def _becomes(alert: Alert, status: AlertStatus) -> list[Change]:
    return [Change(_("Status"), AlertStatus(alert.status).label, status.label)]


def _escalation(alert: Alert) -> list[Change]:
    """Nobody else is told any more, where that was to come."""
    minutes = alert.rule.escalate_minutes if alert.rule is not None else None
    if minutes is None or alert.escalated_at is not None or alert.status != AlertStatus.OPEN:
        return []
    return [Change(_("Escalated"), _t("After %s") % in_words(minutes), _t("No"))]


class Handling:
    """Of the admin class of alerts."""

    @dialog_action(
        _("Acknowledge"),
        form=TakeForm,
        permission=HANDLE,
        submit=_("Acknowledge"),
        icon="task_alt",
        shown=is_open,
    )
    def acknowledge(self, request: HttpRequest, alert: Alert, form: Any) -> str:
        return acknowledge(request, [alert], form.cleaned_data["reason"])

    @dialog_action(
        _("Resolve"),
        form=EndForm,
        permission=HANDLE,
        submit=_("Resolve"),
        icon="done_all",
        shown=stands,
    )
    def resolve(self, request: HttpRequest, alert: Alert, form: Any) -> str:
        return resolve(request, [alert], form.cleaned_data["reason"])


def acknowledge(request: HttpRequest, alerts: Sequence[Alert], note: str) -> str:
    _ask(services.acknowledge, request, alerts, note)
    text = ngettext(
        "%d alert is yours now: it is not escalated any more.",
        "%d alerts are yours now: they are not escalated any more.",
        len(alerts),
    )
    return text % len(alerts)


def resolve(request: HttpRequest, alerts: Sequence[Alert], note: str) -> str:
    _ask(services.resolve, request, alerts, note)
    return ngettext("%d alert is resolved.", "%d alerts are resolved.", len(alerts)) % len(alerts)


def _ask(
    service: Callable[..., list[Alert]], request: HttpRequest, alerts: Sequence[Alert], note: str
) -> None:
    ids = [alert.pk for alert in alerts]
    service(ids, by=actor_of(request), now=timezone.now(), note=note)


def _comes_to(alerts: Sequence[Alert]) -> list[tuple["StrOrPromise", object]]:
    severities = [alert.get_severity_display() for alert in alerts]
    return [
        (_("Alerts"), len(alerts)),
        *(
            (_t("Severity %s") % severity, severities.count(severity))
            for severity in dict.fromkeys(severities)
        ),
    ]


acknowledge_selected = at_once(
    Handling.acknowledge,
    _("Acknowledge"),
    work=lambda request, rows, form: acknowledge(request, rows, form.cleaned_data["reason"]),
    summary=_comes_to,
)

resolve_selected = at_once(
    Handling.resolve,
    _("Resolve"),
    work=lambda request, rows, form: resolve(request, rows, form.cleaned_data["reason"]),
    summary=_comes_to,
)
