"""A dialog rests on what it showed: a value that others changed meanwhile is not overwritten unseen.

Of a form whose fields begin as what is so now. The page carries these values; where one of them is
another by the time the form is sent, nothing is done, and the form shows what is so then. The service that does
it compares once more, under its lock.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.kit.form_fields import place_of
from common.errors import InvalidInputError
from common.text import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPENED_WITH = "opened_with"


class RestsOnWhatItShowed:
    """Of a form. ``rests_on``: the fields whose first values are what is so now."""

    rests_on: "Sequence[str]" = ()

    data: "Mapping[str, Any]"
    fields: dict[str, forms.Field]

    @property
    def opened_with(self) -> str:
        """What is so now, for the page to carry."""
        return json.dumps({name: str(self.fields[name].initial) for name in self.rests_on})

    def overtaken(self) -> list[str]:
        """What was changed since the page was opened, as sentences."""
        if OPENED_WITH not in self.data:
            return []  # sent by no page of ours: it has shown nothing
        return [*self._changed().values()]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()  # type: ignore[misc]
        if OPENED_WITH in self.data:
            for name, sentence in self._changed().items():
                self.add_error(place_of(name, self.fields), sentence)  # type: ignore[attr-defined]
        return data

    def as_shown(self, now: "Mapping[str, object]") -> None:
        """For the service, under its lock (``common.as_shown``). The form then shows what is so now."""
        for name in self.rests_on:
            self.fields[name].initial = now[name]
        if OPENED_WITH in self.data and (sentences := self._changed()):
            raise InvalidInputError(" ".join(sentences.values()), field=next(iter(sentences)))

    def _changed(self) -> dict[str, str]:
        try:
            before = json.loads(self.data[OPENED_WITH])
        except ValueError:
            before = None
        if not isinstance(before, dict):
            before = {}
        now = {name: str(self.fields[name].initial) for name in self.rests_on}
        sentences = {name: _("This was done meanwhile.") for name in before.keys() - now.keys()}
        return sentences | {
            name: self._sentence(name) for name, value in now.items() if before.get(name) != value
        }

    def _sentence(self, name: str) -> str:
        field = self.fields[name]
        return _(
            "%(field)s was changed meanwhile: it is %(now)s now. Nothing was done; send this again if it "
            "still fits."
        ) % {"field": field.label, "now": _told(field, field.initial)}


def _told(field: forms.Field, value: Any) -> str:
    if value is None:
        return _("empty")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j M Y, H:i")
    if isinstance(field, forms.ModelChoiceField):
        row = field.queryset.filter(pk=value).first() if field.queryset is not None else None
        return str(row or _("empty"))
    return str(as_read(value))


def as_read(value: object) -> object:
    """A value as dialogs print it: whole numbers with groups of digits."""
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else value
