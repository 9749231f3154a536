"""The dialogs that change a named hold, and end it early."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.events.picture import EventPicture, picture_of
from backoffice.holds.forms import ITEM, TERMS, HoldForm, fields_of_items, set_aside_changes
from backoffice.kit.dialogs import (
    Change,
    DialogForm,
    Done,
    actor_of,
    dialog_action,
    link_action,
    only_if,
)
from backoffice.kit.rows import movements_of_hold
from backoffice.late_sales.effects import row_changes
from backoffice.late_sales.words import tickets_in_words
from common.text import local_time, number
from events.models import Event
from sales import named_holds
from sales.enums import BlockStatus, HoldCategory
from sales.keepers import may_break
from sales.models import NamedHold
from sales.orders import OrderLine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SEE = "sales.view_namedhold"


class ChangeForm(HoldForm):
    """Rests on the end and the numbers that it has shown: of two who change them at once, the second is told."""

    def prepare(self) -> None:
        super().prepare()
        hold: NamedHold = self.subject
        for name in TERMS:
            self.fields[name].initial = getattr(hold, name)
        self.left = {line.item_id: line.left for line in hold.lines.all()}
        for item, listing, _offer in self.picture.listings_of(hold.channel_id):
            left = self.left.get(item.id, 0)
            field = self.quantity_field(item, listing, held=left)
            field.initial = left
            self.fields[f"{ITEM}{item.id}"] = field
        self.order_fields((*fields_of_items(self), *TERMS))
        self.rests_on = ["hands_back_at", *fields_of_items(self)]

    @property
    def event(self) -> Event:
        event: Event = self.subject.event
        return event

    def tickets(self) -> dict[int, int]:
        """Item → tickets that are to be set aside from now on."""
        return {
            int(name.removeprefix(ITEM)): self.cleaned_data[name] or 0
            for name in fields_of_items(self)
        }

    def changes(self) -> Sequence[Change]:
        hold: NamedHold = self.subject
        picture, tickets = self.picture, self.tickets()
        setup, now = picture.setup, picture.reading.now
        differences = {
            item_id: count - self.left.get(item_id, 0) for item_id, count in tickets.items()
        }
        more = {item_id: count for item_id, count in differences.items() if count > 0}
        if more:
            lines = [OrderLine(item_id, count) for item_id, count in more.items()]
            named_holds.quote(setup, hold.channel_id, lines, now)
            self.require_room(hold.channel_id, more)
        terms = named_holds.checked(self.terms(), setup, now, kept_end=hold.hands_back_at)
        return [
            *set_aside_changes(picture, self.left, tickets),
            *row_changes(picture, hold.channel_id, differences),
            Change(_("Name"), hold.name, terms.name),
            Change(_("For"), HoldCategory(hold.category).label, HoldCategory(terms.category).label),
            Change(
                _("Owner"),
                hold.owned_by,
                str(self.cleaned_data["owner"] or terms.owner_name),
            ),
            Change(
                _("Ends"),
                local_time(hold.hands_back_at, setup.zone),
                local_time(terms.hands_back_at, setup.zone),
            ),
        ]


class EndForm(DialogForm):
    """Rests on what it has shown as left: somebody may hand tickets out at any moment."""

    def prepare(self) -> None:
        self.lines = list(self.subject.lines.select_related("item"))
        for line in self.lines:
            self.fields[f"{ITEM}{line.item_id}"] = forms.CharField(
                label=_t("%s, left of the hold") % line.item.name,
                required=False,
                initial=line.left,
                widget=forms.HiddenInput,
            )
        self.rests_on = fields_of_items(self)

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.subject.event)

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        hold: NamedHold = self.subject
        return [
            (_("Name"), hold.name),
            (_("Channel"), hold.channel),
            (_("Ends"), local_time(hold.hands_back_at, hold.event.venue.zone)),
            (
                _("Left of it"),
                tickets_in_words((line.left, line.item.name) for line in self.lines),
            ),
        ]

    def changes(self) -> Sequence[Change]:
        back = {line.item_id: -line.left for line in self.lines if line.left}
        return [
            *(
                Change(_t("%s, set aside") % line.item.name, line.left, 0)
                for line in self.lines
                if line.left
            ),
            *row_changes(self.picture, self.subject.channel_id, back),
        ]


def is_active(hold: NamedHold) -> bool:
    return hold.status == BlockStatus.ACTIVE


def breaks_it(request: HttpRequest, hold: NamedHold) -> bool:
    return may_break(actor_of(request), hold)


class HoldActions:
    """Of the admin class of named holds. Each service opens its own transaction."""

    @only_if(breaks_it)
    @dialog_action(
        _("Change"),
        form=ChangeForm,
        permission=SEE,
        submit=_("Change"),
        icon="edit",
        shown=is_active,
    )
    def adjust(self, request: HttpRequest, hold: NamedHold, form: Any) -> str:
        named_holds.change(
            hold.pk,
            terms=form.terms(),
            tickets=form.tickets(),
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _t("The hold is changed.")

    @only_if(breaks_it)
    @dialog_action(
        _("End early"),
        form=EndForm,
        permission=SEE,
        submit=_("End the hold"),
        icon="assignment_return",
        danger=True,
        shown=is_active,
    )
    def end_early(self, request: HttpRequest, hold: NamedHold, form: Any) -> Done:
        named_holds.end_early(
            hold.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        count = sum(line.left for line in form.lines)
        text = ngettext(
            "The hold has ended: %s ticket went back.",
            "The hold has ended: %s tickets went back.",
            count,
        )
        return Done(text % number(count), ((_t("See the movements"), movements_of_hold(hold.pk)),))

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, hold: NamedHold) -> str:
        return movements_of_hold(hold.pk)
