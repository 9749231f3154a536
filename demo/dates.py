"""When everything about an event of the season happens."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from allocations.enums import Connectivity
from demo.season.shapes import Event, Item, Part
from events.enums import EventStatus, ItemKind

# Demo sales end a moment ago; loading takes less than this.
A_MOMENT = timedelta(seconds=90)
# A channel that is at times without a network, or reports once a day, was last heard of so long ago.
AWAY = {Connectivity.OFFLINE: timedelta(hours=7), Connectivity.PERIODIC: timedelta(hours=14)}


@dataclass(frozen=True, slots=True)
class Dates:
    """The moments of one event, seen from ``now``."""

    event: Event
    zone: ZoneInfo
    now: datetime

    def day(self, ahead: int, at: time = time(10, 0)) -> datetime:
        """So many days from today at the venue."""
        today = self.now.astimezone(self.zone).date()
        return datetime.combine(today + timedelta(days=ahead), at, self.zone)

    def before(self, days: int) -> datetime:
        """So many days before the event, at the hour at which sales begin and change."""
        return self.day(self.event.day - days)

    @property
    def starts(self) -> datetime:
        return self.day(self.event.day, self.event.starts)

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(hours=self.event.hours)

    @property
    def opens(self) -> datetime:
        return self.before(self.event.on_sale)

    @property
    def set_up(self) -> datetime:
        """Three weeks before it goes on sale, or yesterday."""
        return min(self.opens - timedelta(days=21), self.day(-1))

    @property
    def is_over(self) -> bool:
        return self.ends <= self.now + A_MOMENT

    @property
    def status_changed(self) -> datetime:
        return self.day(-self.event.status_days_ago, time(11, 20))

    @property
    def last_sale(self) -> datetime:
        """Nothing is sold from here on, or not yet."""
        if self.event.status == EventStatus.DRAFT:
            return self.opens
        last = min(self.now - A_MOMENT, self.ends - timedelta(minutes=30))
        return min(last, self.status_changed) if self.event.status else last

    def item_window(self, item: Item) -> tuple[datetime, datetime]:
        """When an item is sold by those who may; its stop, if it has one, ends it."""
        start, end = self.opens, self.last_sale
        if item.until is not None:
            end = min(end, self.before(item.until))
        if item.kind == ItemKind.SAME_DAY:
            start = max(start, self.day(self.event.day, time(0, 0)))
            end = min(end, self.day(self.event.day + 1, time(0, 0)))
        return start, end

    def stopped(self, item: Item, channel: str) -> datetime | None:
        for stop in self.event.stops:
            if stop.item == item.name and stop.channel in (None, channel):
                return self.stopped_at(stop.days_ago)
        return None

    def stopped_at(self, days_ago: int) -> datetime:
        return self.day(-days_ago, time(15, 40))

    def draws_from(self, part: Part) -> datetime | None:
        """When a channel may begin to draw, as the rule of its plan's line has it."""
        if part.after_tier:
            above = [
                other for other in self.event.plan.parts.values() if other.tier == part.tier - 1
            ]
            return max(self.hours_before(24 * (other.closes or 0)) for other in above)
        return None if part.opens is None else self.hours_before(24 * part.opens)

    def sells_until(self, part: Part) -> datetime:
        """When a channel has nothing to sell any more, as far as its plan is concerned."""
        hours = [part.goes_back, self.event.plan.goes_back.get(part.draws_on or "")]
        if part.closes is not None and not part.share:
            hours.append(24 * part.closes)
        return min(
            (self.hours_before(before) for before in hours if before is not None), default=self.ends
        )

    @property
    def releases(self) -> list[datetime]:
        """When something of the plan goes back, of what has gone back by now."""
        plan = self.event.plan
        hours = {*plan.goes_back.values(), *(part.goes_back for part in plan.parts.values())}
        moments = sorted(self.hours_before(before) for before in hours if before is not None)
        return [at for at in moments if at < self.now]

    def hours_before(self, hours: int) -> datetime:
        """So many hours before the start; they are elapsed hours, as those of a plan."""
        return self.starts.astimezone(UTC) - timedelta(hours=hours)
