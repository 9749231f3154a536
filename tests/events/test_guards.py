"""What the database refuses of events, pools, items and components."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from events.enums import Changing
from events.models import Commit, Component, Event, Item, Pool, Series, Venue
from events.models.moments import EARLIEST, LATEST
from events.models.venue import validate_time_zone
from tests.factories import Stage, make_event, make_item, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import violates

pytestmark = pytest.mark.django_db

TOO_EARLY, TOO_LATE = EARLIEST - timedelta(seconds=1), LATEST + timedelta(seconds=1)


@kept
def stage() -> Stage:
    return make_stage()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"ends_at": timezone.now()}, "event_ends_after_it_starts"),
        ({"all_day": True}, "event_all_day_has_opening_hours"),
        (
            {"all_day": True, "opens_at": time(9), "closes_at": time(9)},
            "event_all_day_has_opening_hours",
        ),
        (
            {"sales_from": timezone.now(), "sales_until": timezone.now() - timedelta(days=1)},
            "event_sales_window_in_order",
        ),
        ({"status": "SOLD"}, "event_status_known"),
        ({"starts_at": TOO_EARLY}, "event_dates_within_a_century"),
        ({"ends_at": TOO_LATE}, "event_dates_within_a_century"),
        ({"sales_from": TOO_EARLY}, "event_dates_within_a_century"),
        ({"sales_until": TOO_LATE}, "event_dates_within_a_century"),
    ],
)
def test_an_event_is_lawful(fields: dict[str, object], constraint: str) -> None:
    event = make_event()
    with violates(constraint):
        Event.objects.filter(pk=event.pk).update(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"min_per_booking": 0}, "item_min_per_booking_positive"),
        ({"min_per_booking": 3, "max_per_booking": 2}, "item_max_per_booking_reaches_min"),
        (
            {"sales_from": timezone.now(), "sales_until": timezone.now() - timedelta(days=1)},
            "item_sales_window_in_order",
        ),
        ({"kind": "OTHER"}, "item_kind_known"),
        ({"sales_from": TOO_EARLY}, "item_dates_within_a_century"),
        ({"sales_until": TOO_LATE}, "item_dates_within_a_century"),
    ],
)
def test_an_item_is_lawful(stage: Stage, fields: dict[str, object], constraint: str) -> None:
    with violates(constraint):
        Item.objects.filter(event=stage.event).update(**fields)


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_person_is_told_between_which_dates_an_event_and_a_sale_lie(
    stage: Stage, year: int
) -> None:
    moment = datetime(year, 6, 1, tzinfo=stage.event.venue.zone)
    every = {
        stage.event: ("starts_at", "ends_at", "sales_from", "sales_until"),
        stage.items["Ticket"]: ("sales_from", "sales_until"),
        stage.listing(): ("sales_from", "sales_until"),
    }
    for instance, fields in every.items():
        for field in fields:
            setattr(instance, field, moment)
        with pytest.raises(ValidationError) as refused:
            instance.full_clean()
        sentence = "A date lies between 2000-01-01 and 2100-01-01, UTC."
        assert refused.value.message_dict == {field: [sentence] for field in fields}


def test_the_first_and_the_last_date_are_dates() -> None:
    event = make_event(starts_at=EARLIEST, ends_at=LATEST, sales_from=EARLIEST, sales_until=LATEST)
    event.full_clean()
    last = make_event(starts_at=LATEST)
    assert last.sales_close > LATEST


def test_names_are_unique_where_people_choose_by_them(stage: Stage) -> None:
    with violates("pool_name_unique_in_event"):
        Pool.objects.create(event=stage.event, name="GA")
    with violates("item_name_unique_in_event"):
        Item.objects.create(event=stage.event, name="Ticket")
    Series.objects.create(venue=stage.event.venue, name="Summer")
    with violates("series_name_unique_in_venue"):
        Series.objects.create(venue=stage.event.venue, name="Summer")


def test_pools_and_items_stay_with_their_event_and_components_with_their_item(
    stage: Stage,
) -> None:
    other = make_stage()
    with violates("events_pool_stays"):
        Pool.objects.filter(event=stage.event).update(event=other.event)
    with violates("events_item_stays"):
        Item.objects.filter(event=stage.event).update(event=other.event)
    second = make_item(stage.event, "Second", {})
    with violates("events_component_stays"):
        Component.objects.filter(item=stage.items["Ticket"]).update(item=second)


def test_events_and_series_stay_with_their_venue() -> None:
    event, other = make_event(), make_venue()
    series = Series.objects.create(venue=event.venue, name="Summer")
    with violates("event_keeps_its_venue"):
        Event.objects.filter(pk=event.pk).update(venue=other)
    with violates("series_keeps_its_venue"):
        Series.objects.filter(pk=series.pk).update(venue=other)


def test_a_component_joins_an_item_and_a_pool_of_one_event_once(stage: Stage) -> None:
    ticket, stranger = stage.items["Ticket"], make_stage().pools["GA"]
    with violates("component_within_event"):
        Component.objects.create(item=ticket, pool=stranger)
    with pytest.raises(ValidationError, match="belongs to another event"):
        Component(item=ticket, pool=stranger).clean()
    Component(item=ticket, pool=stage.pools["GA"]).clean()
    Component().clean()
    with violates("component_pool_once_in_item"):
        Component.objects.create(item=ticket, pool=stage.pools["GA"])
    with violates("component_units_positive"):
        Component.objects.update(units=0)


def test_a_component_takes_up_to_a_thousand_units(stage: Stage) -> None:
    component = stage.items["Ticket"].components.get()
    component.units = 1000
    component.full_clean()
    component.save()
    with violates("component_units_within_reason"):
        Component.objects.update(units=1001)
    component.units = 1001
    with pytest.raises(ValidationError) as refused:
        component.full_clean()
    assert refused.value.message_dict == {
        "units": ["Ensure this value is less than or equal to 1000."]
    }


def test_a_venue_has_a_currency_and_a_time_zone_that_exist() -> None:
    with violates("venue_currency_is_iso_4217"):
        make_venue(currency="rs")
    with pytest.raises(ValidationError, match="Atlantis"):
        validate_time_zone("Europe/Atlantis")
    validate_time_zone("Asia/Kolkata")
    assert Venue().time_zone == "Asia/Kolkata"


@pytest.mark.parametrize(
    "fields",
    [
        {"upi_address": "blue-hall@bank"},
        {"upi_name": "Blue Hall"},
        {"upi_address": "no address", "upi_name": "Blue Hall"},
        {"upi_address": "blue@hall@bank", "upi_name": "Blue Hall"},
        {"upi_address": "blue-hall@bank\n", "upi_name": "Blue Hall"},
        {"upi_address": "blue-hall@bank&am=1", "upi_name": "Blue Hall"},
    ],
)
def test_a_upi_address_is_whole_or_not_there(fields: dict[str, str]) -> None:
    venue = make_venue()
    with violates("venue_upi_is_whole"):
        Venue.objects.filter(pk=venue.pk).update(**fields)
    for name, value in fields.items():
        setattr(venue, name, value)
    with pytest.raises(ValidationError):
        venue.full_clean()


def test_upi_pays_in_rupees() -> None:
    upi = {"upi_address": "blue-hall@bank", "upi_name": "Blue Hall"}
    with violates("venue_upi_is_in_rupees"):
        make_venue(currency="EUR", **upi)
    with pytest.raises(ValidationError, match="rupees"):
        Venue(name="B", slug="b", currency="EUR", **upi).full_clean()
    Venue(name="B", slug="b", **upi).full_clean()


def test_a_series_belongs_to_the_venue_of_its_events() -> None:
    event = make_event()
    event.series = Series.objects.create(venue=make_venue(), name="Elsewhere")
    with pytest.raises(ValidationError, match="another venue"):
        event.clean()
    event.series = Series.objects.create(venue=event.venue, name="Here")
    event.clean()


def test_an_e_mail_address_is_one_person_in_any_case() -> None:
    make_user(email="Asha@Example.com")
    with violates("user_email_unique_in_any_case"):
        User.objects.create(email="ASHA@example.com", name="Twin")


def test_the_last_commit_of_something_is_noted_once() -> None:
    row = {"kind": Changing.EVENT, "target_id": 1, "at": datetime(2030, 1, 1, tzinfo=UTC)}
    Commit.objects.create(**row)
    with violates("commit_once_per_target"):
        Commit.objects.create(**row)
