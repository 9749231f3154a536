"""The dialogs that extend a lease, and hand back what is left of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.events.picture import picture_of
from backoffice.kit.dialogs import (
    Change,
    DialogForm,
    Done,
    actor_of,
    dialog_action,
    link_action,
    only_if,
)
from backoffice.kit.form_fields import WholeNumber
from backoffice.kit.rows import movements_of_block
from backoffice.late_sales.effects import row_changes
from backoffice.late_sales.taking import LEASE, require_not_longer
from backoffice.late_sales.words import tickets_in_words
from common.text import local_time, number
from offline import leases
from sales import rules
from sales.enums import BlockStatus
from sales.models import Block
from sales.sellers import sells_through

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LeaseDialog(DialogForm):
    """Of a lease that is active."""

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        block: Block = self.subject
        lines = block.lines.select_related("item")
        return [
            (_("Terminal"), block.name),
            (_("Channel"), block.channel),
            (_("Expires"), local_time(block.expires_at, block.event.venue.zone)),
            (_("Left of it"), tickets_in_words((line.left, line.item.name) for line in lines)),
        ]


class ExtendForm(LeaseDialog):
    """Rests on the end that it has shown: of two who extend it at once, the second is told."""

    hours = WholeNumber(_("Hours from now"), minimum=1)
    expires_at = forms.CharField(label=_("Expires"), required=False, widget=forms.HiddenInput)
    rests_on = ("expires_at",)

    def prepare(self) -> None:
        del self.fields["reason"]  # an extension changes no number
        longest = self.subject.channel.longest_lease_hours
        self.fields["hours"].initial = longest
        self.fields["hours"].help_text = (
            ngettext(
                "At most %d hour, which is the channel's longest lease.",
                "At most %d hours, which is the channel's longest lease.",
                longest,
            )
            % longest
        )
        self.fields["expires_at"].initial = self.subject.expires_at

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        require_not_longer(self, self.subject.channel.longest_lease_hours)
        return data

    def changes(self) -> Sequence[Change]:
        block: Block = self.subject
        setup, zone = picture_of(self.request, block.event).setup, block.event.venue.zone
        rules.require_not_cancelled(setup)
        channel = rules.find_channel(setup, block.channel_id)
        ends = timezone.now() + leases.lease_time(channel, self.cleaned_data["hours"] * 3600)
        back = ends + leases.grace(channel)
        return [
            Change(_("Expires"), local_time(block.expires_at, zone), local_time(ends, zone)),
            Change(
                _("What is left goes back"),
                local_time(block.hands_back_at, zone),
                local_time(back, zone),
            ),
        ]


class HandBackForm(LeaseDialog):
    """Rests on what it has shown as left: a sync may sell from the lease at any moment."""

    def prepare(self) -> None:
        self.lines = list(self.subject.lines.select_related("item"))
        for line in self.lines:
            self.fields[f"left_{line.number}"] = forms.CharField(
                label=_t("%s, left of the lease") % line.item.name,
                required=False,
                initial=line.left,
                widget=forms.HiddenInput,
            )
        self.rests_on = [f"left_{line.number}" for line in self.lines]

    def changes(self) -> Sequence[Change]:
        block: Block = self.subject
        back = {line.item_id: -line.left for line in self.lines if line.left}
        picture = picture_of(self.request, block.event)
        return [
            Change(_("Status"), _label(block.status), _label(BlockStatus.RETURNED)),
            *(
                Change(_t("%s, set aside") % line.item.name, line.left, 0)
                for line in self.lines
                if line.left
            ),
            *row_changes(picture, block.channel_id, back),
            Change(
                _("Sales reported later"),
                _t("are booked as long as there is other stock for them."),
            ),
        ]


def _label(status: str) -> str:
    return str(BlockStatus(status).label)


def is_active(block: Block) -> bool:
    return block.status == BlockStatus.ACTIVE


def sells_it(request: HttpRequest, block: Block) -> bool:
    """Whether the lease is of a channel through which the person sells."""
    return sells_through(actor_of(request), block.channel_id)


class LeaseActions:
    """Of the admin class of leases. Each service opens its own transaction."""

    @only_if(sells_it)
    @dialog_action(
        _("Extend"),
        form=ExtendForm,
        permission=LEASE,
        submit=_("Extend"),
        icon="more_time",
        shown=is_active,
    )
    def extend(self, request: HttpRequest, block: Block, form: Any) -> str:
        leases.extend(
            block.pk,
            by=actor_of(request),
            seconds=form.cleaned_data["hours"] * 3600,
            as_shown=form.as_shown,
        )
        block.refresh_from_db(fields=("expires_at",))
        ends = local_time(block.expires_at, block.event.venue.zone)
        return _t("The terminal may sell from the lease until %s.") % ends

    @only_if(sells_it)
    @dialog_action(
        _("Hand back"),
        form=HandBackForm,
        permission=LEASE,
        submit=_("Hand back"),
        icon="assignment_return",
        danger=True,
        shown=is_active,
    )
    def hand_back(self, request: HttpRequest, block: Block, form: Any) -> Done:
        answer = leases.hand_back(
            block.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        count = sum(line["quantity"] - line["sold"] for line in answer.data["lines"])
        text = ngettext(
            "%s ticket of the lease went back.", "%s tickets of the lease went back.", count
        )
        return Done(
            text % number(count), ((_t("See the movements"), movements_of_block(block.pk)),)
        )

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, block: Block) -> str:
        return movements_of_block(block.pk)
