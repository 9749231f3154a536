"""The dialog that puts names on the list of a hold: typed one by one, or pasted from a spreadsheet or a CSV file."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from backoffice.holds.hold_actions import SEE, is_active
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action, only_if
from backoffice.kit.forms import add_refusal
from common.addresses import change_url
from common.errors import RefusedError
from common.text import number
from exchange.numbers import read_number
from exchange.reading import csv_file
from sales.guests.selectors import lines_of
from sales.guests.services import MAX_GUESTS, GuestEntry, add_guests
from sales.keepers import may_hand_out
from sales.models import BlockLine, NamedHold

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
        return read_guests(self.cleaned_data["guests"], self.lines)

    def changes(self) -> Sequence[Change]:
        entries = self.cleaned_data["guests"]
        promised = self._promised()
        tickets = sum(entry.tickets for entry in entries)
        return [
            Change(_("Names on the list"), _t("%s more") % number(len(entries))),
            Change(_("Promised to guests"), promised, promised + tickets),
        ]


def read_guests(text: str, lines: Sequence[BlockLine]) -> list[GuestEntry]:
    """The guests of a text, a line for each. Raises ``ValidationError`` naming the line at fault."""
    items = {line.item.name.casefold(): line.item_id for line in lines}
    try:
        rows = [
            (line, cells)
            for line, cells, _faults in csv_file.rows_of(text, _delimiter)
            if any(cells)
        ]
    except RefusedError as error:
        raise ValidationError(error.detail) from error
    if rows and _is_heading(rows[0][1]):
        rows = rows[1:]
    if not 1 <= len(rows) <= MAX_GUESTS:
        raise ValidationError(_t("A list has 1 to %s names.") % number(MAX_GUESTS))
    return [_entry(line, _parts(cells), items) for line, cells in rows]


def _delimiter(text: str) -> str:
    return max(csv_file.DELIMITERS, key=text.count)


def _parts(cells: Sequence[Any]) -> Sequence[Any]:
    """Of a line whose parts are separated in another way than those of the other lines; a comma within a name separates nothing."""
    if any(cells[1:]):
        return cells
    for delimiter in csv_file.DELIMITERS:
        parts = [part.strip() for part in str(cells[0] or "").split(delimiter)]
        if len(parts) > 1 and parts[1].isdecimal():
            return parts
    return cells


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


class FileForm(forms.Form):
    """A list as a CSV file, in the parts that the dialog takes."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv"}),
        help_text=_(
            "CSV in UTF-8, a line for each guest: name, tickets, note, e-mail or telephone, and the item of a "
            "hold with several. A first line that names the columns is passed over."
        ),
    )

    def __init__(self, lines: Sequence[BlockLine], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="upload_%s")
        self.lines = lines

    def clean_file(self) -> list[GuestEntry]:
        file = self.cleaned_data["file"]
        if file.size > LONGEST_TEXT:
            text = _t("The file has %(size)s bytes; at most %(most)s are read.")
            raise ValidationError(text % {"size": number(file.size), "most": number(LONGEST_TEXT)})
        try:
            content = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(
                _t("The file is not in UTF-8. Save it as “CSV UTF-8”.")
            ) from error
        return read_guests(content, self.lines)


def upload(request: HttpRequest, hold: NamedHold) -> HttpResponseBase:
    """The page on which a list is uploaded; all of it is added, or nothing. The file itself is not kept."""
    if not hands_it_out(request, hold):
        raise PermissionDenied
    lines = lines_of([hold])
    form = FileForm(lines)
    if request.method == "POST":
        form = FileForm(lines, request.POST, request.FILES)
        if form.is_valid():
            entries = form.cleaned_data["file"]
            try:
                left = add_guests(hold.pk, entries, by=actor_of(request))
            except RefusedError as error:
                add_refusal(form, error, {})
            else:
                messages.success(request, _added(len(entries), left))
                return redirect(change_url(hold))
    context = {
        **site.each_context(request),
        "title": _("Upload a guest list"),
        "subtitle": hold.name,
        "opts": NamedHold._meta,
        "form": form,
        "hold": hold,
        "max_bytes": LONGEST_TEXT,
    }
    return render(request, "admin/holds/upload.html", context)


def _added(count: int, left: int) -> str:
    text = ngettext("%s guest is added.", "%s guests are added.", count)
    more = _t("%s tickets of the hold are promised to nobody.") % number(left)
    return f"{text % number(count)} {more}"


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
        return Done(_added(len(entries), left))
