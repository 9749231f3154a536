"""The form that says which column of a channel's files is what: made on a file itself."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from allocations.models import Listing, SalesChannel
from backoffice.kit.form_fields import OneOf
from backoffice.kit.forms import ReasonField
from common.errors import InvalidInputError
from common.names import name_key
from exchange.cell_types import excerpt
from exchange.sales_files.mapping import READY, ROLES, FileMapping
from exchange.sales_files.preview import Preview
from offline.enums import FileMode

LABELS = {
    "event": _("Event"),
    "date": _("Date of the event"),
    "item": _("Item"),
    "quantity": _("How many"),
    "price": _("Price of one"),
    "reference": _("The channel's own reference"),
    "time": _("When it was sold"),
    "status": _("Status"),
}
HELP = {
    "event": _("Empty, if all of a file is of one event."),
    "date": _("Needed where an event takes place on several dates."),
    "quantity": _("Empty: each line is one ticket."),
    "reference": _("By it a line is known when it comes again, corrected or not."),
    "status": _("What was canceled comes with another word and is taken back."),
}
NO_COLUMN = _("no column")
# Words of the file that are no names of ours have a field each: its prefix, and the role of their column.
WORD_ROLES = ("event", "item")


def _field_of(role: str, word: str) -> str:
    return f"word_{role}_{hashlib.sha256(name_key(word).encode()).hexdigest()[:16]}"


class MappingForm(forms.Form):
    """First the columns are chosen, then what the words in them stand for: ``is_complete`` once both were asked."""

    mode = OneOf(_("What its numbers are"), choices=FileMode.choices)
    decimal = OneOf(
        _("Decimals stand after"),
        required=False,
        choices=[
            ("", _("what can be read in one way only")),
            (".", _("a point")),
            (",", _("a comma")),
        ],
    )
    event_id = OneOf(_("All of a file is of this event"), required=False)
    reason = ReasonField()

    def __init__(
        self,
        channel: SalesChannel,
        preview: Preview,
        before: FileMapping | None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(cast("Any", data), auto_id="mapping_%s")
        self._preview = preview
        self._before = before
        self._names = _names_of(channel)
        self._headings = _first_of_each(preview.headings)
        self._add_columns()
        self._choices("event_id", [(str(pk), name) for pk, name in self._names.dates])
        if before is not None:
            self.fields["mode"].initial = before.mode.value
            self.fields["decimal"].initial = before.decimal
            self.fields["event_id"].initial = before.event_id
        self._columns = self._chosen_columns()
        self._words = self._add_words()
        self._go_on_at_words()
        self.order_fields(
            ("mode", *ROLES, "event_id", *self._words, "counted", "decimal", "reason")
        )

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = [("", NO_COLUMN if name in ROLES else _("Select value")), *choices]

    def _add_columns(self) -> None:
        places = [(str(place), text) for place, text in self._headings.values()]
        for role in ROLES:
            self.fields[role] = OneOf(
                LABELS[role], required=role == "item", help_text=HELP.get(role, "")
            )
            self._choices(role, places)
            self.fields[role].initial = self._guess(role)

    def _guess(self, role: str) -> str:
        """As it was before, or as a ready mapping calls it."""
        mappings = [self._before] if self._before is not None else []
        for mapping in (*mappings, *READY.values()):
            place = self._headings.get(name_key(mapping.columns.get(role, "")))
            if place is not None:
                return str(place[0])
        return ""

    def _chosen_columns(self) -> dict[str, str]:
        """Role → heading, of what was sent, however wrong the rest of it is."""
        if not self.is_bound:
            return {}
        texts = {str(place): text for place, text in self._headings.values()}
        sent = {role: texts.get(str(self.data.get(role, ""))) for role in ROLES}
        return {role: text for role, text in sent.items() if text is not None}

    def _add_words(self) -> dict[str, tuple[str, str]]:
        """A field for each word of the file that is no name of ours: field → its role and the word."""
        words: dict[str, tuple[str, str]] = {}
        for role in WORD_ROLES:
            names = self._names.of(role)
            known = {name_key(name) for name in names}
            earlier = {name_key(word): name for word, name in self._earlier(role).items()}
            for word in self._words_in(role):
                if name_key(word) in known:
                    continue
                name = _field_of(role, word)
                words[name] = role, word
                self.fields[name] = OneOf(
                    _t("%(word)s is") % {"word": excerpt(word)},
                    required=False,
                    help_text=_("Left empty, its lines cannot be read."),
                )
                self._choices(name, [(text, text) for text in names])
                self.fields[name].initial = earlier.get(name_key(word), "")
        if status := self._words_in("status"):
            counted = {name_key(word) for word in self._before.counted} if self._before else set()
            self.fields["counted"] = forms.MultipleChoiceField(
                label=_("Words that mean that the sale stands"),
                choices=[(word, word) for word in status],
                initial=[word for word in status if name_key(word) in counted],
                widget=UnfoldAdminCheckboxSelectMultipleWidget(),
                required=self._is_second,
            )
        return words

    def _go_on_at_words(self) -> None:
        """Whoever uses no mouse goes on where something new is asked, below what was chosen already."""
        first = next((name for name in (*self._words, "counted") if name in self.fields), None)
        if self.is_bound and not self._is_second and first is not None:
            self.fields[first].widget.attrs["data-go-on"] = True

    def _words_in(self, role: str) -> list[str]:
        heading = self._columns.get(role)
        return self._preview.words(heading) if heading is not None else []

    def _earlier(self, role: str) -> Mapping[str, str]:
        if self._before is None:
            return {}
        return self._before.events if role == "event" else self._before.items

    @property
    def token(self) -> str:
        """Stands for the columns whose words are asked for."""
        return "|".join(self._columns.get(role, "") for role in (*WORD_ROLES, "status"))

    @property
    def _is_second(self) -> bool:
        return self.is_bound and self.data.get("words_of") == self.token

    @property
    def is_complete(self) -> bool:
        """Whether what the words stand for was asked too, where there is anything to ask."""
        return self._is_second or not (self._words or "counted" in self.fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = "quantity" if data.get("mode") == FileMode.TOTALS else "reference"
        if not data.get(needed):
            self.add_error(needed, _t("Say which column has it."))
        if not data.get("event") and not data.get("event_id"):
            self.add_error(
                "event", _t("Say which column has the event, or of which one the file is.")
            )
        places: dict[str, str] = {}
        for role in ROLES:
            if not (place := data.get(role)):
                continue
            if place in places:
                self.add_error(role, _t("This column is “%s” already.") % LABELS[places[place]])
            places[place] = role
        return data

    def mapping(self) -> FileMapping:
        """Of a valid form. Raises ``InvalidInputError`` for what cannot be meant."""
        data = self.cleaned_data
        tables: dict[str, dict[str, str]] = {role: dict(self._earlier(role)) for role in WORD_ROLES}
        for name, (role, word) in self._words.items():
            tables[role] = {
                other: ours
                for other, ours in tables[role].items()
                if name_key(other) != name_key(word)
            }
            if data.get(name):
                tables[role][word] = data[name]
        return FileMapping(
            FileMode(data["mode"]),
            self._columns,
            items=tables["item"],
            events=tables["event"],
            counted=data.get("counted") or (),
            decimal=data["decimal"],
            event_id=int(data["event_id"]) if data["event_id"] and not data["event"] else None,
        )

    def refuse(self, error: InvalidInputError) -> None:
        self.add_error(error.field if error.field in self.fields else None, error.detail)


class _Names:
    """What the channel lists: names of events and items, and its events with their dates."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self.events: dict[str, None] = {}
        self.items: dict[str, None] = {}
        dates: dict[int, str] = {}
        for listing in listings:
            self.events[listing.event.name] = None
            self.items[listing.item.name] = None
            dates[listing.event_id] = str(listing.event)
        self.dates = list(dates.items())

    def of(self, role: str) -> list[str]:
        return list(self.events if role == "event" else self.items)


def _names_of(channel: SalesChannel) -> _Names:
    listings = Listing.objects.filter(channel=channel).select_related("item", "event__venue")
    return _Names(listings.order_by("event__starts_at", "item__position", "pk"))


def _first_of_each(headings: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Key → place and text: of two columns with one heading only the first can be read."""
    places: dict[str, tuple[int, str]] = {}
    for place, text in enumerate(headings):
        if text:
            places.setdefault(name_key(text), (place, text))
    return places
