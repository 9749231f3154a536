"""The channel map: every channel of a venue with its part of the stock, for its own people."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from allocations.contacts import SOCKET_COUNTS_FOR, note_contact, note_socket_closed
from allocations.enums import ChannelKind, ChannelPlace, Connectivity, ContactKind, Pricing
from allocations.models import ChannelContact, Listing, SalesChannel
from allocations.selectors import Allocation, KeyState, MappedChannel, OpenRow, channel_map
from allocations.services import add_pool, allocate, list_item
from backoffice.channels.picture import draw
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from partners.models import ApiKey
from partners.services import issue_key, revoke_key
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage, make_channel, make_event, make_item, make_stage, make_user

pytestmark = pytest.mark.django_db

MAP = "/admin/allocations/saleschannel/map/"


def found(stage: Stage, channel: str = "web", event: Event | None = None) -> MappedChannel:
    shown = channel_map(stage.event.venue, timezone.now(), event)
    (one,) = (one for one in shown.channels if one.channel == stage.channels[channel])
    return one


def key_of(stage: Stage, **terms: object) -> ApiKey:
    values = {"name": "shop", "scopes": ["read"], "by": SYSTEM, "reason": "test"} | terms
    return issue_key(channel=stage.channels["web"], **values).key  # type: ignore[arg-type]


def second_event(stage: Stage, units: int = 40, **fields: object) -> Event:
    """Another event of the same venue, whose whole pool the website has."""
    with transaction.atomic():
        event = make_event(stage.event.venue, **fields)
        pool = add_pool(event=event, name="Hall", capacity=units, by=SYSTEM)
        item = make_item(event, "Seat", {pool: 1})
        web = stage.channels["web"]
        list_item(item=item, channel=web, price=Decimal(5))
        allocate(pool=pool, channel=web, units=units, by=SYSTEM, reason="test")
    return event


# --- Stock ------------------------------------------------------------------------------------


def test_each_channel_has_its_units_and_the_open_rows_the_rest() -> None:
    stage = make_stage(channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 10})
    stage.draw("agent")
    stage.sell((("Ticket", 7),))
    stage.hold((("Ticket", 2),))
    shown = channel_map(stage.event.venue, timezone.now())
    assert [(one.channel.name, one.allocation) for one in shown.channels] == [
        ("agent", Allocation(10, 0, 0, ("",))),
        ("web", Allocation(60, 2, 7)),
    ]
    assert shown.open_rows == (OpenRow("", 30),)
    assert (shown.units, shown.events) == (100, 1)


def test_events_that_are_over_or_not_on_sale_are_not_counted(stage: Stage) -> None:
    now = timezone.now()
    second_event(stage, status=EventStatus.DRAFT)
    second_event(stage, status=EventStatus.CLOSED)
    second_event(stage, starts_at=now - timedelta(days=3))
    second_event(stage, starts_at=now - timedelta(days=3), ends_at=now - timedelta(hours=1))
    assert found(stage).allocation == Allocation(100)
    second_event(stage, starts_at=now - timedelta(days=3), ends_at=now + timedelta(hours=1))
    second_event(stage, status=EventStatus.PAUSED)
    assert found(stage).allocation == Allocation(180)


def test_one_event_is_shown_alone_whatever_its_state(stage: Stage) -> None:
    closed = second_event(stage, status=EventStatus.CLOSED)
    assert found(stage, event=closed).allocation == Allocation(40)
    assert found(stage, event=closed).offer.listings == 1


def test_the_stock_of_another_venue_is_not_counted(stage: Stage, other: Stage) -> None:
    shown = channel_map(stage.event.venue, timezone.now())
    assert {one.channel.venue_id for one in shown.channels} == {stage.event.venue_id}
    assert shown.units == 100


# --- Listings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Listing, {"is_on": False}),
        (Listing, {"stop_reason": "No"}),
        (Listing, {"sales_from": timezone.now() + timedelta(days=1)}),
        (Listing, {"sales_until": timezone.now() - timedelta(days=1)}),
        (SalesChannel, {"stop_reason": "No"}),
        (Event, {"stop_reason": "No"}),
        (Event, {"status": EventStatus.PAUSED}),
        (Event, {"sales_until": timezone.now() - timedelta(days=1)}),
        (Event, {"sales_from": timezone.now() + timedelta(days=1)}),
    ],
)
def test_a_listing_that_can_sell_nothing_is_not_on_sale(
    stage: Stage, model: type[Event | Listing | SalesChannel], change: dict[str, object]
) -> None:
    before = found(stage).offer
    assert (before.on_sale, before.listings) == (1, 1)
    model._default_manager.all().update(**change)
    offer = found(stage).offer
    assert (offer.on_sale, offer.listings) == (0, 1)


def test_a_same_day_deal_is_on_sale_on_its_day_alone(stage: Stage) -> None:
    stage.items["Ticket"].kind = "SAME_DAY"
    stage.items["Ticket"].save()
    assert found(stage).offer.on_sale == 0
    Event.objects.update(starts_at=timezone.now())
    assert found(stage).offer.on_sale == 1


def test_a_freely_pricing_channel_has_the_range_of_its_bounds(stage: Stage) -> None:
    Listing.objects.update(price_floor=8, price_ceiling=F("price") + 5)
    bounds = [(found(stage).offer.lowest, found(stage).offer.highest)]
    SalesChannel.objects.update(pricing=Pricing.FREE)
    bounds.append((found(stage).offer.lowest, found(stage).offer.highest))
    assert bounds == [(Decimal(10), Decimal(10)), (Decimal(8), Decimal(15))]


# --- Connection -------------------------------------------------------------------------------


def test_a_channel_that_was_never_heard_of_has_no_signs(stage: Stage) -> None:
    known = found(stage).connection
    assert (known.last_call, known.last_sync, known.socket_seen) == (None, None, None)
    assert (known.socket_open, known.key) == (False, KeyState.NONE)


def test_calls_and_sockets_are_the_channels_own(stage: Stage) -> None:
    web = stage.channels["web"].pk
    note_contact(channel_id=web, kind=ContactKind.CALL)
    note_contact(channel_id=web, kind=ContactKind.SOCKET)
    assert found(stage).connection.last_call is not None
    assert found(stage).connection.socket_open
    assert found(stage, "agent").connection.last_call is None
    note_socket_closed(channel_id=web)
    assert not found(stage).connection.socket_open


def test_a_socket_whose_process_died_is_not_open_for_long(stage: Stage) -> None:
    note_contact(channel_id=stage.channels["web"].pk, kind=ContactKind.SOCKET)
    ChannelContact.objects.update(seen_at=F("seen_at") - SOCKET_COUNTS_FOR)
    assert not found(stage).connection.socket_open


def test_the_best_key_says_how_the_keys_are(stage: Stage) -> None:
    now = timezone.now()
    states = []
    for terms in (
        {"expires_at": now + timedelta(days=2)},
        {"expires_at": now + timedelta(days=90)},
        {},
    ):
        key_of(stage, **terms)
        states.append((found(stage).connection.key, found(stage).connection.key_ends))
    assert states == [
        (KeyState.ENDING, now + timedelta(days=2)),
        (KeyState.LIVE, now + timedelta(days=90)),
        (KeyState.LIVE, None),
    ]


def test_keys_that_have_ended_are_told_from_none(stage: Stage) -> None:
    revoke_key(key_id=key_of(stage).pk, by=SYSTEM, reason="lost")
    assert found(stage).connection.key == KeyState.ENDED
    ApiKey.objects.filter(pk=key_of(stage).pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert found(stage).connection.key == KeyState.ENDED


# --- The picture ------------------------------------------------------------------------------


def test_a_ribbon_is_as_thick_as_the_share_it_shows() -> None:
    stage = make_stage(channels=("big", "small"), give={("GA", "big"): 60, ("GA", "small"): 20})
    picture = draw(channel_map(stage.event.venue, timezone.now()))
    big, small = (one.node.height for one in picture.channels)
    assert big == pytest.approx(3 * small)
    assert sum(height for _, _, height in picture.stock) == pytest.approx(big * 100 / 60)
    assert max(one.node.y for one in picture.channels) < picture.height


def test_nothing_in_the_picture_overlaps() -> None:
    stage = make_stage(channels=[f"c{number}" for number in range(12)], pools={"GA": 10_000})
    for name, kind, place in (
        ("c3", ChannelKind.HIDDEN, ChannelPlace.COMPS),
        ("c4", ChannelKind.PARTNER, ChannelPlace.RESELLER),
    ):
        SalesChannel.objects.filter(pk=stage.channels[name].pk).update(kind=kind, place=place)
    picture = draw(channel_map(stage.event.venue, timezone.now()))
    for nodes in (
        [one.node for one in picture.channels],
        sorted([*picture.kinds, *picture.open_rows], key=lambda node: node.y),
    ):
        for upper, lower in pairwise(nodes):
            assert upper.top + upper.height <= lower.top
        assert nodes[0].top >= 0
        assert nodes[-1].top + nodes[-1].height <= picture.height


# --- The page ---------------------------------------------------------------------------------


def test_the_page_names_every_channel_and_links_to_its_rows(manager: Client, stage: Stage) -> None:
    web = stage.channels["web"]
    SalesChannel.objects.filter(pk=web.pk).update(stop_reason="Printer is broken")
    body = manager.get(MAP).content.decode()
    for text in ("Printer is broken", "100 units", "0 of 1 listing on sale", "agent"):
        assert text in re.sub("<[^>]+>", "", body), text
    for model in ("allocations/listing", "allocations/stock", "partners/apikey"):
        assert f"/admin/{model}/?channel__id__exact={web.pk}" in body
    assert body.count(page(web, "change")) == 2  # the picture and the card


def test_the_lists_that_it_leads_to_have_the_rows_that_it_counts(
    manager: Client, stage: Stage
) -> None:
    second_event(stage, starts_at=timezone.now() + timedelta(days=3))
    second_event(stage, starts_at=timezone.now() - timedelta(days=3))
    second_event(stage, status=EventStatus.DRAFT)
    web = stage.channels["web"]
    body = manager.get(MAP).content.decode()
    assert "2 of 2 listings on sale" in body
    for model, count in (("listing", 2), ("stock", 2)):
        query = f'/admin/allocations/{model}/[^"]*channel__id__exact={web.pk}&amp;[^"]*'
        [link] = re.findall(f'href="({query})"', body)
        rows = manager.get(link.replace("&amp;", "&")).context["cl"].result_list
        assert len(rows) == count, model


def test_its_links_open(manager: Client, stage: Stage) -> None:
    body = manager.get(f"{MAP}?event={stage.event.pk}").content.decode()
    links = set(re.findall(r'href="(/admin/[^"]*channel__id__exact[^"]*)"', body))
    assert len(links) == 6
    for link in links:
        assert manager.get(link.replace("&amp;", "&")).status_code == 200, link


def test_another_venue_is_not_found(manager: Client, other: Stage) -> None:
    venue, event = other.event.venue_id, other.event.pk
    for query in (f"venue={venue}", f"event={event}", "venue=x", "event=x", f"event={10**30}"):
        assert manager.get(f"{MAP}?{query}").status_code == 404, query
    assert other.event.venue.name not in manager.get(MAP).content.decode()


def test_an_event_of_another_venue_than_the_chosen_is_not_found(
    stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    both = sign_in(person(Role.AUDITOR, stage, other))
    query = f"?venue={other.event.venue_id}&event={stage.event.pk}"
    assert both.get(MAP + query).status_code == 404
    assert both.get(f"{MAP}?venue={other.event.venue_id}").status_code == 200


def test_who_may_not_see_channels_does_not_see_the_map(sign_in: SignIn) -> None:
    client = sign_in(make_user(is_staff=True))
    assert client.get(MAP).status_code == 403
    assert MAP not in client.get("/admin/").content.decode()


def test_who_may_not_see_keys_does_not_see_how_they_are(stage: Stage, sign_in: SignIn) -> None:
    key_of(stage)
    body = sign_in(person(Role.BOX_OFFICE, stage)).get(MAP).content.decode()
    assert "API key" not in body
    assert "apikey" not in body


def test_who_works_nowhere_is_told_so(sign_in: SignIn) -> None:
    answer = sign_in(person(Role.VENUE_MANAGER)).get(MAP)
    assert answer.status_code == 200
    assert "You work for no venue yet" in answer.content.decode()


def test_a_venue_without_channels_asks_for_the_first(sign_in: SignIn) -> None:
    event = make_event()
    user: User = person(Role.VENUE_MANAGER)
    user.venues.add(event.venue)
    assert reverse("admin:allocations_saleschannel_add") in sign_in(user).get(MAP).content.decode()


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_more_channels_and_events_are_no_more_statements(manager: Client, stage: Stage) -> None:
    statements(manager, MAP)
    few = statements(manager, MAP)
    for number in range(3):
        channel = make_channel(stage.event.venue, f"more-{number}")
        list_item(item=stage.items["Ticket"], channel=channel, price=Decimal(10))
        note_contact(channel_id=channel.pk, kind=ContactKind.CALL)
        second_event(stage)
    assert statements(manager, MAP) == few
    assert few <= 15


# --- The channel's own page ---------------------------------------------------------------------


def test_a_channels_page_says_how_it_is_connected(manager: Client, stage: Stage) -> None:
    web = stage.channels["web"]
    key_of(stage)
    note_contact(channel_id=web.pk, kind=ContactKind.SOCKET)
    body = manager.get(page(web, "change")).content.decode()
    assert "open now" in body
    assert "never" in body
    assert "Last sync" not in body
    SalesChannel.objects.filter(pk=web.pk).update(connectivity=Connectivity.OFFLINE)
    assert "Last sync" in manager.get(page(web, "change")).content.decode()
    assert manager.get(page(SalesChannel, "add")).status_code == 200


def test_only_a_channel_that_reports_late_shows_the_terms_of_its_leases_and_its_buffer(
    stage: Stage, manager: Client
) -> None:
    assert "Leases of at most" not in manager.get(MAP).content.decode()
    channel = stage.channels["web"]
    channel.connectivity, channel.longest_lease_hours = Connectivity.PERIODIC, 36
    channel.lease_grace_minutes, channel.buffer_one_in = 0, 500
    channel.save()
    shown = manager.get(MAP).content.decode()
    assert "Leases of at most 36 h, 0 min of grace" in shown
    assert "Safety buffer of at most 50 %, too small once in 500 syncs" in shown
    SalesChannel.objects.filter(pk=channel.pk).update(safety_buffer=False)
    assert "No safety buffer" in manager.get(MAP).content.decode()
