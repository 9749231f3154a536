"""Guest lists: names against a named hold. Written with the hold locked, so that its tickets suffice for all of them.

The history of a hold says how many names and tickets a list has, and never whose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F, Sum

from common.actor import Actor
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError
from common.names import clean_name, name_key
from common.text import number
from idempotency.answers import Answer
from idempotency.retry import attempt
from sales import blocks
from sales.enums import BlockKind, HoldStep
from sales.errors import GuestListFullError
from sales.keepers import require_hander
from sales.models import Block, BlockLine, Guest

LONGEST_NAME = 100
LONGEST_NOTE = 200
LONGEST_CONTACT = 254
# On the list of one hold.
MAX_GUESTS = 5_000
MOST_TICKETS = 1_000


@dataclass(frozen=True, slots=True)
class GuestEntry:
    """A name to be put on a list. ``item_id`` may be left out where the hold has one item."""

    name: str
    tickets: int
    note: str = ""
    contact: str = ""
    item_id: int | None = None


def add(block_id: int, entries: Sequence[GuestEntry], *, by: Actor) -> int:
    """Put names on the list of a hold: all of them or none; returns how many tickets are left for others.

    Raises ``GuestListFullError`` with the numbers where the hold has fewer tickets than are promised,
    ``InvalidInputError`` naming the line at fault, ``InvalidStateError`` when the hold has ended,
    ``NotYourHoldError``.
    """

    def work() -> Answer:
        block, lines = _open(block_id, by)
        existing = list(Guest.objects.filter(block=block))
        guests = _new_guests(block, lines, entries, existing)
        _require_room(lines, existing, guests)
        Guest.objects.bulk_create(guests)
        _note(block, existing, [*existing, *guests], by)
        return Answer(200, "{}")

    attempt(work)
    return unnamed(block_id)


def change(guest_id: int, entry: GuestEntry, *, by: Actor) -> None:
    """Change a guest's name, tickets, note and contact. Raises as ``add``; fewer tickets than were handed out are none."""

    def work() -> Answer:
        block, lines, guest, others = _open_guest(guest_id, by)
        before = [*others, _copy(guest)]
        name, note, contact = _cleaned(entry, "name")
        _require_new({name_key(other.name) for other in others if other.name}, name, "name")
        if not max(guest.handed_out, 1) <= entry.tickets <= MOST_TICKETS:
            raise InvalidInputError(
                f"{guest.handed_out} were handed out: a guest has {max(guest.handed_out, 1)} to "
                f"{number(MOST_TICKETS)} tickets, not {number(entry.tickets)}.",
                field="tickets",
            )
        guest.name, guest.note, guest.contact, guest.tickets = name, note, contact, entry.tickets
        _require_room(lines, others, [guest])
        guest.save()
        _note(block, before, [*others, guest], by)
        return Answer(200, "{}")

    attempt(work)


def remove(guest_id: int, *, by: Actor) -> None:
    """Take a guest off the list. Who was given some keeps those, and is promised no more."""

    def work() -> Answer:
        block, _lines, guest, others = _open_guest(guest_id, by)
        before = [*others, _copy(guest)]
        kept = []
        if guest.handed_out:
            guest.tickets = guest.handed_out
            guest.save()
            kept = [guest]
        else:
            guest.delete()
        _note(block, before, [*others, *kept], by)
        return Answer(200, "{}")

    attempt(work)


def promised(block_id: int) -> dict[int, int]:
    """Line of a hold → tickets that its guests are still to be given."""
    rows = Guest.objects.filter(block=block_id).order_by().values_list("line")
    return dict(rows.annotate(tickets=Sum(F("tickets") - F("handed_out"))))


def unnamed(block_id: int) -> int:
    """Tickets that a hold has left and nobody is promised."""
    left = sum(line.left for line in BlockLine.objects.filter(block=block_id))
    return left - sum(promised(block_id).values())


def require_promised(block_id: int, left: Mapping[int, int]) -> None:
    """Raises ``GuestListFullError`` where a line of a hold would have fewer ``left`` than its guests are promised."""
    for line_id, count in promised(block_id).items():
        if count > left.get(line_id, 0):
            raise _full(count, left.get(line_id, 0))


def _open(block_id: int, by: Actor) -> tuple[Block, list[BlockLine]]:
    block, lines, _setup, _now = blocks.open_block(block_id, BlockKind.NAMED)
    require_hander(by, block)
    blocks.require_active(block, "changed")
    return block, lines


