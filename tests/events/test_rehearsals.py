"""What sets the venue of a rehearsal apart, held by the database."""

import pytest

from events.models import Venue
from tests.factories import make_user, make_venue
from tests.proofs import violates

pytestmark = pytest.mark.django_db


def test_a_venue_is_a_rehearsals_from_its_beginning_or_never() -> None:
    venue, rehearsal = make_venue(), make_venue(is_rehearsal=True)
    with violates("venue_stays_a_rehearsal"):
        Venue.objects.filter(pk=venue.pk).update(is_rehearsal=True)
    with violates("venue_stays_a_rehearsal"):
        Venue.objects.filter(pk=rehearsal.pk).update(is_rehearsal=False)


def test_nobody_works_for_a_rehearsal() -> None:
    with violates("rehearsal_has_no_people"):
        make_user().venues.add(make_venue(is_rehearsal=True))
