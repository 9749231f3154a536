"""The forms of a till's pages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from boxoffice.counter.pieces import (
    MAX_PIECES,
    pieces_of,
    require_pieces_add_up,
    total_of_pieces,
)
from boxoffice.models import Shift
from boxoffice.models.shift import LONGEST_NOTE
from common.errors import InvalidInputError
from common.names import NameFormField


class Money(forms.DecimalField):
    """An amount as people type it: with commas and spaces between its digits, or without."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=12, decimal_places=2, **terms)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
        return super().to_python(value)


class CounterChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: SalesChannel) -> str:
        return f"{obj.venue.name} · {obj.name}"


class OpenForm(forms.Form):
    channel = CounterChoice(SalesChannel.objects.none(), label=_("Counter"), empty_label=None)
    terminal = NameFormField(
        label=_("Terminal"),
        max_length=100,
        initial=_("Window 1"),
        help_text=_("What colleagues call this place, such as Window 1."),
    )
    opening_float = Money(label=_("Float"), help_text=_("The cash that lies in the till now."))

    def __init__(self, counters: QuerySet[SalesChannel], *args: Any, **terms: Any) -> None:
        super().__init__(*args, **terms)
        self.fields["channel"].queryset = counters  # type: ignore[attr-defined]


class CountForm(forms.Form):
    """What was counted: the pieces of each value, or the sum alone."""

    counted = Money(label=_("Counted cash"), required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For whoever reads the report. No personal data."),
    )

    def __init__(self, shift: Shift, *args: Any, **terms: Any) -> None:
        super().__init__(*args, **terms)
        self.shift = shift
        self.values = pieces_of(shift.currency)
        for value in self.values:
            self.fields[f"piece_{value}"] = forms.IntegerField(
                label=value,
                required=False,
                min_value=0,
                max_value=MAX_PIECES,
                widget=forms.TextInput(
                    attrs={"inputmode": "numeric", "autocomplete": "off", "data-value": value}
                ),
            )

    @property
    def piece_fields(self) -> list[Any]:
        return [self[f"piece_{value}"] for value in self.values]

    @property
    def pieces(self) -> dict[str, int]:
        counts = {value: self.cleaned_data.get(f"piece_{value}") for value in self.values}
        return {value: count for value, count in counts.items() if count}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        counted = data.get("counted")
        if counted is None and not self.pieces and not self._counted_none():
            self.add_error("counted", _t("Count the cash. An empty till is 0."))
            return data
        data["counted"] = total_of_pieces(self.pieces) if counted is None else counted
        try:
            require_pieces_add_up(self.pieces, data["counted"], self.shift.currency)
        except InvalidInputError as refusal:
            self.add_error("counted", refusal.detail)
        return data

    def _counted_none(self) -> bool:
        """Whether somebody typed that there is not one piece."""
        return any(self.cleaned_data.get(f"piece_{value}") == 0 for value in self.values)


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For whoever reads the report. No personal data."),
    )
