"""The page of an event's prices: one table, one save, each refusal in its cell."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from allocations.enums import Pricing
from allocations.models import Listing
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage, make_channel, make_item

pytestmark = pytest.mark.django_db

SEEN = "10.00|||on"


def prices_of(stage: Stage) -> str:
    return reverse("admin:events_event_prices", args=(stage.event.pk,))


def form_of(stage: Stage, **cells: str) -> dict[str, Any]:
    """As the page would send it, untouched but for ``price`` and what else is named of the agent's."""
    ticket = stage.items["Ticket"].pk
    web, agent = stage.channels["web"].pk, stage.channels["agent"].pk
    found = {
        f"price-{ticket}-{web}": "10.00",
        f"seen-{ticket}-{web}": SEEN,
        f"on-{ticket}-{web}": "on",
        f"price-{ticket}-{agent}": "10.00",
        f"seen-{ticket}-{agent}": SEEN,
        f"on-{ticket}-{agent}": "on",
        "do": "save",
    }
    return found | {
        (f"{name}-{ticket}-{agent}" if name in {"price", "seen", "floor", "ceiling"} else name): one
        for name, one in cells.items()
    }


def agent_price(stage: Stage) -> Decimal:
    return stage.listing(channel="agent").price


def test_one_save_prices_all_channels_and_says_what_it_did(manager: Client, stage: Stage) -> None:
    child = make_item(stage.event, "Child", {stage.pools["GA"]: 1})
    opened = manager.get(prices_of(stage))
    assert opened.status_code == 200
    assert len(opened.context["form"].cells) == 4
    new = {f"price-{child.pk}-{channel.pk}": "5" for channel in stage.channels.values()}
    new |= {f"on-{child.pk}-{channel.pk}": "on" for channel in stage.channels.values()}
    answer = manager.post(
        prices_of(stage), form_of(stage, price="12.5", reason="New") | new, follow=True
    )
    assert "Prices saved: 2 listings are made, 1 is changed." in answer.content.decode()
    assert agent_price(stage) == Decimal("12.50")
    assert set(Listing.objects.filter(item=child).values_list("price", "is_on")) == {
        (Decimal("5.00"), True)
    }


def test_a_list_price_fills_empty_cells_with_the_usual_share(manager: Client, stage: Stage) -> None:
    child = make_item(stage.event, "Child", {stage.pools["GA"]: 1})
    free = make_channel(
        stage.event.venue,
        "market",
        pricing=Pricing.FREE,
        usual_percent="90",
        usual_floor_percent="80",
        usual_ceiling_percent="150",
    )
    answer = manager.post(
        prices_of(stage), form_of(stage, do="fill") | {f"list-{child.pk}": "33.33"}
    )
    cells = answer.context["form"].cells
    assert cells[child.pk, stage.channels["web"].pk].price == "33.33"
    filled = cells[child.pk, free.pk]
    assert (filled.price, filled.floor, filled.ceiling) == ("30.00", "26.66", "50.00")
    assert cells[stage.items["Ticket"].pk, stage.channels["web"].pk].price == "10.00"
    assert not Listing.objects.filter(item=child).exists()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"price": "1,500"}, "“1,500” can be read in two ways"),
        ({"price": "1 500"}, "“1 500” can be read in two ways"),
        ({"price": "-3"}, "“-3” is no amount"),
        ({"price": "1e9"}, "“1e9” is no amount"),
        ({"price": "NaN"}, "“NaN” is no amount"),
        ({"price": "٣"}, "“٣” is no amount"),
        ({"price": "9" * 400}, "is no amount"),
        ({"price": "12.345"}, "“12.345” can be read in two ways"),
        ({"price": "<b>1</b>"}, "“&lt;b&gt;1&lt;/b&gt;” is no amount"),
        ({"price": "11", "floor": "12"}, "The floor, 12, is above the price, 11."),
        ({"price": "11", "seen": "x|y"}, "Open the page again"),
        ({"price": "11", "seen": "9.00|||on"}, "Your page showed 9.00, you typed 11.00"),
    ],
)
def test_what_cannot_be_is_named_in_its_cell_and_saves_nothing(
    cells: dict[str, str], told: str, manager: Client, stage: Stage
) -> None:
    answer = manager.post(prices_of(stage), form_of(stage, reason="x", **cells))
    assert answer.status_code == 200
    # What people typed in another direction of writing is set apart from the words around it.
    assert told in answer.content.decode().replace("<bdi>", "").replace("</bdi>", "")
    wrong = [key for key, cell in answer.context["form"].cells.items() if cell.errors]
    assert wrong == [(stage.items["Ticket"].pk, stage.channels["agent"].pk)]
    assert agent_price(stage) == Decimal("10.00")


def test_a_second_save_after_the_difference_was_shown_is_meant(
    manager: Client, stage: Stage
) -> None:
    Listing.objects.filter(pk=stage.listing(channel="agent").pk).update(price=15)
    refused = manager.post(prices_of(stage), form_of(stage, price="11.00", reason="x"))
    ticket, agent = stage.items["Ticket"].pk, stage.channels["agent"].pk
    seen = refused.context["form"].cells[ticket, agent].seen
    assert seen == "15.00|||on"
    manager.post(prices_of(stage), form_of(stage, price="11.00", reason="x", seen=seen))
    assert agent_price(stage) == Decimal("11.00")


def test_a_change_of_what_is_there_wants_a_reason(manager: Client, stage: Stage) -> None:
    answer = manager.post(prices_of(stage), form_of(stage, price="11"))
    assert "Say why prices that are there already change." in answer.content.decode()
    for reason in ("a\x00b", "x" * 301):
        form = form_of(stage, price="11", reason=reason)
        assert manager.post(prices_of(stage), form).context["form"].reason_error, reason
    assert agent_price(stage) == Decimal("10.00")


def test_a_price_of_what_is_gone_is_not_dropped_unseen(manager: Client, stage: Stage) -> None:
    answer = manager.post(prices_of(stage), form_of(stage) | {"price-999-1": "5"})
    assert "“price-999-1” is of an item or a channel that is not there any more." in (
        answer.content.decode()
    )


def test_a_page_of_nothing_is_answered(manager: Client, stage: Stage) -> None:
    for asked in ("?page=99", "?page=-1", "?page=x", "?page=٣"):
        assert manager.get(prices_of(stage) + asked).status_code == 200, asked


def test_who_may_not_price_is_told_403_and_of_another_venue_404(
    stage: Stage, other: Stage, sign_in: SignIn, manager: Client
) -> None:
    clerk = sign_in(person(Role.BOX_OFFICE, stage))
    assert clerk.get(prices_of(stage)).status_code == 403
    assert clerk.post(prices_of(stage), form_of(stage, price="1", reason="x")).status_code == 403
    assert manager.get(prices_of(other)).status_code == 404
    assert agent_price(stage) == Decimal("10.00")
