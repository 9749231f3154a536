"""Leases in the back office: taken, extended and handed back by dialogs that change what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.models import Movement
from common.actor import SYSTEM
from offline import leases
from sales.enums import BlockStatus
from sales.models import Block
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, back_to_draft, person, signed_in
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Counters, Stage, make_channel
from tests.kept import kept
from tests.offline.selling import make_kiosk, report, sale, take_lease
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_kiosk(10)


def order(stage: Stage, tickets: object = 4, **form: Any) -> dict[str, Any]:
    values = {"channel": stage.channels["web"].pk, "terminal": "Gate 2", "key": "k1"}
    return {**values, f"listing_{stage.listing().pk}": tickets, **form}


def shown(client: Client, lease: Block, action: str) -> dict[str, str]:
    """What a dialog carries of what it has shown."""
    answer = client.get(reverse(f"admin:sales_block_{action}", args=(lease.pk,)))
    return {"opened_with": answer.context["form"].opened_with}


def test_tickets_are_leased_as_the_dialog_has_said(manager: Client, stage: Stage) -> None:
    changes = rows(ask(manager, stage.event, "lease", **order(stage, hours=5)))
    assert changes[:2] == [("Ticket, set aside", "0", "4"), ("web, free", "10", "6")]
    assert [label for label, _text in changes[2:]] == [
        "The terminal sells until",
        "What is left goes back",
    ]
    assert_done(act(manager, stage.event, "lease", **order(stage, hours=5)))
    assert_done(act(manager, stage.event, "lease", **order(stage, hours=5)))  # pressed twice
    lease = Block.objects.get()
    assert lease.expires_at - lease.created_at == timedelta(hours=5)
    assert (lease.name, lease.user_id) == ("Gate 2", int(manager.session["_auth_user_id"]))
    assert stage.counters() == Counters(10, 4, 0, 0)
    assert_reconciled()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"tickets": 11}, "11 Ticket asked for, 10 can be sold."),
        ({"tickets": ""}, "Say how many tickets of which item are leased."),
        ({"hours": 25}, "The channel&#x27;s leases last 24 hours at most."),
        ({"terminal": " "}, "This field is required."),
    ],
)
def test_what_cannot_be_leased_is_refused_in_the_dialog(
    manager: Client, stage: Stage, form: dict[str, Any], sentence: str
) -> None:
    with nothing_changed():
        assert_refused(act(manager, stage.event, "lease", **order(stage, **form)), sentence)


def test_only_late_channels_that_the_person_sells_through_are_offered(
    stage: Stage, sign_in: SignIn
) -> None:
    seller = person(Role.BOX_OFFICE, stage)
    seller.channels.set([make_channel(stage.event.venue, "other")])
    answer = act(sign_in(seller), stage.event, "lease", **order(stage))
    assert_refused(answer, "Select a valid choice")
    assert_refused(
        answer, "None of the channels that you sell through here is a counter or offline at times."
    )
    assert not Block.objects.exists()


def test_from_the_list_the_event_is_chosen_first(manager: Client, stage: Stage) -> None:
    take = reverse("admin:sales_block_take")
    assert "Of which event are tickets leased?" in manager.get(take).content.decode()
    answer = manager.get(take, {"event": stage.event.pk})
    assert answer.headers["Location"] == reverse("admin:events_event_lease", args=(stage.event.pk,))
    assert manager.get(take, {"event": 0}).status_code == 404
    back_to_draft(stage)
    body = manager.get(take, {"event": stage.event.pk}, follow=True).content.decode()
    assert "is not on sale: nothing of it is leased." in body


def test_a_lease_is_found_by_its_number_and_its_terminal(manager: Client, stage: Stage) -> None:
    lease, _other = (take_lease(stage, [("Ticket", 1)], terminal=name) for name in ("A 1", "B 1"))
    for term in (str(lease), str(lease).lower().replace("-", ""), "A 1", str(lease.uuid)):
        found = manager.get(page(Block, "changelist"), {"q": f'"{term}"'}).context["cl"]
        assert [row.pk for row in found.result_list] == [lease.pk], term


def test_the_page_of_a_lease_shows_lines_and_syncs(manager: Client, stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    report(stage, [sale(stage, "A", 2)], lease=lease)
    answer = manager.get(page(lease, "change"))
    [row] = next(panel for panel in answer.context["datasets"]).context()["syncs"]
    assert (row["sync"].accepted, row["sync"].conflicts) == (1, 0)
    movement = Movement.objects.filter(document_kind="BLOCK").latest("pk")
    assert f"Lease {lease}" in manager.get(page(movement, "change")).content.decode()


def test_a_lease_is_extended_once_by_two_who_saw_the_same(manager: Client, stage: Stage) -> None:
    lease = take_lease(stage, expires_in_seconds=3600)
    seen = shown(manager, lease, "extend")
    assert len(rows(ask(manager, lease, "extend", hours=6, **seen))) == 2
    assert_done(act(manager, lease, "extend", hours=6, **seen))
    lease.refresh_from_db()
    assert lease.expires_at - lease.updated_at == timedelta(hours=6)
    with nothing_changed():
        assert_refused(act(manager, lease, "extend", hours=12, **seen), "was changed meanwhile")
    with nothing_changed():
        assert_refused(act(manager, lease, "extend", hours=25), "leases last 24 hours at most")


def test_what_is_left_goes_back_as_the_dialog_has_said(manager: Client, stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    seen = shown(manager, lease, "hand_back")
    report(stage, [sale(stage, "A", 2)], lease=lease)
    with nothing_changed():
        answer = act(manager, lease, "hand_back", **seen)
    assert_refused(answer, "Ticket, left of the lease was changed meanwhile: it is 3 now.")
    seen = shown(manager, lease, "hand_back")
    changes = rows(ask(manager, lease, "hand_back", **seen))
    assert ("Ticket, set aside", "3", "0") in changes
    assert ("web, free", "5", "8") in changes
    assert_done(act(manager, lease, "hand_back", **seen))
    lease.refresh_from_db()
    assert (lease.status, lease.end_reason) == (BlockStatus.RETURNED, "Because")
    assert stage.counters() == Counters(10, 0, 2, 0)


def test_what_was_drawn_goes_back_to_the_open_stock() -> None:
    stage = make_kiosk(10, give={("GA", "web"): 2})
    stage.draw()
    client = signed_in(person(Role.VENUE_MANAGER, stage))
    changes = rows(ask(client, stage.event, "lease", **order(stage)))
    assert {("Open stock, free", "8", "6"), ("web, free", "2", "0")} <= set(changes)
    lease = take_lease(stage, [("Ticket", 4)])
    leased = (stage.counters(), stage.open_row().quantity)
    changes = rows(ask(client, lease, "hand_back"))
    assert {("Open stock, free", "6", "8"), ("web, free", "0", "2")} <= set(changes)
    assert leased == (Counters(4, 4, 0, 2), 6)
    assert_done(act(client, lease, "hand_back"))
    assert (stage.counters(), stage.open_row().quantity) == (Counters(2, 0, 0, 0), 8)


def test_a_lease_that_has_ended_offers_nothing_more(manager: Client, stage: Stage) -> None:
    lease = take_lease(stage)
    leases.hand_back(lease.pk, by=SYSTEM, reason="the day is over")
    for action in ("extend", "hand_back"):
        with nothing_changed():
            assert_done(act(manager, lease, action, hours=2))  # the page shows what has changed
    body = manager.get(page(lease, "change")).content.decode()
    assert "the day is over" in body
    assert reverse("admin:sales_block_extend", args=(lease.pk,)) not in body


def test_who_does_not_sell_through_the_channel_changes_no_lease(
    stage: Stage, sign_in: SignIn
) -> None:
    lease = take_lease(stage)
    seller = person(Role.BOX_OFFICE, stage)
    seller.channels.set([make_channel(stage.event.venue, "other")])
    client = sign_in(seller)
    for action in ("extend", "hand_back"):
        with nothing_changed():
            assert act(client, lease, action, hours=2).status_code == 403


def test_a_lease_past_its_end_is_in_grace(manager: Client, stage: Stage) -> None:
    lease = take_lease(stage)
    Block.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "Expired, in grace" in manager.get(page(lease, "change")).content.decode()
    body = manager.get(page(stage.event, "change")).content.decode()
    assert "Kiosk 1" in body
    assert "Expired, in grace" in body
