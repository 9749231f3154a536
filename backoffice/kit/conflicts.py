"""An edit rests on what its page showed: what others changed since is not overwritten unseen.

A page carries the newest history records of its object. When they are no longer the newest and
something differs, the form says who changed what, and saves nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

# The history of an object, and of what is edited along with it.
Histories = Sequence["QuerySet[Any]"]


def state_of(histories: Histories) -> str:
    """The newest record of each history, as a page carries it."""
    return "-".join(
        str(history.order_by("-history_id").values_list("history_id", flat=True).first() or 0)
        for history in histories
    )


def changes_since(histories: Histories, state: str) -> list[str]:
    """Who changed what since a page was in a state, as sentences; none if nothing differs."""
    numbers = state.split("-")
    if len(numbers) != len(histories) or not all(number.isdecimal() for number in numbers):
        return [_("This page does not say what it was made from.")]
    return [
        sentence
        for history, last in zip(histories, numbers, strict=True)
        for record in history.filter(history_id__gt=min(int(last), 2**62)).order_by("history_id")
        for sentence in _told(record)
    ]


def _told(record: Any) -> Iterator[str]:
    fields = _fields_changed(record)
    if fields:
        moment = timezone.localtime(record.history_date)
        yield _("%(who)s changed this meanwhile: %(what)s, %(when)s.") % {
            "who": record.history_user or _("System"),
            "what": get_text_list(fields, _("and")),
            "when": f"{date_format(moment, 'j M Y, H:i:s')} {moment:%Z}",
        }


def _fields_changed(record: Any) -> list[str]:
    """Their names; empty when a record was made and nothing differs, as by a sign-in."""
    model = record.instance_type
    before = record.prev_record if record.history_type == "~" else None
    if before is None:
        return [str(model._meta.verbose_name)]
    delta = record.diff_against(before, foreign_keys_are_objs=False)
    return [str(model._meta.get_field(name).verbose_name) for name in delta.changed_fields]
