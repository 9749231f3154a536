"""What the database refuses because it takes units, or their use, from a channel: told, or asked for.

Who may take what without an approval is judged by triggers of an app further left (docs/transfers.md),
which also keeps what waits for an approval.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from allocations.errors import NeedsApprovalError, ProtectedError
from common.actor import Actor


@contextmanager
def judged() -> Iterator[None]:
    """Around writes that may take something. Raises ``NeedsApprovalError`` and ``ProtectedError``,
    and then what was written inside is undone.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        message = getattr(diagnosis, "message_primary", None) or ""
        match getattr(diagnosis, "constraint_name", None):
            case "stock_taken_with_approval":
                needs = tuple((getattr(diagnosis, "message_detail", None) or "").split(","))
                raise NeedsApprovalError(message, needs) from error
            case "stock_never_from_protected":
                raise ProtectedError(message) from error
        raise


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that a person wants: what of an event, and how to do it later.

    ``kind`` is one of ``transfers.enums.ChangeKind``, ``subject`` says in words of what, and
    ``content`` what ``transfers.change_requests`` needs to do it.
    """

    kind: str
    event_id: int
    subject: str
    content: Mapping[str, Any]


Keeper = Callable[[Wanted, NeedsApprovalError, Actor, str, datetime], str]
_keepers: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    """Have what waits for an approval kept by this function, which tells a person that it waits."""
    _keepers[:] = [keeper]


def do_or_ask(
    work: Callable[[], object], change: Wanted, *, by: Actor, reason: str, now: datetime
) -> str:
    """Do it in a transaction, or ask for it where another person has to approve it first.

    Returns what to tell the person if it waits, and nothing if it is done. Raises what ``work`` raises,
    ``NeedsApprovalError`` among it where nobody keeps requests, or no person asks.
    """
    try:
        with transaction.atomic():
            work()
    except NeedsApprovalError as refusal:
        if not _keepers or by.user_id is None:
            raise
        return _keepers[0](change, refusal, by, reason, now)
    return ""
