"""What the dialogs of a conflict ask, and what each would change."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.models import Listing
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.dialogs import Change, DialogForm
from backoffice.kit.form_fields import OneOf, WholeNumber
from backoffice.late_sales.effects import row_changes
from backoffice.late_sales.words import amount_of, sold_of, tickets_of
from common.errors import InvalidInputError
from common.text import money, number
from events.models import Pool
from events.selectors import running_events
from offline import resolving
from offline.enums import ConflictStatus, Resolution
from offline.models import Conflict
from offline.repeats import is_unread_sale, perhaps_the_same
from offline.resolving import Missing
from sales.orders import OrderLine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_ITEM = "item_"
# Of a report that names no event: more listings than these are not looked through in a list.
MAX_LISTINGS = 300


class ResolvingForm(DialogForm):
    """Rests on the tickets in question: the channel may report a return of some at any moment."""

    rests_on: Sequence[str] = ("tickets",)

    def prepare(self) -> None:
        self.fields["tickets"] = hidden(_t("Tickets in question"), sum(self.wanted().values()))

    @property
    def conflict(self) -> Conflict:
        return cast("Conflict", self.subject)

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.conflict.event)  # type: ignore[arg-type]

    def wanted(self) -> dict[int, int]:
        """Item → tickets in question."""
        return tickets_of(self.conflict)

    def missing(self) -> list[Missing]:
        return resolving.missing_of(self.conflict, self.picture.setup)

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        conflict = self.conflict
        event = conflict.event
        return [
            (_("Channel"), conflict.channel),
            *([(_("Event"), event.name)] if event is not None else []),
            (_("Sold"), sold_of(conflict)),
            (_("For"), amount_of(conflict)),
        ]

    def resolved(self, resolution: Resolution) -> Change:
        return Change(_("Conflict"), ConflictStatus.OPEN.label, resolution.label)


class BookForm(ResolvingForm):
    """There is stock by now."""

    def changes(self) -> Sequence[Change]:
        require_room(self.picture, self.conflict.channel_id, self.wanted())
        return [
            self.resolved(Resolution.BOOKED),
            *booked(self.picture, self.wanted()),
            *row_changes(self.picture, self.conflict.channel_id, self.wanted()),
        ]


class MissingForm(ResolvingForm):
    """Rests on what is missing too: as much as it has shown is found, and no more."""

    def prepare(self) -> None:
        super().prepare()
        for lack in self.missing():
            name = f"missing_{lack.row.pool_id}"
            self.fields[name] = hidden(_t("Missing in %s") % lack.row.pool, lack.units)
        self.rests_on = [
            name for name in self.fields if name == "tickets" or name.startswith("missing_")
        ]

    def require_missing(self) -> list[Missing]:
        missing = self.missing()
        if not missing:
            raise InvalidInputError(_t("Nothing is missing: it can be booked."))
        return missing


class RaiseForm(MissingForm):
    """More is let in than the house was set up for: it says by how many."""

    def changes(self) -> Sequence[Change]:
        changes = [self.resolved(Resolution.CAPACITY), *booked(self.picture, self.wanted())]
        for lack in self.require_missing():
            capacity = Pool.objects.values_list("capacity", flat=True).get(pk=lack.row.pool_id or 0)
            label = _t("Capacity of %s") % lack.row.pool
            changes.append(Change(label, capacity, capacity + lack.units))
        return changes


class OtherItemsForm(ResolvingForm):
    """Asks how many of each item that the channel lists; of a report without an event, of one listing.

    Rests on what may be the same sale: a channel may report it anew at any moment.
    """

    rests_on = ("tickets", "perhaps_the_same")

    def prepare(self) -> None:
        super().prepare()
        self._alike = perhaps_the_same(self.conflict)
        self.fields["perhaps_the_same"] = hidden(_t("What may be the same sale"), len(self._alike))
        reason = self.fields.pop("reason")
        if self.conflict.event is None:
            self._ask_for_one_listing()
        else:
            self._ask_for_items()
        self.fields["reason"] = reason

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        warnings: list[tuple[StrOrPromise, object]] = []
        if self._alike:
            names = ", ".join(str(likeness.owner) for likeness in self._alike)
            warnings.append(
                (
                    _("Perhaps the same sale, reported anew"),
                    _t("It may be %s. If it is the same, refund or settle this one instead.")
                    % names,
                )
            )
        if self.conflict.report.sync.sales_file_id is not None and is_unread_sale(self.conflict):
            warnings.append(
                (
                    _("A row of a sales file"),
                    _t(
                        "A later file that has this row would book it once more. Where the mapping is at fault, "
                        "correct it, send the file again, and settle this one instead."
                    ),
                )
            )
        return [*super().summary(), *warnings]

    def _ask_for_items(self) -> None:
        currency = self.picture.setup.currency
        for item, listing, _offer in self.picture.listings_of(self.conflict.channel_id):
            room = self.picture.room(item.id, self.conflict.channel_id)
            self.fields[f"{_ITEM}{item.id}"] = WholeNumber(
                f"{item.name} – {money(listing.price, currency)}",
                required=False,
                help_text=ngettext("%s ticket is there", "%s tickets are there", room)
                % number(room),
            )

    def _ask_for_one_listing(self) -> None:
        channel = self.conflict.channel
        events = running_events(channel.venue, self.conflict.began_at)
        listings = Listing.objects.filter(channel=channel, event__in=events).select_related(
            "item__event"
        )
        field = OneOf(_("Item"))
        field.choices = [
            ("", _("Select value")),
            *(
                (str(listing.item_id), f"{listing.item.event.name} · {listing.item.name}")
                for listing in listings.order_by("item__event__starts_at", "item__position", "pk")[
                    :MAX_LISTINGS
                ]
            ),
        ]
        self.fields["item"] = field
        self.fields["count"] = WholeNumber(_("Tickets"), minimum=1, initial=1)

    def chosen(self) -> dict[int, int]:
        """Item → tickets."""
        if "item" in self.fields:
            return {int(self.cleaned_data["item"]): self.cleaned_data["count"]}
        return {
            int(name.removeprefix(_ITEM)): count
            for name, count in self.cleaned_data.items()
            if name.startswith(_ITEM) and count
        }

    def lines(self) -> list[OrderLine]:
        return [OrderLine(item_id, count) for item_id, count in self.chosen().items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.chosen():
            self.add_error(None, _t("Say how many tickets of which item are booked."))
        return data

    def changes(self) -> Sequence[Change]:
        conflict, chosen = self.conflict, self.chosen()
        picture = self._picture_of(chosen)
        require_room(picture, conflict.channel_id, chosen)
        prices = {
            item.id: listing.price
            for item, listing, _offer in picture.listings_of(conflict.channel_id)
        }
        total = sum((prices[item_id] * count for item_id, count in chosen.items()), Decimal(0))
        return [
            self.resolved(Resolution.OTHER_ITEM),
            *booked(picture, chosen),
            Change(_("Amount"), amount_of(conflict), money(total, picture.setup.currency)),
            *row_changes(picture, conflict.channel_id, chosen),
        ]

    def _picture_of(self, chosen: Mapping[int, int]) -> EventPicture:
        if self.conflict.event is not None:
            return self.picture
        [item_id] = chosen
        listing = Listing.objects.select_related("event").get(
            item=item_id, channel=self.conflict.channel
        )
        return picture_of(self.request, listing.event)


class SettleForm(ResolvingForm):
    """No ticket of ours is given: the buyer has the money back, or it was settled elsewhere."""

    resolution = OneOf(
        _("How"),
        choices=[
            ("", _("Select value")),
            *((way.value, way.label) for way in resolving.WITHOUT_BOOKING),
        ],
    )

    def changes(self) -> Sequence[Change]:
        tickets = sum(self.wanted().values())
        return [
            self.resolved(Resolution(self.cleaned_data["resolution"])),
            *([Change(_("Tickets that count as promised"), tickets, 0)] if tickets else []),
            Change(_("Stock"), _t("Nothing is booked and nothing moves.")),
        ]


def hidden(label: str, now: object) -> forms.CharField:
    """What a dialog has shown and rests on; it is not asked for."""
    return forms.CharField(label=label, required=False, initial=now, widget=forms.HiddenInput())


def require_room(picture: EventPicture, channel_id: int, tickets: Mapping[int, int]) -> None:
    """Raises ``InvalidInputError`` for the first item of which there are fewer."""
    for item_id, count in tickets.items():
        if (room := picture.room(item_id, channel_id)) < count:
            raise InvalidInputError(
                _t("%(asked)s × %(item)s are to be booked, %(room)s can be had.")
                % {
                    "asked": number(count),
                    "item": picture.setup.items[item_id].name,
                    "room": number(room),
                }
            )


def booked(picture: EventPicture, tickets: Mapping[int, int]) -> list[Change]:
    items = picture.setup.items
    return [
        Change(_t("%s, booked") % items[item_id].name, 0, count)
        for item_id, count in tickets.items()
    ]
