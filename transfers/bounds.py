"""What a partner may ask for: no more than there is, and so much at a time.

The database holds the same bounds, also for ten requests at once (``transfers_require_partner_request()``).
"""

from datetime import datetime, timedelta

from allocations.models import SalesChannel, Stock
from transfers.enums import TransferStatus
from transfers.errors import AskedTooMuchError
from transfers.models import Transfer

# What the database says where two requests came at once, and both had looked before.
BOUNDS = {
    "transfer_within_capacity": "There are not so many units any more.",
    "transfer_waits_once": "Another request of yours for this pool waits already.",
    "transfer_asked_seldom_enough": "Too many of your requests wait, or were asked for today.",
}
# Requests of one channel that wait, in all its pools.
MAX_WAITING = 20
# Requests of one channel for one pool that somebody had to look at, in 24 hours.
MAX_IN_A_DAY = 10
A_DAY = timedelta(hours=24)


def require_bounded(
    channel: SalesChannel, source: Stock, target: Stock, units: int, now: datetime
) -> None:
    """Raises ``AskedTooMuchError`` with the numbers."""
    is_more = target.channel_id == channel.pk
    own, pool = (target, target.pool) if is_more else (source, source.pool)
    if is_more and units > (pool.capacity if pool else 0) - own.quantity:
        # How many there are is the venue's business.
        raise AskedTooMuchError(
            f"{units} are more units than there are of {pool}. Ask for fewer.",
            field="units",
            asked=units,
        )
    if not is_more and units > own.quantity:
        raise AskedTooMuchError(
            f"You have {own.quantity} units of {pool}, and cannot give {units} back.",
            field="units",
            asked=units,
            maximum=own.quantity,
        )
    own_requests = Transfer.objects.filter(asking_channel=channel)
    waiting = own_requests.filter(status=TransferStatus.REQUESTED, lapses_at__gt=now)
    same = waiting.filter(target=own) if is_more else waiting.filter(source=own)
    if before := same.first():
        raise AskedTooMuchError(
            f"Your request for {before.units} units of {pool} waits already. Withdraw it to ask for "
            "another number.",
            waiting=before.units,
        )
    if (count := waiting.count()) >= MAX_WAITING:
        raise AskedTooMuchError(
            f"{count} of your requests wait already. Ask again when some of them are decided.",
            waiting=count,
        )
    recent = own_requests.filter(pool=pool, requested_at__gt=now - A_DAY).exclude(needs=[])
    if recent.count() >= MAX_IN_A_DAY:
        raise AskedTooMuchError(
            f"You have asked for {pool} {MAX_IN_A_DAY} times in 24 hours. Ask again later.",
            maximum=MAX_IN_A_DAY,
        )
