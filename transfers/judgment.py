"""What the database judges while a transfer is carried out, where it was judged otherwise before."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from transfers.errors import NoTransferError

T = TypeVar("T")

# The hour, the policy, what else has left the row, or the target has become another in between.
JUDGED_OTHERWISE = (
    "transfer_executed_with_approval",
    "stock_taken_with_approval",
    "transfer_to_who_can_sell",
)


def judged_anew(work: Callable[[], T]) -> T:
    """Run ``work`` in a transaction, and once more where the judgment has changed while it ran.

    The second time it is asked for under the new judgment, and so waits where the first did not.
    """
    try:
        with transaction.atomic():
            return work()
    except IntegrityError as error:
        if constraint_of(error) not in JUDGED_OTHERWISE:
            raise
    try:
        with transaction.atomic():
            return work()
    except IntegrityError as error:
        if constraint_of(error) not in JUDGED_OTHERWISE:
            raise
        raise NoTransferError("What has to be approved is being changed. Try again.") from error


def constraint_of(error: IntegrityError) -> str:
    """The constraint or trigger that refused, as the database names it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
