"""Transfers in the admin: seen with what they rest on, decided singly and in bulk."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.models import Movement
from common.actor import Actor
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_bulk import choose
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.backoffice.transfers.waiting import (
    LIST,
    QUEUE,
    ask_address,
    asked,
    ids,
    near,
    said,
    wait,
)
from tests.factories import Stage, make_user
from tests.kept import kept
from tests.offline.selling import unreported
from tests.proofs import assert_reconciled, nothing_changed
from transfers import services
from transfers.enums import TransferStatus
from transfers.models import Transfer, TransferPolicy, TransferStep

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return near()


@kept
def other(db: None) -> Stage:
    return near()


# --- The queue ----------------------------------------------------------------------------------


def test_the_queue_has_what_waits_at_the_persons_venues_what_lapses_first_on_top(
    manager: Client, stage: Stage, other: Stage
) -> None:
    late = wait(stage)
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    policy.lapse_hours = 2
    policy.save()
    soon, decided = wait(stage, 5), wait(stage, 6)
    services.reject([decided.pk], by=make_user(), note="No", now=timezone.now())
    wait(other)
    answer = manager.get(QUEUE)
    assert ids(answer) == [soon.pk, late.pk]
    heading = re.search(r"<h1.*?</h1>", answer.content.decode(), re.DOTALL)
    assert heading is not None
    assert "Approvals" in heading[0]
    badge = re.search(r">(\d+)</span>", answer.content.decode())
    assert badge is not None
    assert badge[1] == "2"
    assert ids(manager.get(LIST)) == [decided.pk, soon.pk, late.pk]
    assert ids(manager.get(f"{LIST}?status__exact=REJECTED")) == [decided.pk]


def test_a_transfer_is_found_by_what_its_partner_calls_it_which_no_page_shows(
    manager: Client, stage: Stage
) -> None:
    transfer, _other = wait(stage), wait(stage, 11)
    assert ids(manager.get(LIST, {"q": str(transfer.uuid)})) == [transfer.pk]
    shown = manager.get(page(transfer, "change")).content.decode()
    assert str(transfer.uuid) not in shown


def test_each_waiting_one_has_its_evidence_and_its_picture(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 4)], "agent")
    stage.sell([("Ticket", 54)])
    wait(stage)
    body = manager.get(QUEUE).content.decode()
    assert "It is less than 48 hours to the start." in body
    told = (
        "agent sold 4 units in 14 days, 10.0 % of its part; "
        "web sold 54 units in 14 days, 90.0 % of its part"
    )
    assert f'aria-label="{told}"' in body
    numbers = re.findall(r"<td>([^<]+)</td>", body)
    assert numbers[:6] == ["10.0 %", "36", "4", "90.0 %", "6", "54"]
    assert "Starts in 47.0 h" in body or "Starts in 46.9 h" in body
    assert 'style="' not in body[body.index("<svg") : body.index("</svg>")]


def test_more_transfers_are_no_more_statements(superuser: Client) -> None:
    def statements(url: str) -> int:
        superuser.get(url)
        with CaptureQueriesContext(connection) as found:
            assert superuser.get(url).status_code == 200
        return len(found)

    wait(near())
    addresses = (QUEUE, LIST)
    few = [statements(url) for url in addresses]
    for _ in range(2):
        more = near()
        wait(more)
        services.reject([wait(more).pk], by=make_user(), note="No", now=timezone.now())
    assert [statements(url) for url in addresses] == few


# --- Deciding -----------------------------------------------------------------------------------


def test_approving_shows_both_rows_and_moves(manager: Client, stage: Stage) -> None:
    transfer = wait(stage)
    assert rows(ask(manager, transfer, "approve")) == [
        ("agent, free", "40", "30"),
        ("web, free", "60", "70"),
    ]
    assert_done(act(manager, transfer, "approve", reason=""))
    transfer.refresh_from_db()
    assert (transfer.status, transfer.moved) == (TransferStatus.EXECUTED, 10)
    assert stage.counters().quantity == 70
    assert_reconciled()


def test_what_would_fail_now_says_so_before_and_after(manager: Client, stage: Stage) -> None:
    transfer, fewer = wait(stage), wait(stage, 20, up_to=True)
    stage.sell([("Ticket", 35)], "agent")
    why = "GA · agent has 5 free, not 10: 35 are sold, 0 held."
    assert rows(ask(manager, transfer, "approve")) == [("It would fail now", why)]
    assert rows(ask(manager, fewer, "approve"))[0] == ("Units", "Up to 20", "5")
    answer = act(manager, transfer, "approve")
    assert said(answer) == [
        f"{transfer} has failed: {why}",
        "Approved, but nothing could be moved.",
    ]
    body = manager.get(page(transfer, "change")).content.decode()
    assert why in body
    assert stage.counters(channel="agent").quantity == 40


def test_who_asked_reads_why_he_does_not_decide(stage: Stage, sign_in: SignIn) -> None:
    asker = person(Role.VENUE_MANAGER, stage)
    client, transfer = sign_in(asker), wait(stage, by=asker)
    body = client.get(page(transfer, "change")).content.decode()
    assert "You do not decide this one. You have asked for it yourself" in body
    for action, offered in (("approve", False), ("reject", False), ("withdraw", True)):
        url = reverse(f"admin:transfers_transfer_{action}", args=(transfer.pk,))
        assert (url in body) == offered, action
    with nothing_changed():
        assert_refused(act(client, transfer, "approve"), "You have asked for it yourself")
    assert_done(act(client, transfer, "withdraw"))
    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.CANCELLED


def test_a_rejection_says_why(manager: Client, stage: Stage) -> None:
    transfer = wait(stage)
    with nothing_changed():
        assert_refused(act(manager, transfer, "reject", reason=""), "This field is required.")
    assert_done(act(manager, transfer, "reject", reason="Needed on the day"))
    assert "Needed on the day" in manager.get(page(transfer, "change")).content.decode()


def test_several_are_approved_at_once_and_what_fails_is_named(
    manager: Client, stage: Stage
) -> None:
    first, second, done = wait(stage, 30), wait(stage, 20), wait(stage, 1)
    services.reject([done.pk], by=make_user(), note="No", now=timezone.now())
    with nothing_changed():
        answer = choose(manager, Transfer, "approve_selected", first, second, done)
    assert answer.context["summary"] == [
        ("Transfers", 2),
        ("Units that would move now", "30"),
        ("Would fail now", 1),
    ]
    assert answer.context["left_out"] == [done]
    answer = choose(manager, Transfer, "approve_selected", first, second, apply="1", reason="")
    assert said(answer) == [
        f"{second} has failed: GA · agent has 10 free, not 20: 0 are sold, 0 held.",
        "1 transfer is approved and carried out: 30 units moved.",
    ]
    assert_reconciled()


def test_of_several_that_one_person_may_not_decide_together_none_is(
    stage: Stage, sign_in: SignIn
) -> None:
    asker = person(Role.VENUE_MANAGER, stage)
    own, foreign = wait(stage, by=asker), wait(stage, 5)
    for action in ("approve_selected", "reject_selected"):
        with nothing_changed():
            answer = choose(
                sign_in(asker), Transfer, action, own, foreign, apply="1", reason="Together"
            )
        assert f"You have asked for it yourself: {own}." in answer.content.decode()
    choose(sign_in(asker), Transfer, "reject_selected", foreign, apply="1", reason="No")
    foreign.refresh_from_db()
    assert (foreign.status, foreign.note) == (TransferStatus.REJECTED, "No")


# --- The page -----------------------------------------------------------------------------------


def test_a_page_tells_the_story_with_numbers_before_and_after(
    manager: Client, stage: Stage
) -> None:
    stage.sell([("Ticket", 10)], "agent")
    transfer = wait(stage)
    stage.sell([("Ticket", 2)], "agent")
    services.approve([transfer.pk], by=make_user(name="Head"), note="Go", now=timezone.now())
    body = manager.get(page(transfer, "change")).content.decode()
    steps = TransferStep.objects.filter(transfer=transfer).order_by("pk")
    places = [body.index(f">{step.get_status_display()}</strong>") for step in steps]
    assert len(places) == 3
    assert places == sorted(places)
    assert "Head" in body
    text = re.sub(r"<[^>]+>|\s+", " ", body)
    text = re.sub(r"\s+", " ", text)
    assert "agent 40 → 30 10 0 30 → 20 25.0 % → 33.3 %" in text  # as it was asked for
    assert "agent 40 → 30 12 0 28 → 18 30.0 % → 40.0 %" in text  # as it ended
    line = Movement.objects.filter(document_kind="TRANSFER").latest("pk")
    assert page(transfer, "change") in manager.get(page(line, "change")).content.decode()
    address = reverse("admin:transfers_transfer_movements", args=(transfer.pk,))
    assert len(ids(manager.get(address, follow=True))) == 2


def test_what_a_source_may_have_sold_and_not_reported_is_said_wherever_units_are_taken(
    manager: Client, stage: Stage
) -> None:
    hours_ago = timezone.now() - timedelta(hours=3, minutes=1)
    unreported(stage, "agent", about=8, high=15, at_risk=12, reported_at=hours_ago)
    sentence = "agent reported 3 hours ago. About 8, at most 15, may be sold since: of 40 free units 28 are free for sure."
    body = manager.post(ask_address(stage), {"preview": "1", **asked(stage)}).content.decode()
    assert sentence in squeezed(body)
    transfer = wait(stage)
    assert sentence in squeezed(ask(manager, transfer, "approve"))
    body = choose(manager, Transfer, "approve_selected", transfer).content.decode()
    assert sentence in squeezed(body)
    story = squeezed(manager.get(page(transfer, "change")).content.decode())
    assert "agent 40 → 30 0 and about 8, at most 15, not reported 0 40 → 30" in story
    # It warns, and refuses nothing.
    services.approve([transfer.pk], by=make_user(), note="Go", now=timezone.now())
    assert stage.counters(channel="agent").quantity == 30


def squeezed(body: str) -> str:
    return (
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
        .replace("&nbsp;", " ")
        .replace("\xa0", " ")
    )


# --- Who ----------------------------------------------------------------------------------------

ACTIONS = ("approve", "reject", "withdraw")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PARTNER])
def test_only_who_may_decide_does(role: Role, stage: Stage, sign_in: SignIn) -> None:
    client, transfer = sign_in(person(role, stage)), wait(stage)
    may = {
        "approve": role == Role.VENUE_MANAGER,
        "reject": role == Role.VENUE_MANAGER,
        "withdraw": role in {Role.VENUE_MANAGER, Role.BOX_OFFICE, Role.PARTNER_MANAGER},
    }
    body = client.get(page(transfer, "change")).content.decode()
    for action in ACTIONS:
        url = reverse(f"admin:transfers_transfer_{action}", args=(transfer.pk,))
        assert (url in body) == may[action], action
        assert client.get(url).status_code == (200 if may[action] else 403)
    assert ("Your role does not decide transfers." in body) == (not may["approve"])
    assert client.get(ask_address(stage)).status_code == (200 if may["withdraw"] else 403)
    with nothing_changed():
        for verb in ("add", "delete"):
            target = Transfer if verb == "add" else transfer
            assert client.post(page(target, verb), {"post": "yes"}).status_code == 403


def test_another_venues_transfers_are_not_there(
    manager: Client, stage: Stage, other: Stage
) -> None:
    own, foreign = wait(stage), wait(other)
    assert ids(manager.get(LIST)) == [own.pk]
    with nothing_changed():
        for action in ACTIONS:
            assert act(manager, foreign, action, reason="x").status_code == 404
        assert manager.get(page(foreign, "change")).status_code == 404
        assert manager.post(ask_address(other), asked(other)).status_code == 404
        choose(manager, Transfer, "approve_selected", foreign, apply="1")
        smuggled = {**asked(stage), "target": other.row().pk}
        body = manager.post(ask_address(stage), smuggled).content.decode()
    assert "Select a valid choice" in body


# --- Deciding where it is seen ------------------------------------------------------------------


def test_each_waiting_row_has_its_buttons_for_whoever_may_decide_it(
    stage: Stage, sign_in: SignIn
) -> None:
    user = person(Role.VENUE_MANAGER, stage)
    own, theirs = wait(stage, 5, by=user), wait(stage, 6)
    done = wait(stage, 7)
    services.withdraw(done.pk, by=Actor.person(make_user()), note="No", now=timezone.now())
    event_page = page(stage.event, "change")
    manager = sign_in(user)
    for address in (QUEUE, LIST, event_page):
        body = manager.get(address).content.decode()
        for verb in ("approve", "reject"):
            assert f"/admin/transfers/transfer/{theirs.pk}/{verb}/" in body, (address, verb)
            assert f"/admin/transfers/transfer/{own.pk}/{verb}/" not in body, (address, verb)
            assert f"/admin/transfers/transfer/{done.pk}/{verb}/" not in body, (address, verb)
        assert "Decided by others" in body, address
    finance = sign_in(person(Role.FINANCE, stage))
    for address in (QUEUE, LIST, event_page):
        assert f"/{theirs.pk}/approve/" not in finance.get(address).content.decode(), address
