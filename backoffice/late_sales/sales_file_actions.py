"""The dialogs that book a sales file, undo it, refund what is gone from it, and have it checked again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.kit.dialogs import Change, DialogForm, dialog_action
from backoffice.late_sales.sales_file_upload import TAKE
from exchange.sales_files import services
from offline.enums import FileState
from offline.models import SalesFile
from offline.services import is_step_possible

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class StepForm(DialogForm):
    """Of a dialog that has a worker take a step."""

    step: ClassVar[FileState]

    @classmethod
    def is_possible(cls, file: SalesFile) -> bool:
        return is_step_possible(file, cls.step)


class TicketsForm(StepForm):
    """Rests on the tickets that it has shown: another file of the channel may have been booked meanwhile."""

    rests_on: Sequence[str] = ("added", "taken_back")
    added = forms.CharField(label=_("Tickets added"), required=False, widget=forms.HiddenInput)
    taken_back = forms.CharField(
        label=_("Tickets taken back"), required=False, widget=forms.HiddenInput
    )

    def prepare(self) -> None:
        self.numbers: Mapping[str, int] = services.numbers_of(self.subject, self.step)
        for name in self.rests_on:
            self.fields[name].initial = self.numbers[name]

    def changes(self) -> Sequence[Change]:
        return self.said((_("Tickets added"), "added"), (_("Tickets taken back"), "taken_back"))

    def said(self, *labels: tuple["StrOrPromise", str]) -> list[Change]:
        return [Change(label, self.numbers[name]) for label, name in labels if self.numbers[name]]


class BookForm(TicketsForm):
    step = FileState.QUEUED

    def changes(self) -> Sequence[Change]:
        counts = self.subject.summary
        open_ones = (
            (_("Of these, not to be had now, as conflicts"), counts.get("short_tickets", 0)),
            (_("Lines that cannot be read, as conflicts"), counts.get("unreadable", 0)),
        )
        return [
            *super().changes(),
            *(Change(label, count) for label, count in open_ones if count),
        ]


class RefundForm(TicketsForm):
    step = FileState.REFUNDING

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [(_("Sales that are gone from the file"), self.subject.summary.get("gone", 0))]


class UndoForm(TicketsForm):
    step = FileState.UNDOING

    def changes(self) -> Sequence[Change]:
        return self.said(
            (_("Tickets refunded that it has added"), "taken_back"),
            (_("Tickets sold again that it has taken back"), "added"),
        )


class CheckForm(StepForm):
    step = FileState.WAITING

    def prepare(self) -> None:
        del self.fields["reason"]  # nothing is booked

    def changes(self) -> Sequence[Change]:
        return [Change(_("State"), FileState(self.subject.state).label, self.step.label)]


def _ask(request: HttpRequest, file: SalesFile, form: StepForm) -> None:
    with transaction.atomic():
        services.ask_for(
            file_id=file.pk,
            step=form.step,
            user=cast("User", request.user),
            reason=form.cleaned_data.get("reason", ""),
            as_shown=form.as_shown,
        )


class FileActions:
    """Of the admin class of sales files: a worker does what was asked for."""

    @dialog_action(
        _("Book"),
        form=BookForm,
        permission=TAKE,
        submit=_("Book"),
        icon="task_alt",
        shown=BookForm.is_possible,
    )
    def book(self, request: HttpRequest, file: SalesFile, form: Any) -> str:
        _ask(request, file, form)
        return _t("%s is being booked.") % file

    @dialog_action(
        _("Refund what is gone"),
        form=RefundForm,
        permission=TAKE,
        submit=_("Refund"),
        icon="undo",
        danger=True,
        shown=RefundForm.is_possible,
    )
    def refund_gone(self, request: HttpRequest, file: SalesFile, form: Any) -> str:
        _ask(request, file, form)
        return _t("What is gone from %s is being refunded.") % file

    @dialog_action(
        _("Undo"),
        form=UndoForm,
        permission=TAKE,
        submit=_("Undo"),
        icon="history",
        danger=True,
        shown=UndoForm.is_possible,
    )
    def undo(self, request: HttpRequest, file: SalesFile, form: Any) -> str:
        _ask(request, file, form)
        return _t("%s is being undone.") % file

    @dialog_action(
        _("Check again"),
        form=CheckForm,
        permission=TAKE,
        submit=_("Check again"),
        icon="refresh",
        shown=CheckForm.is_possible,
    )
    def check_again(self, request: HttpRequest, file: SalesFile, form: Any) -> str:
        _ask(request, file, form)
        return _t("%s is being checked again.") % file
