"""Tickets are sold and held from an event's page, by whoever may sell, within every rule."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from allocations.enums import Pricing
from allocations.models import Listing
from sales.enums import BookingStatus
from sales.models import Booking
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import HTMX, act, assert_done, assert_refused
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


def sell(client: Client, stage: Stage, tickets: int = 2, /, **form: Any) -> Any:
    values = {"listing": stage.listing().pk, "tickets": tickets, "key": str(uuid.uuid4())}
    return act(client, stage.event, "sell", **values | form)


def test_the_dialog_says_why_there_is_nothing_to_sell(stage: Stage, sign_in: SignIn) -> None:
    seller = person(Role.BOX_OFFICE, stage)
    client = sign_in(seller)
    Listing.objects.update(is_on=False)
    names = ", ".join(sorted(one.name for one in stage.channels.values()))
    shown = client.get(page(stage.event, "sell")).content.decode()
    assert f"You sell through: {names}, none of whose listings is on sale now." in shown
    seller.channels.clear()
    shown = client.get(page(stage.event, "sell")).content.decode()
    assert "You have no channel to sell through here" in shown


def test_tickets_are_sold_in_the_persons_name(manager: Client, stage: Stage) -> None:
    answer = sell(manager, stage, reference="DESK-1")
    assert_done(answer)
    booking = Booking.objects.get()
    assert (booking.status, booking.reference) == (BookingStatus.CONFIRMED, "DESK-1")
    assert booking.user_id == int(manager.session["_auth_user_id"])
    assert stage.counters() == Counters(100, 0, 2, 0)
    [message] = [str(found) for found in get_messages(answer.wsgi_request)]
    assert message.startswith("Sold: 2 × Ticket.")
    for url in re.findall(r'href="([^"]+)"', message):
        assert manager.get(url.replace("&amp;", "&")).status_code == 200
    assert_reconciled()


def test_tickets_can_be_held_only(manager: Client, stage: Stage) -> None:
    assert_done(sell(manager, stage, only_hold="on"))
    assert Booking.objects.get().status == BookingStatus.ON_HOLD
    assert stage.counters() == Counters(100, 2, 0, 0)


def test_it_says_what_is_left_and_what_is_to_be_paid(manager: Client, stage: Stage) -> None:
    form = {"listing": stage.listing().pk, "tickets": 3, "key": "k"}
    assert rows(ask(manager, stage.event, "sell", **form)) == [
        ("Ticket through web, can be sold", "100", "97"),
        ("To be paid", "30 INR"),
    ]
    body = ask(manager, stage.event, "sell", **form | {"tickets": 101})
    assert "101 were asked for, 100 can be sold." in body


def test_more_than_there_are_is_refused_with_the_numbers(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        answer = sell(manager, stage, 101)
    assert_refused(answer, "101")
    assert_refused(answer, "100")


def test_two_presses_of_the_button_are_one_sale(manager: Client, stage: Stage) -> None:
    key = str(uuid.uuid4())
    assert_done(sell(manager, stage, key=key))
    assert_done(sell(manager, stage, key=key))
    assert Booking.objects.count() == 1


def test_a_channel_that_prices_freely_asks_within_its_bounds(manager: Client, stage: Stage) -> None:
    channel = stage.channels["web"]
    channel.pricing = Pricing.FREE
    channel.save()
    listing = stage.listing()
    listing.price_floor, listing.price_ceiling = Decimal(8), Decimal(12)
    listing.save()
    with nothing_changed():
        assert_refused(
            sell(manager, stage, price="13"), "The price is 8 INR to 12 INR, not 13 INR."
        )
    assert_done(sell(manager, stage, price="11.50"))
    assert Booking.objects.get().lines.get().unit_price == Decimal("11.50")


def test_only_what_can_be_sold_now_is_offered(manager: Client, stage: Stage, other: Stage) -> None:
    listing = stage.listing(channel="agent")
    assert_done(act(manager, listing, "stop", reason="Fraud"))
    with nothing_changed():
        for refused in (listing, other.listing()):
            assert_refused(sell(manager, stage, listing=refused.pk), "Select a valid choice")
        assert_refused(sell(manager, stage, tickets=0), "greater than or equal to 1")


def test_it_is_for_those_who_sell_at_the_venue(stage: Stage, other: Stage, sign_in: SignIn) -> None:
    assert_done(sell(sign_in(person(Role.BOX_OFFICE, stage)), stage))
    with nothing_changed():
        assert sell(sign_in(person(Role.FINANCE, stage)), stage).status_code == 403
        assert sell(sign_in(person(Role.BOX_OFFICE, other)), stage).status_code == 404


def test_who_sells_is_offered_the_channels_given_and_sees_no_others_listings(
    stage: Stage, sign_in: SignIn
) -> None:
    user = person(Role.BOX_OFFICE, stage)
    user.channels.set([stage.channels["agent"]])
    stage.draw("agent")
    client = sign_in(user)
    other = stage.listing(channel="web")
    dialog = client.get(reverse("admin:events_event_sell", args=(stage.event.pk,)), headers=HTMX)
    assert f'value="{stage.listing(channel="agent").pk}"' in dialog.content.decode()
    assert f'value="{other.pk}"' not in dialog.content.decode()
    with nothing_changed():
        assert_refused(sell(client, stage, listing=other.pk), "Select a valid choice")
    assert client.get(page(other, "change")).status_code == 404
    assert client.get(page(stage.listing(channel="agent"), "change")).status_code == 200


def test_what_was_held_is_sold_or_released_by_who_sells_through_its_channel(
    stage: Stage, sign_in: SignIn
) -> None:
    held = Booking.objects.get(pk=stage.hold([("Ticket", 2)]))
    stranger, seller = (person(Role.BOX_OFFICE, stage) for _ in range(2))
    stranger.channels.set([stage.channels["agent"]])
    seen = sign_in(stranger).get(page(held, "change")).content.decode()
    assert "Sell what is held" not in seen
    assert "Release hold" not in seen
    with nothing_changed():
        for action in ("confirm", "release", "extend"):
            answer = act(sign_in(stranger), held, action, reason="x", minutes=5)
            assert answer.status_code == 403
    client = sign_in(seller)
    assert "Sell what is held" in client.get(page(held, "change")).content.decode()
    assert rows(ask(client, held, "confirm")) == [
        ("Status", "On hold", "Confirmed"),
        ("Tickets sold", "0", "2"),
        ("To be paid", "20 INR"),
    ]
    assert_done(act(client, held, "confirm"))
    assert stage.counters() == Counters(100, 0, 2, 0)
    assert_reconciled()
