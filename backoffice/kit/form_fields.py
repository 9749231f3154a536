"""Form fields in unfold's looks, for dialogs and for what is asked beside a model's own fields."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from common.clock import UnclearTimeError
from common.names import NameFormField
from exchange.cell_types import YEARS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LARGEST_NUMBER = 2_147_483_647
FIRST_DAY, LAST_DAY = date(YEARS[0], 1, 1), date(YEARS[1], 12, 31)


class WholeNumber(forms.IntegerField):
    """A count: no sign, no fraction."""

    def __init__(
        self,
        label: "StrOrPromise",
        *,
        minimum: int = 0,
        maximum: int = LARGEST_NUMBER,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            label=label,
            min_value=minimum,
            max_value=maximum,
            widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
            **kwargs,
        )


class Text(forms.CharField):
    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        super().__init__(label=label, widget=UnfoldAdminTextInputWidget(), **kwargs)


class Name(NameFormField):
    """A name in its one form, however it was typed."""

    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        super().__init__(label=label, widget=UnfoldAdminTextInputWidget(), **kwargs)


class OneOf(forms.ChoiceField):
    """A choice from a short list of values."""

    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        super().__init__(label=label, widget=UnfoldAdminSelectWidget(), **kwargs)


class OneObject(forms.ModelChoiceField):  # type: ignore[type-arg]  # no subscript at run time
    """A choice from rows; the form sets ``queryset``, and ``naming`` how each is called."""

    naming: Callable[[Any], str] = staticmethod(str)

    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("Select value"))
        super().__init__(
            queryset=QuerySet(), label=label, widget=UnfoldAdminSelectWidget(), **kwargs
        )

    def label_from_instance(self, obj: Any) -> str:
        return self.naming(obj)


class Day(forms.DateField):
    """A day within the years that dates may have; it need not be said."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateInput(
                format="%Y-%m-%d",
                attrs={"type": "date", "class": " ".join(BASE_INPUT_CLASSES)},
            ),
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise ValidationError(
                _("%(day)s is not between %(first)s and %(last)s."),
                params={"day": value, "first": FIRST_DAY, "last": LAST_DAY},
            )


class Moment(forms.DateTimeField):
    """Date and time in the zone that holds when it is read, with the browser's own picker."""

    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            widget=forms.DateTimeInput(
                format="%Y-%m-%dT%H:%M",
                attrs={"type": "datetime-local", "class": " ".join(BASE_INPUT_CLASSES)},
            ),
            **kwargs,
        )

    def to_python(self, value: Any) -> datetime | None:
        with clearly():
            moment: datetime | None = super().to_python(value)
        return moment


class SplitMoment(forms.SplitDateTimeField):
    """The same in two boxes, as the forms of models ask for it.

    ``stored`` is what the object has: typed again as it stands there, it stays, also in an hour that
    the clocks show twice.
    """

    stored: datetime | None = None

    def compress(self, data_list: Any) -> datetime | None:
        try:
            with clearly():
                moment: datetime | None = super().compress(data_list)
        except forms.ValidationError:
            if self.stored is None or not all(data_list):
                raise
            local = timezone.localtime(self.stored).replace(tzinfo=None, microsecond=0, fold=0)
            if local != datetime.combine(*data_list):
                raise
            return self.stored
        return moment


def place_of(field: str | None, fields: "Mapping[str, forms.Field]") -> str | None:
    """Where an error of a field is shown: at the field, or above the form where there is nothing to see of it."""
    if field is None or field not in fields or fields[field].widget.is_hidden:
        return None
    return field


@contextmanager
def clearly() -> Iterator[None]:
    """Say of a time that Django could not place whether the clocks skip it or show it twice."""
    try:
        yield
    except forms.ValidationError as error:
        if error.code != "ambiguous_timezone" or not error.params:
            raise
        unclear = UnclearTimeError(error.params["datetime"], timezone.get_current_timezone())
        raise forms.ValidationError(unclear.message, code=error.code) from error
