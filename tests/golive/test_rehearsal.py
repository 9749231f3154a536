"""A rehearsal is seen by nobody but its own keys, and goes without a trace."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from accounts.roles import Role
from allocations.enums import Draws
from allocations.models import Movement, SalesChannel
from allocations.plans.services import apply_plan
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event, Item, Venue
from golive.rehearsal import Rehearsal, rehearse
from golive.removal import remove, remove_all
from partners.api import keys
from partners.enums import Scope
from sales import limits
from sales import services as sales
from sales.models import Booking
from sales.orders import Order, OrderLine
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem, key_for
from tests.planning.conftest import person, signed_in
from tests.proofs import assert_reconciled
from transfers.models import TransferPolicy
from transfers.services import Wish, request

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    made = make_stage(
        pools={"GA": 100},
        items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}},
        channels=("web", "agent"),
        give={("GA", "web"): 40},
        status=EventStatus.DRAFT,
    )
    with transaction.atomic():
        limits.set_listing_limit(listing=made.listing(), limit=25, by=SYSTEM, reason="test")
        apply_plan(
            pool=made.pools["GA"],
            spec=PlanSpec(
                lines=[
                    Line(channel_id=made.channels["web"].pk, units=30),
                    Line(
                        channel_id=made.channels["agent"].pk,
                        units=0,
                        draws=Draws.GROUP,
                        group="agents",
                    ),
                ],
                groups=[Group(name="agents", units=20)],
            ),
            by=SYSTEM,
            reason="test",
            now=timezone.now(),
        )
    return made


DIGEST = sql.SQL("SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t")


def rehearsal_of(stage: Stage) -> Rehearsal:
    return rehearse(stage.event, by=SYSTEM, now=timezone.now())


def tables() -> Mapping[str, str]:
    """Each table with a digest of all that stands in it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        names = connection.introspection.table_names(cursor)
        digests = {}
        for name in names:
            cursor.execute(DIGEST.format(sql.Identifier(name)))
            digests[name] = cursor.fetchone()[0]
    return digests


def test_a_rehearsal_is_the_event_again_on_sale_in_a_venue_of_its_own(stage: Stage) -> None:
    rehearsal = rehearsal_of(stage)
    copy = rehearsal.event
    assert copy.venue_id != stage.event.venue_id
    assert copy.venue.is_rehearsal
    assert (copy.status, copy.starts_at) == (EventStatus.ON_SALE, stage.event.starts_at)
    web = rehearsal.channels[stage.channels["web"].pk]
    assert copy.stock.get(channel=web).quantity == 30
    assert copy.stock.get(name="agents").quantity == 20
    assert copy.listings.get(channel=web, item__name="Ticket").limit == 25
    assert_reconciled()


def test_what_begins_later_or_is_stopped_is_so_told_and_so_copied(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_from=timezone.now() + timedelta(days=1))
    Item.objects.filter(pk=stage.items["Pack"].pk).update(stop_reason="Not yet")
    SalesChannel.objects.filter(pk=stage.channels["agent"].pk).update(stop_reason="Unpaid")
    rehearsal = rehearsal_of(stage)
    assert rehearsal.event.sales_from is None
    assert rehearsal.opened == ("Sales of the event begin later; the rehearsal sold it now.",)
    assert rehearsal.event.items.get(name="Pack").stop_reason == "Not yet"
    assert rehearsal.channels[stage.channels["agent"].pk].stop_reason == "Unpaid"


