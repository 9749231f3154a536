"""The dialog that puts names on the list of a hold: typed one by one, or pasted from a spreadsheet or a CSV file."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.holds.hold_actions import SEE, is_active
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action, only_if
from common.errors import RefusedError
from common.text import number
from exchange.numbers import read_number
from exchange.reading import csv_file
from sales.guests.selectors import lines_of
from sales.guests.services import MAX_GUESTS, GuestEntry, add_guests
from sales.keepers import may_hand_out
from sales.models import NamedHold

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Name, tickets, note, e-mail or telephone; and the item, of a hold with several.
MOST_CELLS = 5
LONGEST_TEXT = 500_000


class GuestsForm(DialogForm):
    guests = forms.CharField(
        label=_("Guests"),
        max_length=LONGEST_TEXT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_(
            "One on each line: name, tickets, note, e-mail or telephone, separated by commas, semicolons or "
            "tabs. Pasted from a spreadsheet it is so already. All but the name may be left out: then it is 1 ticket."
        ),
    )

    def prepare(self) -> None:
        del self.fields["reason"]  # a name on a list explains itself
        self.lines = lines_of([self.subject])
        if len(self.lines) > 1:
            names = ", ".join(line.item.name for line in self.lines)
            self.fields["guests"].help_text = (
                _t(
                    "One on each line: name, tickets, note, e-mail or telephone, item (%s), separated by commas, "
                    "semicolons or tabs."
                )
                % names
            )

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [
            (_("Left of the hold"), sum(line.left for line in self.lines)),
            (_("Promised to guests"), self._promised()),
        ]

    def _promised(self) -> int:
        return sum(line.promised for line in self.lines)  # type: ignore[attr-defined]

    def clean_guests(self) -> list[GuestEntry]:
        items = {line.item.name.casefold(): line.item_id for line in self.lines}
        try:
            rows = [
                (line, cells)
                for line, cells, _faults in csv_file.rows_of(
                    self.cleaned_data["guests"], _delimiter
                )
                if any(cells)
            ]
        except RefusedError as error:
            raise ValidationError(error.detail) from error
        if rows and _is_heading(rows[0][1]):
            rows = rows[1:]
        if not 1 <= len(rows) <= MAX_GUESTS:
            raise ValidationError(_t("A list has 1 to %s names.") % number(MAX_GUESTS))
        return [_entry(line, cells, items) for line, cells in rows]

    def changes(self) -> Sequence[Change]:
        entries = self.cleaned_data["guests"]
        promised = self._promised()
        tickets = sum(entry.tickets for entry in entries)
        return [
            Change(_("Names on the list"), _t("%s more") % number(len(entries))),
            Change(_("Promised to guests"), promised, promised + tickets),
        ]


def _delimiter(text: str) -> str:
    return max(csv_file.DELIMITERS, key=text.count)


def _is_heading(cells: Sequence[Any]) -> bool:
    """Whether the first line of a pasted table names its columns."""
    return len(cells) > 1 and str(cells[1] or "").strip().casefold() in {"tickets", "ticket"}


def _entry(line: int, cells: Sequence[Any], items: Mapping[str, int]) -> GuestEntry:
    texts = [str(cell or "").strip() for cell in cells]
    if len(texts) > MOST_CELLS:
        raise ValidationError(
            _t("Line %(line)d has %(cells)d parts; there are at most %(most)d.")
            % {"line": line, "cells": len(texts), "most": MOST_CELLS}
        )
    name, tickets, note, contact, item = (texts + [""] * MOST_CELLS)[:MOST_CELLS]
    if item and item.casefold() not in items:
        raise ValidationError(
            _t("Line %(line)d: the hold has no item %(item)s.") % {"line": line, "item": item}
        )
    return GuestEntry(name, _tickets(line, tickets), note, contact, items.get(item.casefold()))


def _tickets(line: int, text: str) -> int:
    if not text:
        return 1
    try:
        count = read_number(text)
    except ValueError:
        count = None
    if count is None or count != int(count):
        raise ValidationError(
            _t("Line %(line)d: %(text)s is no number of tickets.") % {"line": line, "text": text}
        )
    return int(count)


def hands_it_out(request: HttpRequest, hold: NamedHold) -> bool:
    return may_hand_out(actor_of(request), hold)


class GuestActions:
    """Of the admin class of named holds."""

    @only_if(hands_it_out)
    @dialog_action(
        _("Add guests"),
        form=GuestsForm,
        permission=SEE,
        submit=_("Add"),
        icon="person_add",
        shown=is_active,
    )
    def add_guests(self, request: HttpRequest, hold: NamedHold, form: Any) -> Done:
        entries = form.cleaned_data["guests"]
        left = add_guests(hold.pk, entries, by=actor_of(request))
        text = ngettext("%s guest is on the list now.", "%s guests are added.", len(entries))
        more = _t("%s tickets of the hold are promised to nobody.") % number(left)
        return Done(f"{text % number(len(entries))} {more}")
