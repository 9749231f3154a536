"""What a change of dates sets off, as people are told."""

from datetime import UTC, datetime

from events.consequences import of_new
from events.models import Event, Venue


def test_a_zone_that_has_only_numbers_is_called_by_its_distance_from_utc() -> None:
    start = datetime(2020, 1, 2, 15, tzinfo=UTC)
    event = Event(venue=Venue(time_zone="America/Sao_Paulo"), starts_at=start)
    assert of_new(event, datetime(2021, 1, 1, tzinfo=UTC)) == [
        "The event is over already: it ends on 3 Jan 2020, 00:00 UTC-03."
    ]
