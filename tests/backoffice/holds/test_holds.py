"""Named holds in the back office: made, changed and ended by dialogs that change what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.models import Movement, SalesChannel
from sales.models import HoldChange, NamedHold
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Counters, Stage
from tests.kept import kept
from tests.offline.selling import take_lease
from tests.proofs import assert_reconciled, nothing_changed
from tests.sales.holding import line_of, make_hidden, make_hold

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_hidden(10)


def end() -> str:
    return f"{timezone.now() + timedelta(days=3):%Y-%m-%dT20:00}"


def order(stage: Stage, tickets: object = 4, **form: Any) -> dict[str, Any]:
    values = {
        "channel": stage.channels["web"].pk,
        "name": "Band",
        "category": "ARTIST",
        "owner": "",
        "owner_name": "Loud Agency",
        "hands_back_at": end(),
        "key": "k1",
    }
    return {**values, f"item_{stage.listing().pk}": tickets, **form}


def changed(hold: NamedHold, stage: Stage, tickets: int, **form: Any) -> dict[str, Any]:
    values = {
        "name": hold.name,
        "category": hold.category,
        "owner_name": hold.owner_name,
        "hands_back_at": end(),
    }
    return {**values, f"item_{stage.items['Ticket'].pk}": tickets, **form}


def shown(client: Client, hold: NamedHold, action: str) -> dict[str, str]:
    """What a dialog carries of what it has shown."""
    answer = client.get(reverse(f"admin:sales_namedhold_{action}", args=(hold.pk,)))
    return {"opened_with": answer.context["form"].opened_with}


def test_tickets_are_held_as_the_dialog_has_said(manager: Client, stage: Stage) -> None:
    changes = rows(ask(manager, stage.event, "hold_tickets", **order(stage)))
    assert changes[:2] == [("Ticket, set aside", "0", "4"), ("web, free", "10", "6")]
    form = order(stage)
    assert_done(act(manager, stage.event, "hold_tickets", **form))
    assert_done(act(manager, stage.event, "hold_tickets", **form))  # pressed twice
    hold = NamedHold.objects.get()
    assert (hold.name, hold.owned_by) == ("Band", "Loud Agency")
    assert stage.counters() == Counters(10, 4, 0, 0)
    assert_reconciled()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"tickets": 11}, "11 Ticket asked for, 10 can be sold."),
        ({"tickets": ""}, "Say how many tickets of which item are set aside."),
        ({"owner_name": ""}, "Say whose the hold is"),
        ({"hands_back_at": "2020-01-01T10:00"}, "A hold ends later than now"),
        ({"category": "X"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_held_is_refused_in_the_dialog(
    manager: Client, stage: Stage, form: dict[str, Any], sentence: str
) -> None:
    with nothing_changed():
        assert_refused(act(manager, stage.event, "hold_tickets", **order(stage, **form)), sentence)


def test_without_a_hidden_channel_pages_say_what_to_do_next(manager: Client, stage: Stage) -> None:
    SalesChannel.objects.update(kind="DIRECT", place="WEBSITE")
    body = manager.get(page(stage.event, "change")).content.decode()
    assert "none lists an item of this event yet" in body
    url = reverse("admin:events_event_hold_tickets", args=(stage.event.pk,))
    assert "No hidden channel lists an item of this event." in manager.get(url).content.decode()


def test_a_hold_is_changed_once_by_two_who_saw_the_same(manager: Client, stage: Stage) -> None:
    hold = make_hold(stage)
    seen = shown(manager, hold, "adjust")
    form = changed(hold, stage, 7, name="Crew", **seen)
    said = rows(ask(manager, hold, "adjust", **form))
    assert {("Ticket, set aside", "5", "7"), ("Name", "Band and crew", "Crew")} <= set(said)
    assert_done(act(manager, hold, "adjust", **form))
    hold.refresh_from_db()
    assert (hold.name, line_of(hold)) == ("Crew", (7, 0, 0))
    with nothing_changed():
        assert_refused(act(manager, hold, "adjust", **form), "was changed meanwhile")


def test_a_hold_is_ended_with_a_reason_and_its_page_tells_its_story(
    manager: Client, stage: Stage
) -> None:
    hold = make_hold(stage)
    changes = rows(ask(manager, hold, "end_early"))
    assert ("Ticket, set aside", "5", "0") in changes
    assert_done(act(manager, hold, "end_early", **shown(manager, hold, "end_early")))
    assert stage.counters() == Counters(10, 0, 0, 0)
    body = manager.get(page(hold, "change")).content.decode()
    assert "Ticket, set aside: 5 → 0" in body
    assert "Ended early" in body
    assert '<td data-label="Why">Because</td>' in body
    with nothing_changed():
        assert_done(act(manager, hold, "end_early"))  # the page shows what has changed


def test_its_owner_breaks_a_hold_and_another_clerk_does_not(stage: Stage, sign_in: SignIn) -> None:
    owner, clerk = (person(Role.BOX_OFFICE, stage) for _ in range(2))
    hold = make_hold(stage, owner_id=owner.pk, owner_name="")
    with nothing_changed():
        assert act(sign_in(clerk), hold, "end_early").status_code == 403
        assert act(sign_in(clerk), stage.event, "hold_tickets", **order(stage)).status_code == 403
    assert_done(act(sign_in(owner), hold, "end_early"))
    assert HoldChange.objects.latest("pk").user_id == owner.pk


def test_holds_and_leases_are_listed_apart(manager: Client, stage: Stage) -> None:
    hold = make_hold(stage)
    SalesChannel.objects.update(connectivity="OFFLINE")
    lease = take_lease(stage, [("Ticket", 1)])
    for target in (hold, lease):
        listed = manager.get(page(type(target), "changelist")).context["cl"].result_list
        assert [row.pk for row in listed] == [target.pk]
    assert manager.get(reverse("admin:sales_block_change", args=(hold.pk,))).status_code == 404
    found = manager.get(page(NamedHold, "changelist"), {"q": str(hold)}).context["cl"]
    assert [row.pk for row in found.result_list] == [hold.pk]
    movement = Movement.objects.get(document_kind="NAMED_HOLD")
    assert f"Named hold {hold}" in manager.get(page(movement, "change")).content.decode()
    assert "Band and crew" in manager.get(page(stage.event, "change")).content.decode()


def test_from_the_list_the_event_is_chosen_first(manager: Client, stage: Stage) -> None:
    make = reverse("admin:sales_namedhold_make")
    assert "Of which event are tickets held?" in manager.get(make).content.decode()
    answer = manager.get(make, {"event": stage.event.pk})
    hold_tickets = reverse("admin:events_event_hold_tickets", args=(stage.event.pk,))
    assert answer.headers["Location"] == hold_tickets
