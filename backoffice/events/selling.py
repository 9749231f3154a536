"""The dialog that sells or holds tickets of an event, for a channel, by whoever may sell."""

import json
import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldBooleanSwitchWidget

from allocations.models import SalesChannel
from allocations.sellers import selling_channels
from allocations.setup import ItemSetup, ListingSetup
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action
from backoffice.kit.form_fields import OneOf, Text, WholeNumber
from backoffice.kit.rows import movements_of_booking
from common.addresses import change_url
from common.errors import InvalidInputError
from common.text import money
from events.enums import EventStatus
from events.models import Event
from idempotency.answers import Repeat
from sales import rules, services
from sales.models import Booking
from sales.offers import Offer
from sales.orders import Order, OrderLine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SellForm(DialogForm):
    """Offers what each channel could sell now. ``key`` makes two presses of the button one sale."""

    listing = OneOf(
        _("Item and channel"), help_text=_("Through the channels that were given to you.")
    )
    tickets = WholeNumber(_("Tickets"), minimum=1, initial=1)
    price = forms.DecimalField(
        label=_("Price of one"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
        help_text=_("Only for a channel that sets its prices freely. Empty: the list price."),
    )
    only_hold = forms.BooleanField(
        label=_("Only hold them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("For the channel's default hold; they are sold when it is confirmed."),
    )
    reference = Text(
        _("Reference"),
        required=False,
        max_length=100,
        help_text=_("The seller's own number. Enter no buyer's name."),
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def prepare(self) -> None:
        del self.fields["reason"]  # a sale explains itself
        self.fields["key"].initial = str(uuid.uuid4())
        channel_ids = set(selling_channels(self.request.user).values_list("pk", flat=True))
        groups = [
            (
                channel.name,
                [
                    (str(listing.id), self._label(item, listing, offer))
                    for item, listing, offer in self.picture.listings_of(channel.pk)
                    if offer.refusal is None
                ],
            )
            for channel in self.picture.channels
            if channel.pk in channel_ids
        ]
        field = cast("forms.ChoiceField", self.fields["listing"])
        choices = [group for group in groups if group[1]]
        field.choices = [("", _("Select value")), *choices]
        if not choices:
            field.help_text = self._why_nothing(channel_ids)

    def _why_nothing(self, channel_ids: Collection[int]) -> str:
        """Why there is nothing to choose: no channel of the person's, or none that sells now."""
        channels = SalesChannel.objects.filter(pk__in=channel_ids, venue=self.subject.venue_id)
        names = ", ".join(channels.order_by("name").values_list("name", flat=True))
        if names:
            return _t("You sell through: %s, none of whose listings is on sale now.") % names
        return _t(
            "You have no channel to sell through here; an administrator can give you channels on "
            "your page under People."
        )

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.subject)

    def _label(self, item: ItemSetup, listing: ListingSetup, offer: Offer) -> str:
        return _t("%(item)s – %(price)s, %(left)d can be sold") % {
            "item": item.name,
            "price": money(listing.price, self.picture.setup.currency),
            "left": offer.sellable,
        }

    def chosen(self) -> tuple[ItemSetup, ListingSetup, Offer]:
        """What was chosen, as it is now."""
        number = int(self.cleaned_data["listing"])
        return next(
            choice
            for channel in self.picture.channels
            for choice in self.picture.listings_of(channel.pk)
            if choice[1].id == number
        )

    def terms(self) -> tuple[bool, str]:
        """Whether it is only held, and the seller's reference."""
        return self.cleaned_data["only_hold"], self.cleaned_data["reference"]

    def line(self) -> OrderLine:
        _item, listing, _offer = self.chosen()
        return OrderLine(listing.item_id, self.cleaned_data["tickets"], self.cleaned_data["price"])

    def changes(self) -> Sequence[Change]:
        item, listing, offer = self.chosen()
        setup, line = self.picture.setup, self.line()
        channel = rules.find_channel(setup, listing.channel_id)
        [quote] = rules.quote(setup, channel, [line], self.picture.reading.now)
        if line.quantity > offer.sellable:
            raise InvalidInputError(
                f"{line.quantity} were asked for, {offer.sellable} can be sold.", field="tickets"
            )
        total: Decimal = quote.unit_price * line.quantity
        label = _t("%(item)s through %(channel)s, can be sold")
        names = {"item": item.name, "channel": channel.name}
        return [
            Change(label % names, offer.sellable, offer.sellable - line.quantity),
            Change(_("To be paid"), money(total, setup.currency)),
        ]


class SellAction:
    """Of the admin class of events."""

    @dialog_action(
        _("Sell tickets"),
        form=SellForm,
        permission="sales.sell_booking",
        submit=_("Sell"),
        icon="point_of_sale",
        shown=lambda event: event.status == EventStatus.ON_SALE,
    )
    def sell(self, request: HttpRequest, event: Event, form: Any) -> Done:
        item, listing, _offer = form.chosen()
        line, by = form.line(), actor_of(request)
        only_hold, reference = form.terms()
        content = json.dumps(
            [listing.id, line.quantity, str(line.unit_price), only_hold, reference]
        )
        order = Order(
            event.pk, listing.channel_id, (line,), confirm=not only_hold, reference=reference
        )
        repeat = Repeat.of(f"dialog:{by.user_id}", form.cleaned_data["key"], content.encode())
        answer = services.book(order, by=by, repeat=repeat)
        booking = Booking.objects.get(uuid=json.loads(answer.body)["id"])
        text: StrOrPromise = _t("Held: %(tickets)d × %(item)s.")
        if not only_hold:
            text = _t("Sold: %(tickets)d × %(item)s.")
        links = (
            (_t("See the booking"), change_url(booking)),
            (_t("See the movements"), movements_of_booking(booking.pk)),
        )
        return Done(str(text) % {"tickets": line.quantity, "item": item.name}, links)
