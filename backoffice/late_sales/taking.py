"""The dialog that leases tickets of an event to a terminal of a channel that is offline at times."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.models import SalesChannel
from allocations.sellers import selling_channels
from allocations.setup import ItemSetup, ListingSetup
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.choosing import choose_first
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action
from backoffice.kit.form_fields import OneOf, Text, WholeNumber
from backoffice.kit.rows import movements_of_block
from backoffice.kit.shown_when import shown_when
from backoffice.late_sales.effects import row_changes
from backoffice.late_sales.words import span
from common.addresses import change_url
from common.errors import InvalidInputError
from common.text import local_time, money, number
from events.enums import EventStatus
from events.models import Event
from idempotency.answers import Repeat
from offline import leases
from offline.leases import LONGEST_NAME, LeaseOrder
from sales import rules
from sales.models import Block
from sales.offers import Offer
from sales.orders import OrderLine

LEASE = "sales.lease_block"
_LISTING = "listing_"


def require_not_longer(form: DialogForm, longest: int) -> None:
    """Adds an error where more hours are asked for than the channel's longest lease has."""
    if (form.cleaned_data.get("hours") or 0) > longest:
        text = ngettext(
            "The channel's leases last %d hour at most.",
            "The channel's leases last %d hours at most.",
            longest,
        )
        form.add_error("hours", text % longest)


class LeaseForm(DialogForm):
    """Offers each listing of the person's channels that may lease. ``key`` makes two presses of the button one lease."""

    channel = OneOf(
        _("Channel"),
        help_text=_(
            "Yours that are offline at times, or sync from time to time, and your counters."
        ),
    )
    terminal = Text(
        _("Terminal"),
        max_length=LONGEST_NAME,
        help_text=_("The kiosk, counter or telephone that will sell them, as its people call it."),
    )
    hours = WholeNumber(
        _("Hours"),
        minimum=1,
        required=False,
        help_text=_("For so long it may sell from them. Empty: as long as the channel's longest."),
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def prepare(self) -> None:
        del self.fields["reason"]  # a lease explains itself
        self.fields["key"].initial = str(uuid.uuid4())
        channels = self._channels()
        choice = cast("forms.ChoiceField", self.fields["channel"])
        choice.choices = [
            ("", _("Select value")),
            *((str(channel.pk), channel.name) for channel in channels),
        ]
        if len(channels) == 1:
            choice.initial = str(channels[0].pk)
        elif not channels:
            choice.help_text = _t(
                "None of the channels that you sell through here is a counter or offline at times. Its page says "
                "how it is connected."
            )
        for channel in channels:
            for item, listing, offer in self.picture.listings_of(channel.pk):
                self.fields[f"{_LISTING}{listing.id}"] = self._quantity(item, listing, offer)
        self.order_fields(("channel", "terminal", *self._quantities(), "hours", "key"))

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.subject)

    def _channels(self) -> list[SalesChannel]:
        theirs = set(selling_channels(self.request.user).values_list("pk", flat=True))
        return [channel for channel in self.picture.leasing_channels if channel.pk in theirs]

    def _quantity(self, item: ItemSetup, listing: ListingSetup, offer: Offer) -> WholeNumber:
        field = WholeNumber(
            f"{item.name} – {money(listing.price, self.picture.setup.currency)}",
            required=False,
            help_text=offer.refusal.detail
            if offer.refusal
            else ngettext(
                "%s ticket can be set aside now", "%s tickets can be set aside now", offer.sellable
            )
            % number(offer.sellable),
        )
        field.shown_when = shown_when({"channel": (str(listing.channel_id),)})  # type: ignore[attr-defined]
        return field

    def _quantities(self) -> list[str]:
        return [name for name in self.fields if name.startswith(_LISTING)]

    def channel_id(self) -> int:
        return int(self.cleaned_data["channel"])

    def tickets(self) -> dict[int, int]:
        """Item → tickets, of the chosen channel alone: of another one nothing is seen."""
        return {
            item.id: count
            for item, listing, _offer in self.picture.listings_of(self.channel_id())
            if (count := self.cleaned_data.get(f"{_LISTING}{listing.id}"))
        }

    def seconds(self) -> int | None:
        hours: int | None = self.cleaned_data["hours"]
        return None if hours is None else hours * 3600

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.tickets():
            self.add_error(None, _t("Say how many tickets of which item are leased."))
        channel = self.picture.setup.channels.get(int(data.get("channel") or 0))
        if channel is not None:
            require_not_longer(self, channel.longest_lease_hours)
        return data

    def lines(self) -> list[OrderLine]:
        return [OrderLine(item_id, count) for item_id, count in self.tickets().items()]

    def changes(self) -> Sequence[Change]:
        picture, setup = self.picture, self.picture.setup
        channel = rules.find_channel(setup, self.channel_id())
        rules.quote_lines(setup, channel, self.lines(), picture.reading.now)
        self._require_room()
        tickets = self.tickets()
        ends = picture.reading.now + leases.lease_time(channel, self.seconds())
        grace = leases.grace(channel)
        return [
            *(
                Change(_t("%s, set aside") % setup.items[item_id].name, 0, count)
                for item_id, count in tickets.items()
            ),
            *row_changes(picture, channel.id, tickets),
            Change(_("The terminal sells until"), local_time(ends, setup.zone)),
            Change(
                _("What is left goes back"),
                _t("%(when)s, after %(grace)s of grace")
                % {"when": local_time(ends + grace, setup.zone), "grace": span(grace)},
            ),
        ]

    def _require_room(self) -> None:
        tickets = self.tickets()
        for item, _listing, offer in self.picture.listings_of(self.channel_id()):
            if (count := tickets.get(item.id, 0)) > offer.sellable:
                raise InvalidInputError(
                    _t("%(asked)s × %(item)s were asked for, %(room)s can be set aside.")
                    % {
                        "asked": number(count),
                        "item": item.name,
                        "room": number(offer.sellable),
                    }
                )


