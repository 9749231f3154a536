"""The dialog that sets an item's or a listing's limit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.approval import Wanted, do_or_ask
from allocations.models import Stock
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action
from backoffice.kit.form_fields import WholeNumber
from backoffice.kit.rows import movements_of
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

    rests_on = ("limit",)

    def prepare(self) -> None:
        self.fields["limit"].initial = self.subject.limit

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        counter = counter_of(self.subject)
        now = _or_none(self.subject.limit)
        rows: list[tuple[StrOrPromise, object]] = [(_("Limit now"), now)]
        if counter and self.subject.limit is not None:
            rows += [(_("Sold"), counter.sold), (_("Held"), counter.held)]
        return rows

    def changes(self) -> Sequence[Change]:
        limit: int | None = self.cleaned_data["limit"]
        changes = [Change(_("Limit"), _or_none(self.subject.limit), _or_none(limit))]
        if limit is not None:
            held, sold = limits.count_under(self.subject)
            limits.require_room(limit, held, sold)
            room: object = _("no limit")
            if self.subject.limit is not None:
                room = self.subject.limit - held - sold
            changes.append(Change(_("Left of it"), room, limit - held - sold))
        return changes


def _or_none(limit: int | None) -> object:
    return _("none") if limit is None else limit


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
def set_limit(self: Any, request: HttpRequest, owner: Any, form: Any) -> Done:
    """An action of both admin classes."""
    del self
    limit: int | None = form.cleaned_data["limit"]
    by, reason = actor_of(request), form.cleaned_data["reason"]

    def change() -> None:
        terms: dict[str, Any] = {"limit": limit, "by": by, "reason": reason}
        if isinstance(owner, Item):
            limits.set_item_limit(item=owner, as_shown=form.as_shown, **terms)
        else:
            limits.set_listing_limit(listing=owner, as_shown=form.as_shown, **terms)

    kind = "item" if isinstance(owner, Item) else "listing"
    limit_change = Wanted("LIMIT", owner.event_id, str(owner), {kind: owner.pk, "limit": limit})
    waits = do_or_ask(change, limit_change, by=by, reason=reason, now=timezone.now())
    if waits:
        return Done(waits)
    counter = counter_of(owner)
    links = (
        [(_t("See the movements"), movements_of(stock__id__exact=counter.pk))] if counter else []
    )
    if limit is None:
        return Done(_t("%s has no limit now.") % owner, links)
    text = _t("The limit of %(owner)s is now %(limit)d.") % {"owner": owner, "limit": limit}
    return Done(text, links)
