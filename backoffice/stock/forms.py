"""What the dialogs and pages of pools and stock ask."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import StockKind
from allocations.errors import RowRefusal, StockRefusedError
from allocations.models import SalesChannel, Stock
from allocations.services import is_set_up, require_terms
from backoffice.kit.dialogs import Change, DialogForm, TwoReasonsForm
from backoffice.kit.form_fields import Moment, Name, OneObject, WholeNumber
from backoffice.kit.forms import AdminForm
from backoffice.kit.rows import name_and_free, name_of, offer_rows
from common.text import local_time

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

    def general(self) -> Stock:
        return next(row for row in self.rows() if _is_general(row))


def _is_general(row: Stock) -> bool:
    return row.kind == StockKind.OPEN and not row.name


def given(row: Stock, units: int) -> list[Change]:
    """That a row gets units, or gives them. Raises ``StockRefusedError`` as the ledger would."""
    if row.free + units < 0:
        raise StockRefusedError((RowRefusal(row.pk, "STOCK", -units, row.free),))
    if units > 0 and row.ceiling is not None and row.quantity + units > row.ceiling:
        raise StockRefusedError((RowRefusal(row.pk, "CEILING", units, row.ceiling - row.quantity),))
    label = _t("%s, free") % name_of(row)
    return [Change(label, row.free, row.free + units)]


class CapacityForm(PoolDialog):
    capacity = WholeNumber(
        _("New capacity"),
        help_text=_("The open stock takes the difference; it shrinks by what is free there."),
    )

    rests_on = ("capacity",)

    def prepare(self) -> None:
        self.fields["capacity"].initial = self.subject.capacity

    def changes(self) -> Sequence[Change]:
        difference = self.cleaned_data["capacity"] - self.subject.capacity
        return [
            Change(_("Capacity"), self.subject.capacity, self.cleaned_data["capacity"]),
            *given(self.general(), difference),
        ]


class AllocateForm(TwoReasonsForm, PoolDialog):
    channel = OneObject(_("Sales channel"))
    units = WholeNumber(_("Units"), minimum=1, help_text=_("They come out of the open stock."))

    def prepare(self) -> None:
        self.fields["channel"].queryset = SalesChannel.objects.filter(  # type: ignore[attr-defined]
            venue_id=self.subject.event.venue_id
        ).order_by("kind", "name")

    def changes(self) -> Sequence[Change]:
        channel, units = self.cleaned_data["channel"], self.cleaned_data["units"]
        channel_row = next((row for row in self.rows() if row.channel_id == channel.pk), None)
        quantity = channel_row.quantity if channel_row else 0
        label = _t("%s, allocation") % channel
        return [Change(label, quantity, quantity + units), *given(self.general(), -units)]


class MoveForm(TwoReasonsForm):
    source = OneObject(_("From"))
    target = OneObject(_("To"))
    units = WholeNumber(_("Units"), minimum=1, help_text=_("Only what is free can be moved."))

    def prepare(self) -> None:
        offer_rows(self, self.subject)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") and data.get("source") == data.get("target"):
            self.add_error("target", _t("Choose another row than the one it comes from."))
        return data

    def changes(self) -> Sequence[Change]:
        units = self.cleaned_data["units"]
        return [
            *given(self.cleaned_data["source"], -units),
            *given(self.cleaned_data["target"], units),
        ]


class OpenRowForm(PoolDialog):
    name = Name(
        _("Name"), max_length=100, help_text=_("Of a group of channels, such as “all partners”.")
    )
    units = WholeNumber(_("Units"), help_text=_("They come out of the open stock."), initial=0)

    def prepare(self) -> None:
        if not is_set_up(self.subject.event):
            del self.fields["units"]  # they come by a transfer

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Stock.objects.filter(pool=self.subject, kind=StockKind.OPEN, name__iexact=name).exists():
            raise forms.ValidationError(_("The pool has shared stock of this name already."))
        return name

    def changes(self) -> Sequence[Change]:
        name, units = self.cleaned_data["name"], self.cleaned_data.get("units")
        if units is None:
            return [Change(name, _t("Empty shared stock; units come to it by a transfer."))]
        return [Change(_t("%s, free") % name, 0, units), *given(self.general(), -units)]


TERMS = ("draws_on", "draws_from", "draws_until", "ceiling")


class DrawingForm(TwoReasonsForm):
    """Where, when and how far a channel may draw beyond its own allocation."""

    draws_on = OneObject(_("Draws on"), required=False, empty_label=_("Nothing"))
    draws_from = Moment(_("From"), required=False, help_text=_("Empty: at once."))
    draws_until = Moment(_("Until"), required=False, help_text=_("Empty: to the end."))
    ceiling = WholeNumber(
        _("Ceiling"),
        required=False,
        help_text=_("The most that it may have, its own allocation included. Empty: no ceiling."),
    )

    rests_on = TERMS

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

    def changes(self) -> Sequence[Change]:
        row: Stock = self.subject
        data, zone = self.cleaned_data, row.event.venue.zone
        require_terms(row, *(data[name] for name in TERMS))
        from_now, from_then = row.draws_from, data["draws_from"]
        until_now, until_then = row.draws_until, data["draws_until"]
        changes = [
            Change(_("Draws on"), _drawn_row(row.draws_on), _drawn_row(data["draws_on"])),
            Change(_("From"), local_time(from_now, zone), local_time(from_then, zone)),
            Change(_("Until"), local_time(until_now, zone), local_time(until_then, zone)),
            Change(_("Ceiling"), _or_none(row.ceiling), _or_none(data["ceiling"])),
        ]
        if row.drawn and data["draws_on"] != row.draws_on:
            text = _t("%d units that it has drawn become its allocation.") % row.drawn
            changes.append(Change(_("Drawn"), text))
        return changes


def _drawn_row(row: Stock | None) -> str:
    return _t("Nothing") if row is None else name_of(row)


def _or_none(number: int | None) -> object:
    return _t("None") if number is None else number