class LeaseAction:
    """Of the admin class of events."""

    @dialog_action(
        _("Lease tickets"),
        form=LeaseForm,
        permission=LEASE,
        submit=_("Lease"),
        icon="cloud_off",
        shown=lambda event: event.status == EventStatus.ON_SALE,
    )
    def lease(self, request: HttpRequest, event: Event, form: Any) -> Done:
        by = actor_of(request)
        order = LeaseOrder(
            event.pk, form.channel_id(), form.cleaned_data["terminal"], form.lines(), form.seconds()
        )
        content = json.dumps(
            [order.channel_id, order.terminal, order.expires_in_seconds, form.tickets()]
        )
        repeat = Repeat.of(f"dialog:{by.user_id}", form.cleaned_data["key"], content.encode())
        answer: Mapping[str, Any] = leases.take(order, by=by, repeat=repeat).data
        block = Block.objects.select_related("event__venue").get(uuid=answer["id"])
        text = _t(
            "Lease %(number)s: %(tickets)s tickets are set aside for %(terminal)s until %(when)s."
        )
        links = (
            (_t("See the lease"), change_url(block)),
            (_t("See the movements"), movements_of_block(block.pk)),
        )
        values = {
            "number": block,
            "tickets": number(sum(form.tickets().values())),
            "terminal": block.name,
            "when": local_time(block.expires_at, block.event.venue.zone),
        }
        return Done(text % values, links)


def choose_event(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """The way to that dialog from the list of leases: first the event is chosen."""
    if not request.user.has_perm(LEASE):
        raise PermissionDenied
    number = request.GET.get("event")
    if not number:
        return choose_first(model_admin, request, "event", _("Of which event are tickets leased?"))
    event = model_admin.named(request, Event, number)
    if event.status != EventStatus.ON_SALE:
        messages.error(request, _t("%s is not on sale: nothing of it is leased.") % event)
        return redirect("admin:sales_block_take")
    return redirect(reverse("admin:events_event_lease", args=(event.pk,)))
