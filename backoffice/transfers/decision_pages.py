"""The dialogs that decide a transfer, singly and in bulk, and the one that takes it back."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldBooleanSwitchWidget

from accounts.models import User
from allocations.models import Stock
from backoffice.kit.bulk import at_once
from backoffice.kit.dialogs import Change, TwoReasonsForm, dialog_action
from backoffice.kit.rows import name_of
from backoffice.transfers.comparison import share, until_start
from backoffice.transfers.decisions import rejecting, waits, withdrawing
from backoffice.transfers.lists import route
from transfers import services
from transfers.enums import TransferStatus
from transfers.errors import MayNotDecideError
from transfers.models import Transfer
from transfers.policy import require_decider
from transfers.preview import Then, with_units, would_happen
from transfers.selectors import APPROVE
from transfers.selling import standing_still

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def decided_by_another(request: HttpRequest, transfer: Transfer) -> str:
    """Why this person may not decide it, in words; empty if he or she may."""
    try:
        require_decider(cast("User", request.user), [transfer])
    except MayNotDecideError as error:
        return error.detail
    return ""


def decidable(request: HttpRequest, transfers: Sequence[Transfer]) -> set[int]:
    """Of those that wait, the numbers of those that this person may decide.

    Most often it is all or none of them; only a mixture is looked through, by halves.
    """
    if not transfers or not request.user.has_perm(APPROVE):
        return set()
    try:
        require_decider(cast("User", request.user), transfers)
    except MayNotDecideError:
        if len(transfers) == 1:
            return set()
        half = len(transfers) // 2
        return decidable(request, transfers[:half]) | decidable(request, transfers[half:])
    return {transfer.pk for transfer in transfers}


def decision_buttons(transfer: Transfer) -> SafeString:
    """Approve and reject, each with its dialog."""
    return render_to_string(
        "admin/transfers/decide.html", {"transfer": transfer, "route": route(transfer)}
    )


class DecisionForm(TwoReasonsForm):
    def prepare(self) -> None:
        self.fields["reason"].label = _("Note to the person or partner who asked")
        self.fields["reason"].help_text = _(
            "Kept with the transfer. The person or partner who asked reads it."
        )

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        transfer: Transfer = self.subject
        return [
            (_("Units"), units_asked(transfer)),
            (_("Start"), until_start(transfer.event.starts_at)),
            (_("Reason"), transfer.reason),
            *((_("Internal note"), note) for note in _notes(transfer)),
        ]


def _notes(transfer: Transfer) -> Iterable[str]:
    """What its asker has noted for the venue alone, if anything."""
    steps = transfer.steps.filter(status=TransferStatus.REQUESTED).exclude(internal_note="")
    return steps.values_list("internal_note", flat=True)


def meant_field() -> forms.BooleanField:
    """Units for a channel that cannot sell move only where a person says that this is meant."""
    return forms.BooleanField(
        label=_("Move them although the target cannot sell"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Needed when the target is stopped, or sells nothing of the pool."),
    )


class ApproveForm(DecisionForm):
    """What moves if it is approved now, or why it would fail."""

    despite_stop = meant_field()

    def prepare(self) -> None:
        super().prepare()
        self.fields["reason"].required = False
        if not standing_still([self.subject.target]):
            del self.fields["despite_stop"]

    def changes(self) -> Sequence[Change]:
        if self.cleaned_data.get("despite_stop"):
            self.subject.despite_stop = True  # not saved: as it would be
        (then,) = would_happen([self.subject])
        return changes_of(then)


class NoteForm(DecisionForm):
    """To say no, or not any more."""

    def changes(self) -> Sequence[Change]:
        return [Change(_("Units that move"), _t("None: both channels keep what they have."))]


def units_asked(transfer: Transfer) -> str:
    if transfer.up_to:
        return _t("Up to %s") % f"{transfer.units:,}"
    return f"{transfer.units:,}"


def changes_of(then: Then) -> list[Change]:
    """Both rows, from now to then."""
    if then.failure:
        return [Change(_("It would fail now"), then.failure)]
    transfer = then.transfer
    changes = [
        *rows_change(then.source, -then.units),
        *rows_change(then.target, then.units),
        *perhaps_sold(then.perhaps_sold),
    ]
    if then.units < transfer.units:
        changes.insert(0, Change(_("Units"), units_asked(transfer), then.units))
    return changes


def perhaps_sold(sentence: str) -> list[Change]:
    """A warning, where the source reports late."""
    return [Change(_("Perhaps sold already"), sentence)] if sentence else []


def rows_change(before: Stock, units: int) -> list[Change]:
    """The free units and the sell-through of a row that gets units, or gives them."""
    after = with_units(before, units)
    name = name_of(before)
    changes = [Change(_t("%s, free") % name, before.free, after.free)]
    if before.sell_through is not None or after.sell_through is not None:
        changes.append(
            Change(_t("%s, sold") % name, share(before.sell_through), share(after.sell_through))
        )
    return changes


class Deciding:
    """Of the admin class of transfers."""

    @dialog_action(
        _("Approve"),
        form=ApproveForm,
        permission=APPROVE,
        submit=_("Approve and move"),
        icon="task_alt",
        shown=waits,
    )
    def approve(self, request: HttpRequest, transfer: Transfer, form: Any) -> str:
        return approve(
            request,
            [transfer],
            form,
        )

    @rejecting(form=NoteForm)
    def reject(self, request: HttpRequest, transfer: Transfer, form: Any) -> str:
        return reject(request, [transfer], form)

    @withdrawing(form=NoteForm)
    def withdraw(self, request: HttpRequest, transfer: Transfer, form: Any) -> str:
        if transfer.requested_by != request.user and not request.user.has_perm(APPROVE):
            raise MayNotDecideError(
                _t("Somebody else has asked for it. Who may approve transfers can end it.")
            )
        services.withdraw(
            transfer.pk,
            by=form.by,
            note=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return _t("The request is withdrawn.")


def approve(request: HttpRequest, transfers: Sequence[Transfer], form: Any) -> str:
    """What failed for lack of stock is told beside what moved: both were decided."""
    results = services.approve(
        [transfer.pk for transfer in transfers],
        by=cast("User", request.user),
        note=form.cleaned_data["reason"],
        internal_note=form.cleaned_data["internal_note"],
        now=timezone.now(),
        despite_stop=form.cleaned_data.get("despite_stop", False),
    )
    for transfer in results:
        if transfer.status == TransferStatus.FAILED:
            messages.warning(
                request,
                _t("%(transfer)s has failed: %(why)s")
                % {"transfer": transfer, "why": transfer.failure},
            )
    successes = [transfer for transfer in results if transfer.status == TransferStatus.EXECUTED]
    if not successes:
        return _t("Approved, but nothing could be moved.")
    units = sum(transfer.moved or 0 for transfer in successes)
    text = ngettext(
        "%(count)d transfer is approved and carried out: %(units)s units moved.",
        "%(count)d transfers are approved and carried out: %(units)s units moved.",
        len(successes),
    )
    return text % {"count": len(successes), "units": f"{units:,}"}


def reject(request: HttpRequest, transfers: Sequence[Transfer], form: Any) -> str:
    services.reject(
        [transfer.pk for transfer in transfers],
        by=cast("User", request.user),
        note=form.cleaned_data["reason"],
        internal_note=form.cleaned_data["internal_note"],
        now=timezone.now(),
    )
    text = ngettext("%d transfer is rejected.", "%d transfers are rejected.", len(transfers))
    return text % len(transfers)


def _comes_to(transfers: Sequence[Transfer]) -> list[tuple["StrOrPromise", object]]:
    thens = would_happen(sorted(transfers, key=lambda transfer: transfer.pk))
    failures = [then for then in thens if then.failure]
    totals: list[tuple[StrOrPromise, object]] = [
        (_("Transfers"), len(thens)),
        (_("Units that would move now"), f"{sum(then.units for then in thens):,}"),
    ]
    if failures:
        totals.append((_("Would fail now"), len(failures)))
    perhaps = dict.fromkeys(then.perhaps_sold for then in thens if then.perhaps_sold)
    totals += [(_("Perhaps sold already"), sentence) for sentence in perhaps]
    return totals


approve_selected = at_once(
    Deciding.approve,
    _("Approve"),
    work=approve,
    summary=_comes_to,
)

reject_selected = at_once(
    Deciding.reject,
    _("Reject"),
    work=reject,
    summary=lambda transfers: [
        (_("Transfers"), len(transfers)),
        (_("Units asked for"), f"{sum(transfer.units for transfer in transfers):,}"),
    ],
)
