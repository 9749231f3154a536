"""What the dialogs and pages of pools and stock ask."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.admin.rows import name_and_free
from allocations.enums import StockKind
from allocations.models import SalesChannel, Stock
from common.dialogs import DialogForm
from common.form_fields import Moment, OneObject, Text, WholeNumber
from common.forms import AdminForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PoolForm(AdminForm):
    """Asks for the capacity of a new pool; later it changes by an action."""

    # Not ``capacity``: that name is the model's own, which no form may write.
    first_capacity = WholeNumber(_("Capacity"), help_text=_("Units that physically exist."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["first_capacity"]


class PoolDialog(DialogForm):
    """A dialog about a pool that shows what it has."""

    def rows(self) -> list[Stock]:
        return list(
            Stock.objects.filter(pool=self.subject)
            .select_related("channel", "pool")
            .order_by("-kind", "name", "channel__name")
        )

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        rows = self.rows()
        return [
            (_("Capacity"), self.subject.capacity),
            (_("Sold"), sum(row.sold for row in rows)),
            (_("Held"), sum(row.held for row in rows)),
            (_("Free in open stock"), sum(row.free for row in rows if _is_general(row))),
        ]


def _is_general(row: Stock) -> bool:
    return row.kind == StockKind.OPEN and not row.name


class CapacityForm(PoolDialog):
    capacity = WholeNumber(
        _("New capacity"),
        help_text=_("The open stock takes the difference; it shrinks by what is free there."),
    )

    def prepare(self) -> None:
        self.fields["capacity"].initial = self.subject.capacity


class AllocateForm(PoolDialog):
    channel = OneObject(_("Sales channel"))
    units = WholeNumber(_("Units"), least=1, help_text=_("They come out of the open stock."))

    def prepare(self) -> None:
        self.fields["channel"].queryset = SalesChannel.objects.filter(  # type: ignore[attr-defined]
            venue_id=self.subject.event.venue_id
        ).order_by("kind", "name")


class MoveForm(DialogForm):
    source = OneObject(_("From"))
    target = OneObject(_("To"))
    units = WholeNumber(_("Units"), least=1, help_text=_("Only what is free can be moved."))

    def prepare(self) -> None:
        rows = (
            Stock.objects.filter(pool=self.subject)
            .select_related("channel", "pool")
            .order_by("-kind", "name", "channel__name")
        )
        for name in ("source", "target"):
            field = cast("OneObject", self.fields[name])
            field.queryset = rows
            field.naming = name_and_free

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("source") and found.get("source") == found.get("target"):
            self.add_error("target", _t("Choose another row than the one it comes from."))
        return found


class OpenRowForm(PoolDialog):
    name = Text(
        _("Name"), max_length=100, help_text=_("Of a group of channels, such as “all partners”.")
    )
    units = WholeNumber(_("Units"), help_text=_("They come out of the open stock."), initial=0)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Stock.objects.filter(pool=self.subject, kind=StockKind.OPEN, name=name).exists():
            raise forms.ValidationError(_("The pool has shared stock of this name already."))
        return name


class DrawingForm(DialogForm):
    """Where, when and how far a channel may draw beyond its own allocation."""

    draws_on = OneObject(_("Draws on"), required=False, empty_label=_("Nothing"))
    draws_from = Moment(_("From"), required=False, help_text=_("Empty: at once."))
    draws_until = Moment(_("Until"), required=False, help_text=_("Empty: to the end."))
    ceiling = WholeNumber(
        _("Ceiling"),
        required=False,
        help_text=_("The most that it may have, its own allocation included. Empty: no ceiling."),
    )

    def prepare(self) -> None:
        row: Stock = self.subject
        field = cast("OneObject", self.fields["draws_on"])
        field.queryset = Stock.objects.filter(pool=row.pool, kind=StockKind.OPEN).select_related(
            "pool"
        )
        field.naming = name_and_free
        for name in ("draws_from", "draws_until"):
            self.fields[name].initial = getattr(row, name)
        self.fields["draws_on"].initial = row.draws_on_id
        self.fields["ceiling"].initial = row.ceiling

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        row: Stock = self.subject
        return [
            (_("Allocated"), row.quantity),
            (_("Of it drawn"), row.drawn),
            (_("Free"), row.free),
            (_("Times are"), row.event.venue.time_zone),
        ]
