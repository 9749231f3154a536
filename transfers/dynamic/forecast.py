"""How many units a channel will still sell: by its own velocity and the pace of past events.

For a channel, over the hours i of its past::

    w_i = 2 ** (-24 · (whole days since i) / H)     what an hour still says; H is the half-life
    S = Σ w_i · units sold in i          E = Σ w_i · hours of i in which it could sell
    m = Σ S / Σ E                        over the channels of the pool: their average velocity
    v = (PRIOR_UNITS + S) / (PRIOR_UNITS / m + E)
    forecast = v · hours from now to the end of its window · lift
    error = 1 / √(PRIOR_UNITS + S)       of v, as a part of it: the coefficient of variation

S / E is an exponentially weighted mean (Brown 1959; Hunter 1986) in steps of a day: within one all
hours count alike, and only whole days count once there is one, so that the tide of day and night cancels
out. It is divided by the weights that are there and not by their limit, so that a short history is not a slow
one, and by the hours in which the channel could sell: for a Poisson process that was seen now and then,
sales ÷ exposure is the estimate of greatest likelihood, and a channel that was sold out is not a
slow one. The prior is that of the gamma-Poisson model with such discounting (Harvey and Fernandes
1989): a channel is taken for an average one that has sold PRIOR_UNITS, until its own sales weigh more.

The pace gives the shape and never the level (multiplicative pick-up: Weatherford and Kimes 2003;
Talluri and van Ryzin 2004, chapter 9). How much faster or slower it makes the time ahead than
the hours in which v was measured, with C the share of its final sales that an event has sold::

    ahead = ΔC from now to the end ÷ hours to the end
    seen = Σ w_i · (ΔC in the open part of i) ÷ E
    lift = (ahead ÷ seen, within LIFTS) ** (n / (n + 1))        for n past events

Without prior, bounds and exponent, v · hours · lift = S ÷ (share of all sales in the hours seen) · (share to
come): the classic pick-up. One past event is believed half (on the scale of ratios), three are
three quarters. Full references: docs/dynamic.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt

HOUR = timedelta(hours=1)
DAY = 24
# In hours. Long enough that the velocity of a channel that sells one an hour is uncertain by 9 % only.
HALF_LIFE = 72.0
# Two weeks: each weekday twice. What is older would weigh 4 % and less, and need not be read.
DAYS_BACK = 14
LOOK_BACK = timedelta(days=DAYS_BACK)
# As many as make the smallest transfer: fewer are no evidence that a channel is unlike the others.
PRIOR_UNITS = 5.0
# However much faster or slower past events went on, this one is not taken to by more.
LIFTS = (0.25, 4.0)
# In hours: who could sell for no longer has shown nothing yet, and is taken for an average channel.
SHORTEST = 1 / 60


def hour_of(moment: datetime) -> int:
    """The number of the hour it lies in, from the epoch: how the past is told here."""
    return int(moment.timestamp() // 3600)


@dataclass(frozen=True, slots=True)
class Pace:
    """How ``events`` comparable past events sold: ``shares[h]`` is the share of its final sales that
    one has on average reached ``h`` hours before the moment to which it counted down.
    """

    shares: tuple[float, ...]
    events: int

    @classmethod
    def of(cls, events: Iterable[Mapping[int, int]]) -> "Pace | None":
        """From units by whole hours before; a sale 90 minutes before is one of hour 1, one after of 0.

        An event counts as much as another, whatever its size. None where nothing was sold.
        """
        sold = [event for event in events if sum(event.values()) > 0]
        if not sold:
            return None
        shares = [0.0] * (2 + max(0, *(max(event) for event in sold)))
        for event in sold:
            total = sum(event.values()) * len(sold)
            for hour, units in event.items():
                shares[max(hour, 0)] += units / total
        for hour in reversed(range(len(shares) - 1)):
            shares[hour] += shares[hour + 1]
        return cls(tuple(shares), len(sold))

    def reached(self, hours: float) -> float:
        """The share sold so many hours before; between whole hours on a straight line."""
        last = len(self.shares) - 1
        within = min(max(hours, 0.0), float(last))
        hour = min(int(within), last - 1)
        later, earlier = self.shares[hour : hour + 2]
        return later + (earlier - later) * (within - hour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a forecast knows of a channel; hours are numbered by ``hour_of``.

    ``sold``: units sold by hour, of ``LOOK_BACK`` at least. ``closed``: the part (0 to 1) of an hour
    in which it could not have sold, for it had nothing, was stopped, or the like; what is not named was
    open. Its selling window goes from ``since`` to ``until``; one that lies ahead is waited for.
    """

    channel_id: int
    since: datetime
    until: datetime
    sold: Mapping[int, int]
    closed: Mapping[int, float] = field(default_factory=dict)
    pace: Pace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """``units`` = ``velocity`` (units an hour) · ``hours`` (to ``until``) · ``lift``.

    ``error``: the standard deviation that chance gives the velocity, as a part of it.
    """

    channel_id: int
    units: float
    velocity: float
    hours: float
    lift: float
    error: float
    until: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    """S, E, and Σ w · ΔC in the open part."""

    sold: float
    open: float
    paced: float


