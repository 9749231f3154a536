"""Who has paid for what was sold on account: all but one channel, which is a week behind."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from accounts.roles import Role
from common.actor import Actor
from demo import season
from demo.cast import Company
from events.models import Venue
from sales.models import Booking
from sales.payments import mark_paid
from sales.selectors import costs_something, unpaid

# The code of the channel that pays so much later than it should.
LATE_CHANNEL = "deccan-tickets"
LATE = timedelta(days=6)
NOON = time(12)


def settle(company: Company) -> None:
    """Mark as paid, at noon of its day at the venue, what has fallen due. Needs a transaction."""
    finance = next(person for person in season.PEOPLE if person.role == Role.FINANCE)
    by = Actor.person(company.people[finance.email])
    for venue in company.venues.values():
        for day, bookings in sorted(_fallen_due(venue, company.now).items()):
            moment = datetime.combine(day, NOON, venue.zone)
            mark_paid(
                booking_ids=bookings,
                by=by,
                reason=f"Bank statement of {day:%d %b %Y}",
                now=moment,
            )


def _fallen_due(venue: Venue, now: datetime) -> dict[date, list[int]]:
    """Bookings by the day on which they were paid."""
    today = now.astimezone(venue.zone).date()
    by_day: dict[date, list[int]] = defaultdict(list)
    due = Booking.objects.filter(costs_something(), unpaid(), event__venue=venue)
    for booking in due.select_related("channel").order_by("pk"):
        if booking.due_on is None:
            continue
        late = LATE if booking.channel.code == LATE_CHANNEL else timedelta()
        if (paid_on := booking.due_on + late) < today:
            by_day[paid_on].append(booking.pk)
    return by_day
