"""Stop-sell by dialog: sellers are told why, the history says who, and what else is stopped stays."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.roles import Role
from allocations import services as allocations
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM
from events.models import Event, Item
from sales.errors import StopSellError
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

PARTS = ("event", "item", "channel", "listing")


def part_of(stage: Stage, name: str) -> Any:
    return {
        "event": stage.event,
        "item": stage.items["Ticket"],
        "channel": stage.channels["web"],
        "listing": stage.listing(),
    }[name]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", PARTS)
def test_what_is_stopped_sells_nothing_until_it_is_resumed(
    name: str, stage: Stage, manager: Client
) -> None:
    target = part_of(stage, name)
    assert_done(act(manager, target, "stop", reason="Storm warning"))
    with pytest.raises(StopSellError, match="Storm warning"):
        stage.sell()
    record = target.history.latest("history_id")
    assert (record.stop_reason, record.history_change_reason) == ("Storm warning",) * 2
    assert record.history_user_id == int(manager.session["_auth_user_id"])

    assert_done(act(manager, target, "resume", reason="All clear"))
    stage.sell()
    record = target.history.latest("history_id")
    assert (record.stop_reason, record.history_change_reason) == ("", "All clear")


def give_back(stage: Stage, units: int) -> None:
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(), target=stage.open_row(), units=units, by=SYSTEM, reason="test"
        )


@pytest.mark.parametrize(
    ("name", "listings"), [("event", 2), ("item", 2), ("channel", 1), ("listing", 1)]
)
def test_it_says_how_many_listings_are_concerned(
    name: str, listings: int, stage: Stage, manager: Client
) -> None:
    stage.draw("web")
    stage.draw("agent")
    give_back(stage, 30)
    target = part_of(stage, name)
    found = rows(ask(manager, target, "stop"))
    assert ("Listings that can sell", str(listings), "0") in found
    # 70 of the website's own, and 30 that both may draw.
    assert ("Units that can be sold", "100", "0") in found
    assert_done(act(manager, target, "stop", reason="Storm"))
    found = rows(ask(manager, target, "resume"))
    assert ("Listings that can sell", "0", str(listings)) in found


def test_what_is_stopped_elsewhere_stays_stopped(stage: Stage, manager: Client) -> None:
    stage.draw("agent")
    give_back(stage, 30)
    assert_done(act(manager, stage.event, "stop", reason="Storm"))
    assert_done(act(manager, stage.listing(), "stop", reason="Wrong price"))
    assert ("Listings that can sell", "0", "1") in rows(ask(manager, stage.event, "resume"))
    assert_done(act(manager, stage.event, "resume"))
    assert stage.listing().stop_reason == "Wrong price"


def test_a_stop_needs_a_reason_that_fits(stage: Stage, manager: Client) -> None:
    with nothing_changed():
        assert_refused(act(manager, stage.event, "stop", reason=" "), "This field is required.")
        answer = act(manager, stage.event, "stop", reason="x" * 201)
    assert_refused(answer, "The reason has 1 to 200 characters, not 201")


def test_each_action_is_offered_only_where_it_makes_sense(stage: Stage, manager: Client) -> None:
    with nothing_changed():
        answer = act(manager, stage.event, "resume")
    assert answer.headers.get("HX-Refresh") == "true"  # the page shows what it has become
    assert_done(act(manager, stage.event, "stop", reason="Storm"))
    with nothing_changed():
        act(manager, stage.event, "stop", reason="Another storm")
    assert Event.objects.get(pk=stage.event.pk).stop_reason == "Storm"


@pytest.mark.parametrize("model", [Event, Item, SalesChannel, Listing], ids=lambda m: m.__name__)
def test_a_list_can_be_asked_for_what_is_stopped(model: Any, stage: Stage, manager: Client) -> None:
    target = next(part_of(stage, n) for n in PARTS if isinstance(part_of(stage, n), model))
    url = page(model, "changelist")
    assert manager.get(url, {"stopped": "yes"}).context["cl"].result_count == 0
    assert_done(act(manager, target, "stop", reason="Storm"))
    assert manager.get(url, {"stopped": "yes"}).context["cl"].result_count == 1


def test_who_may_not_change_it_may_not_stop_it(stage: Stage, sign_in: SignIn) -> None:
    office = sign_in(person(Role.BOX_OFFICE, stage))
    with nothing_changed():
        for name in PARTS:
            assert act(office, part_of(stage, name), "stop", reason="x").status_code == 403, name