def forecast(pasts: Sequence[Past], now: datetime, starts_at: datetime) -> list[Forecast]:
    """Of the channels of a pool that share its unsold units, in their order.

    ``starts_at`` is the moment to which the paces count down. Never negative, always finite, 0 for a
    window that has ended; more sales, or more recent ones, never make it less.
    """
    histories = [_seen(past, now, starts_at) for past in pasts]
    exposure = sum(history.open for history in histories)
    average = sum(history.sold for history in histories) / exposure if exposure else 0.0
    return [
        _forecast(past, history, average, now, starts_at)
        for past, history in zip(pasts, histories, strict=True)
    ]


def _forecast(
    past: Past, seen: _Seen, average: float, now: datetime, starts_at: datetime
) -> Forecast:
    hours = _hours_left(past, now)
    velocity = 0.0
    if average:
        velocity = (PRIOR_UNITS + seen.sold) / (PRIOR_UNITS / average + seen.open)
    lift = _lift(past, seen, hours, starts_at)
    return Forecast(
        channel_id=past.channel_id,
        units=velocity * hours * lift,
        velocity=velocity,
        hours=hours,
        lift=lift,
        error=1 / sqrt(PRIOR_UNITS + seen.sold),
        until=past.until,
    )


def _hours_left(past: Past, now: datetime) -> float:
    return max((past.until - max(now, past.since)) / HOUR, 0.0)


def _seen(past: Past, now: datetime, starts_at: datetime) -> _Seen:
    """Days of 24 hours back from the end of this one, less what was closed in them."""
    # No farther back than it is ahead: shortly before the end only the last days matter.
    half_life = min(HALF_LIFE, max(_hours_left(past, now), DAY))
    begun = (now - past.since) / HOUR  # hours ago, like all below
    days = min(max(int(begun // DAY), 1), DAYS_BACK)
    weights = [2 ** (-day * DAY / half_life) for day in range(days)]
    this_hour = hour_of(now)
    of_this_hour = now.timestamp() / 3600 - this_hour
    to_start = (starts_at - now) / HOUR

    def span(back: int, hours: int) -> tuple[float, float]:
        """From ``back`` whole hours ago so many back: how long they were, and what a pace gains in them."""
        latest = max(of_this_hour + back - 1, 0.0)
        earliest = max(min(of_this_hour + back + hours - 1, begun), latest)
        if past.pace is None:
            return earliest - latest, 0.0
        reached = past.pace.reached
        return earliest - latest, reached(to_start + latest) - reached(to_start + earliest)

    sold = exposure = paced = 0.0
    for day, weight in enumerate(weights):
        length, gained = span(day * DAY, DAY)
        exposure += weight * length
        paced += weight * gained
    for hour, part in past.closed.items():
        back = this_hour - hour
        if 0 <= back < days * DAY:
            length, gained = span(back, 1)
            exposure -= weights[back // DAY] * part * length
            paced -= weights[back // DAY] * part * gained
    for hour, units in past.sold.items():
        back = this_hour - hour
        if 0 <= back < days * DAY and units > 0:
            sold += weights[back // DAY] * units
    if exposure < SHORTEST:
        return _Seen(0.0, 0.0, 0.0)
    return _Seen(sold, exposure, max(paced, 0.0))


def _lift(past: Past, seen: _Seen, hours: float, starts_at: datetime) -> float:
    """How many times as fast as in the hours that were seen it will go on."""
    if past.pace is None or not hours or not seen.open:
        return 1.0
    end = (starts_at - past.until) / HOUR
    ahead = (past.pace.reached(end) - past.pace.reached(end + hours)) / hours
    before = seen.paced / seen.open
    slowest, fastest = LIFTS
    lift = min(max(ahead / before, slowest), fastest) if before else fastest
    return float(lift ** (past.pace.events / (past.pace.events + 1)))
