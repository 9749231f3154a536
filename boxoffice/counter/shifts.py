"""A till is opened, its receipts are numbered, and it is closed."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from allocations.models import SalesChannel
from boxoffice.counter.answers import Cash, present_shift
from boxoffice.counter.pieces import require_pieces_add_up
from boxoffice.counter.selectors import (
    expected_cash,
    find_shift,
    open_shift_of,
    oversees,
)
from boxoffice.errors import NoOpenTillError, TillOpenError, TillStateError
from boxoffice.models import Shift
from common.actor import Actor
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError
from common.history import save_because
from common.names import clean_name
from common.text import money
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt


def open_shift(
    counter: SalesChannel,
    *,
    clerk: User,
    terminal: str,
    opening_float: Decimal,
    repeat: Repeat | None = None,
) -> Answer:
    """Open a till of a person at a counter. Raises ``TillOpenError`` where one is open."""

    def work() -> Answer:
        claim(repeat)
        shift = Shift(
            channel=counter,
            terminal=_terminal(terminal),
            currency=counter.venue.currency,
            opened_by=clerk,
            opened_at=database_now(),
            opening_float=opening_float,
        )
        try:
            with transaction.atomic():
                save_because(shift, "opened", by=Actor.person(clerk))
        except IntegrityError as error:
            other = open_shift_of(clerk, counter.pk)
            if other is None:
                raise
            raise _already_open(other) from error
        answer = Answer(201, json.dumps(present_shift(shift, Cash(opening_float))))
        store(repeat, answer)
        return answer

    return attempt(work)


def _terminal(text: str) -> str:
    """Raises ``InvalidInputError`` for no name, or one that holds what nobody sees."""
    try:
        name = clean_name(text)
    except ValidationError as error:
        raise InvalidInputError(" ".join(error.messages), field="terminal") from error
    if not name:
        raise InvalidInputError("Say at which terminal, such as Window 1.", field="terminal")
    return name


def _already_open(shift: Shift) -> TillOpenError:
    return TillOpenError(
        f"Your till {shift} is open at this counter. Close it before you open another.",
        field="channel",
        shift=shift.pk,
    )


def close_shift(
    shift_id: int,
    *,
    clerk: User,
    counted: Decimal,
    pieces: Mapping[str, int] | None = None,
    note: str = "",
    repeat: Repeat | None = None,
) -> Answer:
    """Close a till with the cash that was counted. Who oversees tills closes those of others, too.

    Raises ``NotFoundError``, ``TillStateError`` for one that is closed, ``InvalidInputError`` where ``pieces`` are
    not those of its currency or do not add up to ``counted``.
    """

    def work() -> Answer:
        claim(repeat)
        _require_may_close(clerk, find_shift(clerk, shift_id))
        shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_id)
        _require_open(shift)
        require_pieces_add_up(pieces or {}, counted, shift.currency)
        shift.closed_at = max(database_now(), shift.opened_at)
        shift.closed_by = clerk
        shift.counted = counted
        shift.counted_pieces = dict(pieces or {})
        shift.note = note
        cash = expected_cash(shift)
        difference = money(counted - cash.expected, shift.currency)
        save_because(shift, f"closed; over or short: {difference}", by=Actor.person(clerk))
        answer = Answer(200, json.dumps(present_shift(shift, cash)))
        store(repeat, answer)
        return answer

    return attempt(work)


def may_close(user: User, shift: Shift) -> bool:
    """One's own, and as who oversees tills also those of others that the person sees."""
    return shift.opened_by_id == user.pk or oversees(user)


def _require_may_close(user: User, shift: Shift) -> None:
    """Who only looks at tills is told as of one that is not there."""
    if not may_close(user, shift):
        raise NotFoundError("There is no such till of yours.", field="shift")


def _require_open(shift: Shift) -> None:
    if not shift.is_open:
        raise TillStateError(f"The till {shift} is closed.", shift=shift.pk)


def change_note(shift_id: int, *, clerk: User, note: str) -> Shift:
    """Change what is said of a till, closed or not; its history keeps what was said before."""
    with transaction.atomic():
        _require_may_close(clerk, find_shift(clerk, shift_id))
        shift = Shift.objects.select_for_update(no_key=True).get(pk=shift_id)
        shift.note = note
        save_because(shift, "note changed", by=Actor.person(clerk), fields=("note",))
    return shift


def next_receipt(channel_id: int, clerk_id: int | None) -> Shift:
    """Lock the open till of a person at a counter, and count its next receipt; in the caller's transaction.

    Locked after the booking and before stock (docs/ledger.md). Raises ``NoOpenTillError``.
    """
    shift = (
        Shift.objects.select_for_update(no_key=True)
        .filter(channel=channel_id, opened_by=clerk_id, closed_at=None)
        .first()
    )
    if shift is None:
        raise NoOpenTillError
    shift.receipts += 1
    Shift.objects.filter(pk=shift.pk).update(receipts=shift.receipts)
    return shift


def receipt_of(shift: Shift) -> str:
    """The number of its last receipt, unique for ever: of a lease it begins with no T."""
    return f"T{shift}-{shift.receipts}"


def taken_at(shift: Shift) -> datetime:
    """No payment is older than its till."""
    return max(database_now(), shift.opened_at)
