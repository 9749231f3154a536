"""The queue of conflicts, the evidence of each, and the dialogs that end one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.roles import Role
from alerts.enums import Kind
from allocations.enums import Connectivity
from allocations.models import SalesChannel
from allocations.services import move_quantity, set_capacity
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event, Pool
from offline.enums import ConflictStatus, Resolution
from offline.models import Conflict, Report, Sync
from offline.reports import Fault, SaleReport
from sales.models import Block
from tests.alerts.making import make_alert
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, back_to_draft, person, signed_in
from tests.backoffice.kit.test_lists import queries
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.offline.selling import SOLD_AT, give_back, make_kiosk, report, sale, take_lease
from tests.proofs import assert_reconciled, nothing_changed
from transfers.models import Transfer

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    """Ten tickets of the kiosk, all sold, and ten of an agent. Another item takes two units."""
    made = make_kiosk(
        20,
        channels=("web", "agent"),
        items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}},
        give={("GA", "web"): 10, ("GA", "agent"): 10},
    )
    made.sell([("Ticket", 10)])
    return made


@kept
def conflict(stage: Stage) -> Conflict:
    report(stage, [sale(stage, "A", 3, price="7")])
    return Conflict.objects.get()


def free_three(stage: Stage) -> None:
    move_quantity(
        source=stage.row("GA", "agent"), target=stage.row(), units=3, by=SYSTEM, reason="test"
    )


def allocate_more(stage: Stage, units: int) -> None:
    """Raise the capacity, for the kiosk."""
    pool = Pool.objects.get(pk=stage.pools["GA"].pk)
    capacity = pool.capacity + units
    set_capacity(pool=pool, capacity=capacity, by=SYSTEM, reason="test", gives_to=stage.row())


def ended(conflict: Conflict) -> tuple[str, str]:
    conflict.refresh_from_db()
    return conflict.resolution, conflict.reason


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))


def seen(client: Client, conflict: Conflict, action: str) -> dict[str, str]:
    answer = client.get(reverse(f"admin:offline_conflict_{action}", args=(conflict.pk,)))
    return {"opened_with": answer.context["form"].opened_with}


def test_the_queue_is_read_from_what_has_waited_longest(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    report(stage, [sale(stage, "B")])
    answer = manager.get(page(Conflict, "changelist"), {"status__exact": "OPEN"})
    assert next(iter(answer.context["cl"].result_list)).pk == conflict.pk
    text = text_of(answer)
    assert "3 × Ticket" in text
    assert "3 Ticket asked for, 0 can be sold." in text
    assert "21 INR" in text
    assert "Box office" in text
    assert re.search(r"Conflicts\s*2", text)  # in the menu


def test_the_evidence_says_what_was_reported_and_who_has_free_units(
    manager: Client, conflict: Conflict
) -> None:
    text = text_of(manager.get(page(conflict, "change")))
    assert "Who has free units of GA" in text
    assert re.search(r"agent\s+10", text)
    assert "The channel's own number A" in text.replace("&#x27;", "'")
    assert "30 Nov 2026, 17:30 IST" in text  # by the channel's clock


def test_a_conflict_is_booked_once_there_is_stock(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    assert "3 × Ticket are to be booked, 0 can be had." in ask(manager, conflict, "book")
    with nothing_changed():
        assert_refused(act(manager, conflict, "book"), "3 Ticket asked for, 0 can be sold.")
    free_three(stage)
    assert rows(ask(manager, conflict, "book")) == [
        ("Conflict", "Open", "Booked: there is stock by now"),
        ("Ticket, booked", "0", "3"),
        ("web, free", "3", "0"),
    ]
    with nothing_changed():
        assert_refused(act(manager, conflict, "book", reason=""), "This field is required.")
    assert_done(act(manager, conflict, "book"))
    assert ended(conflict) == (Resolution.BOOKED, "Because")
    booking = Report.objects.get(client_id="A").booking
    assert booking is not None
    text = text_of(manager.get(page(booking, "change")))
    assert "as A, sold 30 Nov 2026, 17:30 IST by the channel" in text
    assert f"booking {booking}" in text_of(manager.get(page(conflict, "change")))
    assert_reconciled()


def test_a_dialog_rests_on_the_tickets_that_it_has_shown(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    free_three(stage)
    before = seen(manager, conflict, "book")
    report(stage, returns=[give_back("R", "A", {stage.items["Ticket"].pk: 1})])
    with nothing_changed():
        answer = act(manager, conflict, "book", **before)
    assert_refused(answer, "Tickets in question was changed meanwhile: it is 2 now.")


def test_units_of_another_row_are_moved_and_booked(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    back_to_draft(stage)
    form = {f"from_{stage.pools['GA'].pk}": stage.row("GA", "agent").pk}
    assert rows(ask(manager, conflict, "move_and_book", **form)) == [
        ("Conflict", "Open", "Booked with units of another channel"),
        ("Ticket, booked", "0", "3"),
        ("agent, free", "10", "7"),
        ("When", "At once: nobody has to approve it."),
    ]
    assert_done(act(manager, conflict, "move_and_book", **form))
    assert ended(conflict) == (Resolution.MOVED, "Because")
    assert (stage.row("GA", "agent").free, stage.row().free) == (7, 0)
    assert_reconciled()


def test_units_that_need_an_approval_are_waited_for(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    start = timezone.now() + timedelta(hours=20)
    Event.objects.filter(pk=stage.event.pk).update(starts_at=start)
    form = {f"from_{stage.pools['GA'].pk}": stage.row("GA", "agent").pk}
    assert "Open, until the units are approved" in ask(manager, conflict, "move_and_book", **form)
    assert_done(act(manager, conflict, "move_and_book", **form))
    conflict.refresh_from_db()
    assert conflict.status == ConflictStatus.OPEN
    transfer = Transfer.objects.get()
    text = text_of(manager.get(page(conflict, "change")))
    assert f"Transfer {transfer.pk}" in text
    assert "Take units of others" not in text


def test_the_capacity_is_raised_by_what_is_missing_and_by_no_more(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    before = seen(manager, conflict, "raise_and_book")
    assert ("Capacity of GA", "20", "23") in rows(
        ask(manager, conflict, "raise_and_book", **before)
    )
    move_quantity(
        source=stage.row("GA", "agent"), target=stage.row(), units=1, by=SYSTEM, reason="test"
    )
    with nothing_changed():
        answer = act(manager, conflict, "raise_and_book", **before)
    assert_refused(answer, "Missing in GA was changed meanwhile: it is 2 now.")
    before = seen(manager, conflict, "raise_and_book")
    assert_done(act(manager, conflict, "raise_and_book", **before))
    assert ended(conflict) == (Resolution.CAPACITY, "Because")
    assert Pool.objects.get(pk=stage.pools["GA"].pk).capacity == 22
    assert_reconciled()


def test_other_items_are_booked_in_its_place(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    free_three(stage)
    pair = f"item_{stage.items['Pair'].pk}"
    with nothing_changed():
        answer = act(manager, conflict, "book_other")
        assert_refused(answer, "Say how many tickets of which item are booked.")
        assert_refused(act(manager, conflict, "book_other", **{pair: 2}), "can be sold.")
    assert rows(ask(manager, conflict, "book_other", **{pair: 1})) == [
        ("Conflict", "Open", "Booked as other items"),
        ("Pair, booked", "0", "1"),
        ("Amount", "21 INR", "10 INR"),
        ("web, free", "3", "1"),
    ]
    assert_done(act(manager, conflict, "book_other", **{pair: 1}))
    assert ended(conflict) == (Resolution.OTHER_ITEM, "Because")
    assert_reconciled()


def test_what_names_no_event_is_booked_as_an_item_of_a_running_one(
    manager: Client, stage: Stage
) -> None:
    fault = Fault("lines", "Must be a list.")
    report(stage, [SaleReport("X", {"client_id": "X", "lines": "?"}, SOLD_AT, fault)])
    conflict = Conflict.objects.get()
    body = manager.get(page(conflict, "change")).content.decode()
    for action, is_offered in {"book": False, "raise_and_book": False, "book_other": True}.items():
        url = reverse(f"admin:offline_conflict_{action}", args=(conflict.pk,))
        assert (url in body) is is_offered
    free_three(stage)
    form = {"item": stage.items["Pair"].pk, "count": 1}
    assert ("Pair, booked", "0", "1") in rows(ask(manager, conflict, "book_other", **form))
    assert_done(act(manager, conflict, "book_other", **form))
    assert ended(conflict) == (Resolution.OTHER_ITEM, "Because")


def test_a_return_is_settled_and_never_booked(manager: Client, stage: Stage) -> None:
    report(stage, returns=[give_back("R", "nobody knows")])
    conflict = Conflict.objects.get()
    form = {"item": stage.items["Pair"].pk, "count": 1}
    with nothing_changed():
        assert_done(act(manager, conflict, "book_other", **form))  # is not offered
    assert_done(act(manager, conflict, "settle", resolution="SETTLED"))
    assert ended(conflict) == (Resolution.SETTLED, "Because")


def test_it_is_settled_without_a_booking_once(manager: Client, conflict: Conflict) -> None:
    assert rows(ask(manager, conflict, "settle", resolution="REFUNDED")) == [
        ("Conflict", "Open", "Refunded at the channel"),
        ("Tickets that count as promised", "3", "0"),
        ("Stock", "Nothing is booked and nothing moves."),
    ]
    with nothing_changed():
        assert_refused(
            act(manager, conflict, "settle", resolution="MOVED"), "Select a valid choice"
        )
    assert_done(act(manager, conflict, "settle", resolution="REFUNDED"))
    assert ended(conflict) == (Resolution.REFUNDED, "Because")
    assert "Open conflict" not in text_of(manager.get(page(conflict, "change")))
    with nothing_changed():
        act(manager, conflict, "settle", resolution="SETTLED", reason="Again")


def test_a_cancelled_event_leaves_a_refund_alone(manager: Client, conflict: Conflict) -> None:
    Event.objects.update(status=EventStatus.CANCELLED)
    body = manager.get(page(conflict, "change")).content.decode()
    for action in ("book", "move_and_book", "raise_and_book", "book_other"):
        assert reverse(f"admin:offline_conflict_{action}", args=(conflict.pk,)) not in body
    assert reverse("admin:offline_conflict_settle", args=(conflict.pk,)) in body


def test_a_box_office_resolves_and_raises_no_capacity(
    stage: Stage, conflict: Conflict, sign_in: SignIn
) -> None:
    client = sign_in(person(Role.BOX_OFFICE, stage))
    with nothing_changed():
        assert act(client, conflict, "raise_and_book").status_code == 403
    free_three(stage)
    assert_done(act(client, conflict, "book"))


def test_a_sync_shows_each_report_with_its_outcome(manager: Client, stage: Stage) -> None:
    free_three(stage)
    reports = [sale(stage, f"S{number}") for number in range(120)]
    report(stage, reports, [give_back("R", "S1")])
    sync = Sync.objects.get()
    url = page(sync, "change")
    text = text_of(manager.get(url))
    assert "Accepted 5" in text  # three, one more for the return, and that
    assert "S99" in text
    assert "S100" not in text
    assert "S100" in text_of(manager.get(f"{url}?page=2"))
    assert "S118" in text_of(manager.get(f"{url}?outcome=CONFLICT&page=2"))
    for query in ("page=x", "page=-1", "page=99999999999999999999", "outcome=%00"):
        assert manager.get(f"{url}?{query}").status_code == 200


def test_the_event_shows_its_late_sales(manager: Client, stage: Stage, conflict: Conflict) -> None:
    text = text_of(manager.get(page(stage.event, "change")))
    assert "No terminal has a lease now." in text
    assert "3 × Ticket" in text
    assert re.search(r"web Offline at times \d+ minutes? ago", text)
    SalesChannel.objects.update(connectivity=Connectivity.REAL_TIME)
    assert "3 × Ticket" in text_of(manager.get(page(stage.event, "change")))  # it is still there
    elsewhere = make_stage()
    manager_there = signed_in(person(Role.VENUE_MANAGER, elsewhere))
    assert "late-sales" not in manager_there.get(page(elsewhere.event, "change")).content.decode()


def test_more_leases_reports_and_conflicts_are_no_more_statements(
    superuser: Client, stage: Stage
) -> None:
    def statements(times: int) -> list[int]:
        for _ in range(times):
            lease = take_lease(stage, [("Pair", 1), ("Ticket", 1)])
            number = Report.objects.count()
            reports = [sale(stage, f"S{number}"), sale(stage, f"C{number}", 9_999)]
            report(stage, [*reports, sale(stage, f"P{number}", 9_999, "Pair")], lease=lease)
        newest = (model._default_manager.latest("pk") for model in (Block, Sync, Conflict))
        pages = (stage.event, *newest)
        return [queries(superuser, page(target, "change")) for target in pages]

    allocate_more(stage, 30)
    statements(1)  # content types and the like are read once a process
    few = statements(1)
    assert statements(5) == few


def test_the_alert_leads_to_the_open_conflicts_of_its_channel(
    manager: Client, stage: Stage, conflict: Conflict
) -> None:
    alert = make_alert(stage, Kind.SYNC_CONFLICT)
    body = manager.get(page(alert, "change")).content.decode()
    queue = f"{page(Conflict, 'changelist')}?status__exact=OPEN&amp;channel__id__exact="
    assert f'href="{queue}{conflict.channel_id}"' in body
