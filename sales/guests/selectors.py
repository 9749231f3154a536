"""Reads of guest lists: whose lists a person hands out from, and who is on them."""

import unicodedata
from collections.abc import Iterable, Sequence

from django.db.models import F, Prefetch, Q, QuerySet, Sum

from accounts.models import User
from accounts.selectors import within_venues
from events.enums import EventStatus
from events.models import Event
from sales.enums import BlockStatus
from sales.keepers import HAND_OUT, KEEP
from sales.models import BlockLine, Guest, HandOut, NamedHold


def hands_out(user: User) -> bool:
    """Whether a person hands out from every hold of the venues, and not of own ones alone."""
    return user.has_perm(HAND_OUT) or user.has_perm(KEEP)


def holds_of(user: User) -> QuerySet[NamedHold]:
    """The holds that a person may hand out from: those of the venues, or else those that the person owns."""
    holds = NamedHold.objects.filter(within_venues(user, "event__venue"))
    if hands_out(user):
        return holds
    return holds.filter(owner=user)


def events_with_holds(user: User) -> QuerySet[Event]:
    """Those with tickets to hand out, the next one first."""
    active = holds_of(user).filter(status=BlockStatus.ACTIVE)
    return (
        Event.objects.filter(pk__in=active.values("event"))
        .exclude(status__in=(EventStatus.CANCELLED, EventStatus.DRAFT))
        .select_related("venue")
        .order_by("starts_at", "pk")
    )


def lines_of(holds: Iterable[NamedHold]) -> list[BlockLine]:
    """The lines of holds, each with ``promised``: what its guests are still to be given."""
    promised = Sum(F("guests__tickets") - F("guests__handed_out"), default=0)
    lines = BlockLine.objects.filter(block__in=[hold.pk for hold in holds])
    return list(
        lines.select_related("item", "block")
        .annotate(promised=promised)
        .order_by("block", "number")
    )


def find_on_lists(holds: Iterable[NamedHold], text: str) -> list[int]:
    """Guests, by their keys, with a name, or a note, that has a word for each word of ``text`` that begins with it.

    By name. Letters are compared without case and accents. All of them where ``text`` is empty.
    """
    guests = Guest.objects.filter(block__in=[hold.pk for hold in holds], erased_at=None)
    words = fold(text).split()
    rows = guests.order_by().values_list("pk", "name", "note")
    matches = sorted(
        (fold(name), pk)
        for pk, name, note in rows
        if _has(words, f"{fold(name)} {fold(note)}".split())
    )
    return [pk for _name, pk in matches]


def with_hand_outs(guest_ids: Sequence[int]) -> list[Guest]:
    """Guests with what they need to be shown: hold, item, and what was handed out and not undone."""
    given = HandOut.objects.filter(undone_at=None).select_related("booking", "user").order_by("pk")
    rows = (
        Guest.objects.filter(pk__in=guest_ids)
        .select_related("block", "line__item")
        .prefetch_related(Prefetch("hand_outs", given))
    )
    by_key = {guest.pk: guest for guest in rows}
    return [by_key[pk] for pk in guest_ids if pk in by_key]


def unnamed_hand_outs(holds: Iterable[NamedHold]) -> QuerySet[HandOut]:
    """What was handed out to nobody on a list, and not undone; the newest first."""
    condition = Q(line__block__in=[hold.pk for hold in holds], guest=None, undone_at=None)
    rows = HandOut.objects.filter(condition).select_related("booking", "user", "line__item")
    return rows.order_by("-pk")


def fold(text: str) -> str:
    """Without case and accents: who types "jose" finds José."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def _has(words: Sequence[str], own: Sequence[str]) -> bool:
    return all(any(name.startswith(word) for name in own) for word in words)
