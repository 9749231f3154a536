"""How long a hold may last, and when a sale is to be paid."""

from datetime import date, datetime, timedelta
from typing import Protocol

from allocations.setup import ChannelSetup, EventSetup
from common.errors import InvalidInputError
from sales.models import Booking

# Of the time of a hold, the wait for its stock takes at most this part; else it is counted from after the wait.
MAX_WAITED = 100


class HoldTerms(Protocol):
    """Of a channel, or of its set-up: how long it may hold."""

    @property
    def default_hold_seconds(self) -> int: ...
    @property
    def longest_hold_seconds(self) -> int: ...


def hold_time(channel: HoldTerms, expires_in: int | None) -> timedelta:
    """How long a hold lasts. Raises ``InvalidInputError`` beyond the channel's longest."""
    seconds = channel.default_hold_seconds if expires_in is None else expires_in
    if not 1 <= seconds <= channel.longest_hold_seconds:
        raise InvalidInputError(
            f"A hold lasts 1 to {channel.longest_hold_seconds} seconds, not {seconds}.",
            field="expires_in_seconds",
            asked=seconds,
            longest=channel.longest_hold_seconds,
        )
    return timedelta(seconds=seconds)


def payment_due(setup: EventSetup, channel: ChannelSetup, now: datetime) -> date | None:
    """The venue's own date so many settlement days on; ``None`` where payment is immediate.

    Where a sale is paid at a counter, its payment decides instead (docs/shifts.md).
    """
    if not channel.settlement_days:
        return None
    return now.astimezone(setup.zone).date() + timedelta(days=channel.settlement_days)


def extended_until(
    booking: Booking, channel: HoldTerms, seconds: int | None, now: datetime
) -> datetime:
    """When an extended hold ends; without ``seconds`` as late as its default and its life allow."""
    last = booking.created_at + timedelta(seconds=channel.longest_hold_seconds)
    until = now + hold_time(channel, seconds)
    if seconds is None and last > now:
        return min(until, last)
    if until > last:
        left = max(0, int((last - now).total_seconds()))
        raise InvalidInputError(
            f"A hold lives for {channel.longest_hold_seconds} seconds at most; this one can be"
            f" extended to {left} seconds from now at most.",
            field="expires_in_seconds",
            asked=seconds,
            longest=left,
        )
    return until
