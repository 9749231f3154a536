"""The dialog that sets an item's or a listing's limit."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.models import Stock
from common.dialogs import DialogForm, actor_of, dialog_action
from common.form_fields import WholeNumber
from events.models import Item
from sales import limits

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LimitForm(DialogForm):
    limit = WholeNumber(
        _("Limit"),
        required=False,
        help_text=_("The most that may be held and sold together. Empty: no limit."),
    )

    def prepare(self) -> None:
        self.fields["limit"].initial = self.subject.limit

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        counter = counter_of(self.subject)
        now = _("none") if self.subject.limit is None else self.subject.limit
        rows: list[tuple[StrOrPromise, object]] = [(_("Limit now"), now)]
        if counter and self.subject.limit is not None:
            rows += [(_("Sold"), counter.sold), (_("Held"), counter.held)]
        return rows


def counter_of(owner: Any) -> Stock | None:
    """The stock row that counts under an item's or a listing's limit."""
    column = "item" if isinstance(owner, Item) else "listing"
    return Stock.objects.filter(**{column: owner}).first()


@dialog_action(
    _("Set limit"),
    form=LimitForm,
    permission="allocations.resize_stock",
    submit=_("Set limit"),
    icon="speed",
)
def set_limit(self: Any, request: HttpRequest, owner: Any, form: Any) -> str:
    """An action of both admin classes."""
    del self
    limit: int | None = form.cleaned_data["limit"]
    why = {"by": actor_of(request), "reason": form.cleaned_data["reason"]}
    with transaction.atomic():
        if isinstance(owner, Item):
            limits.set_item_limit(item=owner, limit=limit, **why)
        else:
            limits.set_listing_limit(listing=owner, limit=limit, **why)
    if limit is None:
        return str(_t("%s has no limit now.") % owner)
    return _t("The limit of %(owner)s is now %(limit)d.") % {"owner": owner, "limit": limit}
