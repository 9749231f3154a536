"""What the dialogs of named holds ask: for whom tickets are set aside, whose hold it is, and when it ends."""

from typing import TYPE_CHECKING, Any, cast

from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from allocations.setup import ItemSetup, ListingSetup
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.dialogs import Change, DialogForm
from backoffice.kit.form_fields import Moment, Name, OneObject, OneOf, WholeNumber
from common.errors import InvalidInputError
from common.text import money, number
from sales.enums import HoldCategory
from sales.named_holds import LONGEST_NAME, HoldTerms

if TYPE_CHECKING:
    from django import forms

ITEM = "item_"
TERMS = ("name", "category", "owner", "owner_name", "hands_back_at")


class HoldForm(DialogForm):
    """The terms of a hold, and a field for each item that its channel lists."""

    name = Name(
        _("Name"),
        max_length=LONGEST_NAME,
        help_text=_("What the hold is called on lists and at the counter, e.g. Band and crew."),
    )
    category = OneOf(_("For"), choices=HoldCategory.choices)
    owner = OneObject(
        _("Owner"),
        required=False,
        empty_label=_("Nobody of the venue"),
        help_text=_("A person of the venue, who may change, hand out and end the hold."),
    )
    owner_name = Name(
        _("Or the owner’s name"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("A company or an office. It stays in the hold’s history: no private person."),
    )
    hands_back_at = Moment(
        _("Ends"),
        help_text=_(
            "What is left then goes back to the channel by itself. A guest list needs it until the last guest "
            "has come. Times of the venue."
        ),
    )

    def prepare(self) -> None:
        owner = cast("OneObject", self.fields["owner"])
        people = Q(venues=self.picture.setup.venue_id) | Q(pk=self.request.user.pk)
        owner.queryset = (
            User.objects.filter(people, is_active=True).distinct().order_by("name", "email")
        )

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.event)

    @property
    def event(self) -> Any:
        return self.subject

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("owner")) == bool(data.get("owner_name")):
            self.add_error("owner", _t("Say whose the hold is: a person of the venue, or a name."))
        return data

    def terms(self) -> HoldTerms:
        data = self.cleaned_data
        owner = data["owner"]
        return HoldTerms(
            name=data["name"],
            category=data["category"],
            hands_back_at=data["hands_back_at"],
            owner_id=owner.pk if owner else None,
            owner_name=data["owner_name"],
        )

    def quantity_field(
        self, item: ItemSetup, listing: ListingSetup, *, held: int = 0
    ) -> WholeNumber:
        """``held`` of the item are set aside already, and may stay."""
        room = self.picture.room(item.id, listing.channel_id) + held
        return WholeNumber(
            f"{item.name} – {money(listing.price, self.picture.setup.currency)}",
            required=False,
            help_text=_t("At most %s: so many are set aside or free.") % number(room)
            if held
            else _t("At most %s can be set aside now.") % number(room),
        )

    def require_room(self, channel_id: int, more: dict[int, int]) -> None:
        """Raises ``InvalidInputError`` with the numbers where there is less of an item."""
        for item_id, count in more.items():
            room = self.picture.room(item_id, channel_id)
            if count > room:
                raise InvalidInputError(
                    _t(
                        "%(asked)s × %(item)s more are to be set aside, and %(room)s can be. "
                        "Transfer units of the pool to the channel first, if it is to have more."
                    )
                    % {
                        "asked": number(count),
                        "item": self.picture.setup.items[item_id].name,
                        "room": number(room),
                    }
                )


def fields_of_items(form: "forms.Form") -> list[str]:
    return [name for name in form.fields if name.startswith(ITEM)]


def set_aside_changes(
    picture: EventPicture, before: dict[int, int], after: dict[int, int]
) -> list[Change]:
    """Of each item, how many are set aside before and after."""
    return [
        Change(
            _t("%s, set aside") % picture.setup.items[item_id].name, before.get(item_id, 0), count
        )
        for item_id, count in after.items()
    ]