@pytest.mark.parametrize("is_superuser", [True, False])
def test_no_person_sees_a_rehearsal_in_any_list(stage: Stage, *, is_superuser: bool) -> None:
    if is_superuser:
        user = make_user(is_staff=True, is_superuser=True)
    else:
        user = person(Role.VENUE_MANAGER, stage.event.venue)
    rehearsal = rehearsal_of(stage)
    copy, web = rehearsal.event, rehearsal.channels[stage.channels["web"].pk]
    order = Order(copy.pk, web.pk, [OrderLine(copy.items.get(name="Ticket").pk, 1)], confirm=True)
    sales.book(order, by=SYSTEM)
    booking = Booking.objects.get(event=copy)
    client = signed_in(user)
    seen = {
        "events/event": copy.pk,
        "events/venue": copy.venue_id,
        "events/pool": copy.pools.get().pk,
        "events/item": copy.items.get(name="Ticket").pk,
        "allocations/saleschannel": web.pk,
        "allocations/stock": copy.stock.get(channel=web).pk,
        "allocations/movement": Movement.objects.filter(stock__event=copy).latest("pk").pk,
        "sales/booking": booking.pk,
        "transfers/transferpolicy": TransferPolicy.objects.get(venue=copy.venue).pk,
        "alerts/alertteam": copy.venue.alert_teams.latest("pk").pk,
    }
    for model, pk in seen.items():
        page = client.get(f"/admin/{model}/").content.decode()
        assert f"/admin/{model}/{pk}/" not in page, model
        assert client.get(f"/admin/{model}/{pk}/change/").status_code == 404, model
    for address in ("/", "/board/", f"/board/{copy.pk}/", "/sell/"):
        assert f"/{copy.pk}/" not in client.get(address, follow=True).content.decode(), address
    assert client.get(f"/api/v1/events/{copy.pk}/?channel={web.pk}").status_code == 404
    overview = client.get("/admin/")
    assert f"/{copy.pk}/" not in overview.content.decode()


def test_only_its_own_keys_sell_a_rehearsal(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.ON_SALE)
    rehearsal = rehearsal_of(stage)
    copy, web = rehearsal.event, rehearsal.channels[stage.channels["web"].pk]
    ticket = copy.items.get(name="Ticket").pk
    body = {"event": copy.pk, "lines": [{"item": ticket, "quantity": 1}], "confirm": True}
    theirs, own = Api(key_for(stage.channels["web"])), Api(key_for(web, Scope.SELL, Scope.READ))
    assert_problem(theirs.post("/bookings/", body), 404, "NOT_FOUND", "event")
    assert theirs.get(f"/events/{copy.pk}/").status_code == 404
    assert [event["id"] for event in theirs.get("/events/").json()["results"]] == [stage.event.pk]
    assert own.post("/bookings/", body).status_code == 201
    assert [event["id"] for event in own.get("/events/").json()["results"]] == [copy.pk]


def test_nothing_of_a_rehearsal_stays(stage: Stage) -> None:
    before = tables()
    rehearsal = rehearsal_of(stage)
    copy, web = rehearsal.event, rehearsal.channels[stage.channels["web"].pk]
    api = Api(key_for(web))
    ticket = copy.items.get(name="Ticket").pk
    lines = [{"item": ticket, "quantity": 2}]
    assert api.post("/bookings/", {"event": copy.pk, "lines": lines}).status_code == 201
    sale = {
        "client_id": "1",
        "sold_at": timezone.now().isoformat(),
        "event": copy.pk,
        "lines": lines,
    }
    assert api.post("/sync/", {"sales": [sale]}).status_code == 200
    row, target = copy.stock.get(channel=web), copy.stock.get(name="agents")
    with transaction.atomic():
        request(Wish(row.pk, target.pk, 3, "test"), by=SYSTEM, now=timezone.now())
    assert_reconciled()
    remove(rehearsal.venue_id)
    keys.forget()
    after = tables()
    assert {name for name in before if before[name] != after[name]} == set()
    assert_reconciled()


def test_remnants_are_removed_together(stage: Stage) -> None:
    rehearsal_of(stage)
    rehearsal_of(stage)
    assert remove_all() == 2
    assert not Venue.objects.filter(is_rehearsal=True).exists()
    assert Event.objects.filter(pk=stage.event.pk).exists()
