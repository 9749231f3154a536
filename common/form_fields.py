"""Form fields in unfold's looks, for dialogs and for what is asked beside a model's own fields."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from common.clock import change_around

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SKIPPED = _(
    "The clocks skip this time: they go from %(start)s to %(end)s. Type a time before %(start)s, or "
    "from %(end)s on."
)
SHOWN_TWICE = _(
    "The clocks show this time twice, as all from %(start)s to %(end)s. Type a time before %(start)s, "
    "or from %(end)s on."
)
LARGEST_NUMBER = 2_147_483_647


class WholeNumber(forms.IntegerField):
    """A count: no sign, no fraction."""

    def __init__(self, label: "StrOrPromise", *, least: int = 0, **kwargs: Any) -> None:
        super().__init__(
            label=label,
            min_value=least,
            max_value=LARGEST_NUMBER,
            widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
            **kwargs,
        )


class Text(forms.CharField):
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
        try:
            found: datetime | None = super().to_python(value)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone" or not error.params:
                raise
            start, end, is_skipped = change_around(
                error.params["datetime"], timezone.get_current_timezone()
            )
            text = SKIPPED if is_skipped else SHOWN_TWICE
            raise forms.ValidationError(
                text % {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}, code=error.code
            ) from error
        return found
