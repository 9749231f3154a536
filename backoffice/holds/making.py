"""The dialog that sets tickets of an event aside under a name."""

import json
import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.holds.forms import ITEM, HoldForm, fields_of_items, set_aside_changes
from backoffice.kit.choosing import choose_first
from backoffice.kit.dialogs import Change, Done, actor_of, dialog_action
from backoffice.kit.form_fields import OneOf
from backoffice.kit.rows import movements_of_hold
from backoffice.kit.shown_when import shown_when
from backoffice.late_sales.effects import row_changes
from common.addresses import change_url
from common.text import local_time, number
from events.enums import ENDED
from events.models import Event
from idempotency.answers import Repeat
from sales import named_holds
from sales.keepers import KEEP
from sales.models import NamedHold
from sales.named_holds import HoldOrder
from sales.orders import OrderLine


class MakeForm(HoldForm):
    """Offers each listing of hidden channels. ``key`` makes two presses of the button one hold."""

    channel = OneOf(_("Channel"), help_text=_("The hidden channel whose tickets are held."))
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def prepare(self) -> None:
        super().prepare()
        self.fields["key"].initial = str(uuid.uuid4())
        self.fields["hands_back_at"].initial = self.subject.starts_at
        channels = self.picture.hidden_channels
        choice = cast("forms.ChoiceField", self.fields["channel"])
        choice.choices = [
            ("", _("Select value")),
            *((str(channel.pk), channel.name) for channel in channels),
        ]
        if len(channels) == 1:
            choice.initial = str(channels[0].pk)
        elif not channels:
            choice.help_text = _t(
                "No hidden channel lists an item of this event. Make a sales channel of the kind Hidden, "
                "list the item on it, and give it units or let it draw on open stock."
            )
        for channel in channels:
            for item, listing, _offer in self.picture.listings_of(channel.pk):
                field = self.quantity_field(item, listing)
                field.shown_when = shown_when({"channel": (str(channel.pk),)})  # type: ignore[attr-defined]
                self.fields[f"{ITEM}{listing.id}"] = field
        terms = ("name", "category", "owner", "owner_name")
        self.order_fields(("channel", *fields_of_items(self), *terms, "hands_back_at"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not self.tickets():
            self.add_error(None, _t("Say how many tickets of which item are set aside."))
        return data

    def channel_id(self) -> int:
        return int(self.cleaned_data["channel"])

    def tickets(self) -> dict[int, int]:
        """Item → tickets, of the chosen channel alone: of another one nothing is seen."""
        return {
            item.id: count
            for item, listing, _offer in self.picture.listings_of(self.channel_id())
            if (count := self.cleaned_data.get(f"{ITEM}{listing.id}"))
        }

    def lines(self) -> list[OrderLine]:
        return [OrderLine(item_id, count) for item_id, count in self.tickets().items()]

    def changes(self) -> Sequence[Change]:
        picture, channel_id, tickets = self.picture, self.channel_id(), self.tickets()
        now = picture.reading.now
        named_holds.quote(picture.setup, channel_id, self.lines(), now)
        terms = named_holds.checked(self.terms(), picture.setup, now)
        self.require_room(channel_id, tickets)
        return [
            *set_aside_changes(picture, {}, tickets),
            *row_changes(picture, channel_id, tickets),
            Change(
                _("What is left goes back"), local_time(terms.hands_back_at, picture.setup.zone)
            ),
        ]


class HoldAction:
    """Of the admin class of events."""

    @dialog_action(
        _("Hold tickets"),
        form=MakeForm,
        permission=KEEP,
        submit=_("Hold"),
        icon="bookmark_add",
        shown=lambda event: event.status not in ENDED,
    )
    def hold_tickets(self, request: HttpRequest, event: Event, form: Any) -> Done:
        by = actor_of(request)
        terms = form.terms()
        order = HoldOrder(event.pk, form.channel_id(), form.lines(), terms)
        content = json.dumps([order.channel_id, terms.name, terms.category, form.tickets()])
        repeat = Repeat.of(f"dialog:{by.user_id}", form.cleaned_data["key"], content.encode())
        answer = named_holds.make(
            order, by=by, reason=form.cleaned_data["reason"], repeat=repeat
        ).data
        hold = NamedHold.objects.select_related("event__venue").get(pk=answer["id"])
        links = (
            (_t("See the hold"), change_url(hold)),
            (_t("See the movements"), movements_of_hold(hold.pk)),
        )
        values = {
            "name": hold.name,
            "tickets": number(sum(form.tickets().values())),
            "when": local_time(hold.hands_back_at, hold.event.venue.zone),
        }
        return Done(_t("%(tickets)s tickets are held for %(name)s until %(when)s.") % values, links)


def choose_event(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """The way to that dialog from the list of holds: first the event is chosen."""
    if not request.user.has_perm(KEEP):
        raise PermissionDenied
    number_ = request.GET.get("event")
    if not number_:
        return choose_first(model_admin, request, "event", _("Of which event are tickets held?"))
    event = model_admin.named(request, Event, number_)
    return redirect(reverse("admin:events_event_hold_tickets", args=(event.pk,)))
