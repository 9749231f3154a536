"""A transfer is asked for in the admin: what each row has then and who decides is said first."""

import pytest
from django.test import Client
from django.urls import reverse

from events.enums import EventStatus
from events.models import Event
from tests.backoffice.addresses import page
from tests.backoffice.kit.test_previews import rows
from tests.backoffice.test_actions import act, assert_done
from tests.backoffice.transfers.waiting import ask_address, asked, near, said
from tests.factories import Stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed
from transfers.models import Transfer, TransferPolicy

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return near()


def test_what_each_row_has_then_and_who_decides_is_said_while_it_is_filled_in(
    manager: Client, stage: Stage
) -> None:
    stage.sell([("Ticket", 8)], "agent")
    with nothing_changed():
        body = manager.post(ask_address(stage), {"preview": "1", **asked(stage)}).content.decode()
    assert rows(body)[:3] == [
        ("agent, free", "32", "22"),
        ("agent, sold", "20.0 %", "26.7 %"),
        ("web, free", "60", "70"),
    ]
    assert "Once it is approved, until" in body
    assert "It is less than 48 hours to the start." in body


def test_far_from_the_start_it_moves_at_once_and_says_so(manager: Client, stage: Stage) -> None:
    TransferPolicy.objects.update(approval_hours=24)
    body = manager.post(ask_address(stage), {"preview": "1", **asked(stage)}).content.decode()
    assert "At once: nobody has to approve it." in body
    answer = manager.post(ask_address(stage), asked(stage))
    assert answer.status_code == 302
    (told,) = said(answer)
    assert "10 units moved from agent to web." in told
    transfer = Transfer.objects.get()
    assert page(transfer, "change") in told
    assert (stage.counters(channel="agent").quantity, stage.counters().quantity) == (30, 70)
    assert_reconciled()


def test_near_the_start_it_waits_and_says_until_when(manager: Client, stage: Stage) -> None:
    answer = manager.post(ask_address(stage, **{"from": "event"}), asked(stage, up_to="on"))
    (told,) = said(answer)
    assert "Up to 10 units from agent to web wait for approval until" in told
    assert answer["Location"].endswith(f"{page(stage.event, 'change')}#dataset-transfers")
    assert Transfer.objects.get().up_to
    assert stage.counters(channel="agent").quantity == 40


def test_what_cannot_be_is_refused_in_the_preview_and_in_the_form(
    manager: Client, stage: Stage
) -> None:
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    with nothing_changed():
        for form in ({"preview": "1", **asked(stage, 41)}, asked(stage, 41)):
            body = manager.post(ask_address(stage), form).content.decode()
            assert "41 units were asked for, 40 are free." in body
    policy.protected.add(stage.channels["agent"])
    with nothing_changed():
        for form in ({"preview": "1", **asked(stage)}, asked(stage)):
            body = manager.post(ask_address(stage), form).content.decode()
            assert "agent is protected: only its partner may offer units of it." in body
    Event.objects.update(status=EventStatus.CANCELLED)
    body = manager.post(ask_address(stage), {"preview": "1", **asked(stage)}).content.decode()
    assert "nothing moves any more" in body


def test_once_on_sale_a_pool_offers_transfers_and_no_way_past_the_policy(
    manager: Client, stage: Stage
) -> None:
    pool = stage.pools["GA"]
    address = {
        name: reverse(f"admin:events_pool_{name}", args=(pool.pk,))
        for name in ("allocate", "move", "transfer")
    }
    body = manager.get(page(pool, "change")).content.decode()
    assert {name: url in body for name, url in address.items()} == {
        "allocate": False,
        "move": False,
        "transfer": True,
    }
    assert manager.get(address["transfer"])["Location"] == ask_address(stage).rstrip("?")
    with nothing_changed():
        for action in ("allocate", "move"):
            form = {**asked(stage), "channel": stage.channels["web"].pk}
            assert "not possible any more" in said(act(manager, pool, action, **form))[0]
    assert_done(act(manager, pool, "add_open_row", name="Partners", units=40))
    assert stage.open_row(name="Partners").quantity == 0
    Event.objects.update(status=EventStatus.DRAFT)
    body = manager.get(page(pool, "change")).content.decode()
    assert address["move"] in body
    assert address["transfer"] not in body
