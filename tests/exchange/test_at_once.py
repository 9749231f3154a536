"""What an import sets off in the second in which it is carried out stands in the dry run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from events.models import Event
from tests.exchange.files import check_rows, confirm
from tests.factories import Stage

pytestmark = pytest.mark.django_db


def test_the_dry_run_says_what_takes_effect_at_once(stage: Stage, manager: User) -> None:
    event = stage.event
    zone = event.venue.zone
    key = {
        "venue": event.venue.slug,
        "event": event.name,
        "starts_at": f"{event.local_start:%Y-%m-%d %H:%M}",
    }
    Event.objects.filter(pk=event.pk).update(
        starts_at=event.starts_at.replace(second=0, microsecond=0)
    )
    past = (timezone.now() - timedelta(days=1)).astimezone(zone)
    run = check_rows(manager, "events", {**key, "sales_until": f"{past:%Y-%m-%d %H:%M}"})
    assert run.problems == []
    [sentence] = run.at_once
    assert sentence.startswith(f"{event}: Sales of the event end at once: on ")
    later = event.starts_at + timedelta(days=9)
    later_text = f"{later.astimezone(zone):%Y-%m-%d %H:%M}"
    [sentence] = check_rows(manager, "events", {**key, "sales_until": later_text}).at_once
    assert "Sales end with the event on" in sentence
    # What was confirmed is this and nothing else: the zone of the venue changes what it means.
    run = check_rows(manager, "venues", {"venue": event.venue.slug, "time_zone": "Europe/Berlin"})
    assert any("keep their moments" in sentence for sentence in run.at_once)
    assert confirm(run).state == "DONE"