def _open_guest(guest_id: int, by: Actor) -> tuple[Block, list[BlockLine], Guest, list[Guest]]:
    """With the hold locked: the guest, and the others on the list."""
    block_id = Guest.objects.filter(pk=guest_id).values_list("block", flat=True).first()
    if block_id is None:
        raise NotFoundError("There is no such guest.", field="guest")
    block, lines = _open(block_id, by)
    guests = list(Guest.objects.filter(block=block))
    guest = next((guest for guest in guests if guest.pk == guest_id), None)
    if guest is None or guest.erased_at is not None:
        raise NotFoundError("There is no such guest any more.", field="guest")
    return block, lines, guest, [other for other in guests if other.pk != guest_id]


def _copy(guest: Guest) -> Guest:
    return Guest(tickets=guest.tickets, handed_out=guest.handed_out)


def _new_guests(
    block: Block,
    lines: Sequence[BlockLine],
    entries: Sequence[GuestEntry],
    existing: Sequence[Guest],
) -> list[Guest]:
    if not entries:
        raise InvalidInputError("Name at least one guest.", field="guests")
    if len(existing) + len(entries) > MAX_GUESTS:
        raise InvalidInputError(
            f"A list has at most {number(MAX_GUESTS)} names, and this would be"
            f" {number(len(existing) + len(entries))}.",
            field="guests",
        )
    names = {name_key(guest.name) for guest in existing if guest.name}
    guests = []
    for place, entry in enumerate(entries, start=1):
        field = f"guests[{place}]"
        name, note, contact = _cleaned(entry, field, place)
        _require_new(names, name, field, place)
        names.add(name_key(name))
        if not 1 <= entry.tickets <= MOST_TICKETS:
            raise InvalidInputError(
                f"{_said(place)}a guest has 1 to {number(MOST_TICKETS)} tickets, not"
                f" {number(entry.tickets)}.",
                field=field,
            )
        line = _line_for(lines, entry.item_id, field, place)
        guests.append(
            Guest(
                block=block,
                line=line,
                name=name,
                tickets=entry.tickets,
                note=note,
                contact=contact,
            )
        )
    return guests


def _line_for(lines: Sequence[BlockLine], item_id: int | None, field: str, place: int) -> BlockLine:
    own = [line for line in lines if item_id in {None, line.item_id}]
    if len(own) != 1:
        detail = "the hold has several items: say which" if own else "the hold has no such item"
        raise InvalidInputError(f"{_said(place)}{detail}.", field=field)
    return own[0]


def _cleaned(entry: GuestEntry, field: str, place: int = 0) -> tuple[str, str, str]:
    try:
        name = clean_name(entry.name)
        note, contact = clean_name(entry.note), clean_name(entry.contact)
    except ValidationError as error:
        raise InvalidInputError(f"{_said(place)}{' '.join(error.messages)}", field=field) from error
    for text, longest, what in (
        (name, LONGEST_NAME, "a name"),
        (note, LONGEST_NOTE, "a note"),
        (contact, LONGEST_CONTACT, "an e-mail address or telephone number"),
    ):
        if len(text) > longest:
            raise InvalidInputError(
                f"{_said(place)}{what} has at most {longest} characters.", field=field
            )
    if not name:
        raise InvalidInputError(f"{_said(place)}a guest has a name.", field=field)
    return name, note, contact


def _require_new(names: Iterable[str], name: str, field: str, place: int = 0) -> None:
    if name_key(name) in names:
        raise InvalidInputError(
            f"{_said(place)}{name} is on the list already. Add to the name what tells the two apart.",
            field=field,
        )


def _said(place: int) -> str:
    return f"Line {place}: " if place else ""


def _require_room(
    lines: Sequence[BlockLine], existing: Sequence[Guest], guests: Sequence[Guest]
) -> None:
    left = {line.pk: line.left for line in lines}
    demand: dict[int, int] = {}
    for guest in (*existing, *guests):
        demand[guest.line_id] = demand.get(guest.line_id, 0) + guest.left
    for line_id in {guest.line_id for guest in guests}:
        if demand[line_id] > left[line_id]:
            raise _full(demand[line_id], left[line_id])


def _full(promised_tickets: int, left: int) -> GuestListFullError:
    return GuestListFullError(
        f"The hold has {number(left)} {'ticket' if left == 1 else 'tickets'} left, and its guests would be promised"
        f" {number(promised_tickets)}.",
        field="guests",
        promised=promised_tickets,
        left=left,
    )


def _note(block: Block, before: Sequence[Guest], after: Sequence[Guest], by: Actor) -> None:
    changes = [
        {"what": "guests", "before": len(before), "after": len(after)},
        {
            "what": "promised",
            "before": sum(guest.tickets for guest in before),
            "after": sum(guest.tickets for guest in after),
        },
    ]
    changed = [change for change in changes if change["before"] != change["after"]]
    blocks.note_change(block, HoldStep.LISTED, changed, by=by, reason="", at=database_now())
