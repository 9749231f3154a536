"""Guest lists: names against a hold, handed out once each, undone, and erased without losing their numbers."""

from typing import Any

import pytest

from accounts.roles import Role
from allocations.enums import MovementKind
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from common.errors import RefusedError
from events.enums import EventStatus
from events.models import Event, Item
from idempotency.answers import Repeat
from sales import named_holds, services
from sales.enums import BookingStatus, HoldStep
from sales.erasure import erase_contacts, find_guests
from sales.guests import hand_outs
from sales.guests import lists as guests
from sales.guests.hand_outs import HandOutOrder
from sales.guests.lists import GuestEntry
from sales.guests.selectors import find_on_lists, with_hand_outs
from sales.models import (
    BlockLine,
    Booking,
    ContactErasure,
    Guest,
    HandOut,
    HoldChange,
    NamedHold,
)
from sales.orders import LineChange
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates
from tests.sales.holding import line_of, make_hidden, make_hold

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_hidden(10)


@kept
def hold(stage: Stage) -> NamedHold:
    """Of five tickets: three for Asha, and one for Ravi."""
    made = make_hold(stage)
    guests.add(
        made.pk,
        [GuestEntry("Asha Rao", 3, "press", "asha@example.com"), GuestEntry("Ravi", 1)],
        by=SYSTEM,
    )
    return made


def named(name: str) -> Guest:
    return Guest.objects.get(name=name)


def hand_out(hold: NamedHold, name: str, tickets: int, **given: Any) -> HandOut:
    order = HandOutOrder(hold.pk, tickets, named(name).pk, **given)
    answer = hand_outs.hand_out(order, by=SYSTEM)
    return HandOut.objects.get(pk=answer.data["hand_out"])


def test_a_list_has_no_more_tickets_than_its_hold(hold: NamedHold) -> None:
    assert guests.unnamed(hold.pk) == 1
    with nothing_changed(), pytest.raises(RefusedError, match=r"has 5 tickets left, .* 6"):
        guests.add(hold.pk, [GuestEntry("Lena", 2)], by=SYSTEM)
    with pytest.raises(RefusedError, match=r"has 5 tickets left, .* 6"):
        guests.change(named("Ravi").pk, GuestEntry("Ravi", 3), by=SYSTEM)
    guests.change(named("Ravi").pk, GuestEntry("Ravi S", 2), by=SYSTEM)
    assert guests.unnamed(hold.pk) == 0
    item = BlockLine.objects.get(block=hold).item_id
    with nothing_changed(), pytest.raises(RefusedError, match=r"has 4 tickets left, .* 5"):
        named_holds.change(
            hold.pk, terms=named_holds.terms_of(hold), tickets={item: 4}, by=SYSTEM, reason="why"
        )
    with violates("guests_within_hold"):
        Guest.objects.update(tickets=4)
    with violates("guests_within_hold"):
        line = BlockLine.objects.get(block=hold)
        Guest.objects.bulk_create([Guest(block=hold, line=line, name="Lena", tickets=1)])


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([], "Name at least one guest."),
        ([GuestEntry("Lena", 1), GuestEntry("lena ", 1)], "Line 2: lena is on the list already"),
        ([GuestEntry("ASHA RAO", 1)], "Line 1: ASHA RAO is on the list already"),
        ([GuestEntry(" ", 1)], "Line 1: a guest has a name."),
        ([GuestEntry("Lena", 0)], "Line 1: a guest has 1 to 1,000 tickets, not 0."),
        ([GuestEntry("Lena", 1, item_id=-1)], "Line 1: the hold has no such item."),
        ([GuestEntry("x" * 101, 1)], "a name has at most 100 characters"),
        ([GuestEntry("Le\u202ena", 1)], "nobody sees"),
    ],
)
def test_what_is_no_guest_is_refused_with_its_line(
    hold: NamedHold, entries: list[GuestEntry], sentence: str
) -> None:
    before = Guest.objects.count()
    with nothing_changed(), pytest.raises(RefusedError, match=sentence):
        guests.add(hold.pk, entries, by=SYSTEM)
    assert Guest.objects.count() == before


def test_the_history_of_a_hold_counts_guests_and_names_none(hold: NamedHold) -> None:
    guests.remove(named("Ravi").pk, by=SYSTEM)
    first, last = HoldChange.objects.filter(step=HoldStep.LISTED)
    assert first.changes == [
        {"what": "guests", "before": 0, "after": 2},
        {"what": "promised", "before": 0, "after": 4},
    ]
    assert last.changes[0] == {"what": "guests", "before": 2, "after": 1}


def test_tickets_are_handed_out_as_an_ordinary_booking(stage: Stage, hold: NamedHold) -> None:
    Event.objects.update(status=EventStatus.CLOSED)  # the evening: sales are over
    clerk = person(Role.BOX_OFFICE, stage)
    order = HandOutOrder(hold.pk, 2, named("Asha Rao").pk, seen=0)
    repeat = Repeat.of("test", "k", b"")
    answer = hand_outs.hand_out(order, by=Actor.person(clerk), repeat=repeat)
    assert hand_outs.hand_out(order, by=Actor.person(clerk), repeat=repeat).body == answer.body
    assert (answer.data["tickets"], answer.data["left"]) == (2, 1)
    booking = Booking.objects.get()
    assert (booking.status, booking.user_id) == (BookingStatus.CONFIRMED, clerk.pk)
    assert booking.contact == {"full_name": "Asha Rao", "email_address": "asha@example.com"}
    assert (stage.counters(), line_of(hold)) == (Counters(10, 3, 2, 0), (5, 2, 0))
    movement = Movement.objects.latest("pk")
    assert (movement.kind, movement.delta_held, movement.delta_sold) == (MovementKind.SELL, -2, 2)
    assert (named("Asha Rao").handed_out, named("Asha Rao").left) == (2, 1)
    assert_reconciled()


def test_more_than_are_left_and_what_others_are_promised_is_not_handed_out(
    hold: NamedHold,
) -> None:
    line = BlockLine.objects.get(block=hold)
    with nothing_changed():
        for order, sentence in (
            (HandOutOrder(hold.pk, 4, named("Asha Rao").pk), "3 tickets are left .*, not 4"),
            (HandOutOrder(hold.pk, 0, named("Asha Rao").pk), "3 tickets are left .*, not 0"),
            (HandOutOrder(hold.pk, 2, line_id=line.pk), "1 ticket is left .*, not 2"),
            (HandOutOrder(hold.pk, 1, line_id=-1), "no such line"),
            (HandOutOrder(hold.pk, 1, -1), "no such guest"),
        ):
            with pytest.raises(RefusedError, match=sentence):
                hand_outs.hand_out(order, by=SYSTEM)
    hand_outs.hand_out(HandOutOrder(hold.pk, 1, line_id=line.pk), by=SYSTEM)
    assert (guests.unnamed(hold.pk), Booking.objects.get().contact) == (0, None)


def test_the_second_of_two_clerks_hands_out_nothing_and_is_told(hold: NamedHold) -> None:
    hand_out(hold, "Asha Rao", 1, seen=0)
    with nothing_changed(), pytest.raises(RefusedError, match="was quicker: 1 of 3"):
        hand_out(hold, "Asha Rao", 1, seen=0)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(EventStatus.CANCELLED, "was cancelled"), (EventStatus.DRAFT, "put it on sale first")],
)
def test_nothing_is_handed_out_of_an_event_that_is_not_to_be(
    hold: NamedHold, status: EventStatus, sentence: str
) -> None:
    Event.objects.update(status=status)
    with nothing_changed(), pytest.raises(RefusedError, match=sentence):
        hand_out(hold, "Ravi", 1)


def test_what_was_handed_out_is_undone_once_and_held_again(stage: Stage, hold: NamedHold) -> None:
    row = hand_out(hold, "Asha Rao", 2)
    with nothing_changed(), pytest.raises(RefusedError, match="Say why"):
        hand_outs.undo(row.pk, by=SYSTEM, reason=" ")
    hand_outs.undo(row.pk, by=SYSTEM, reason="wrong guest")
    booking = Booking.objects.get()
    assert (booking.status, booking.end_reason) == (BookingStatus.CANCELLED, "wrong guest")
    assert (stage.counters(), line_of(hold)) == (Counters(10, 5, 0, 0), (5, 0, 0))
    assert named("Asha Rao").left == 3
    with nothing_changed(), pytest.raises(RefusedError, match="was undone already"):
        hand_outs.undo(row.pk, by=SYSTEM, reason="again")
    assert_reconciled()


def test_of_a_hold_that_has_ended_an_undo_goes_to_the_channel(
    stage: Stage, hold: NamedHold
) -> None:
    row = hand_out(hold, "Asha Rao", 2)
    named_holds.end_early(hold.pk, by=SYSTEM, reason="late")
    for act in (
        lambda: hand_out(hold, "Ravi", 1),
        lambda: guests.add(hold.pk, [GuestEntry("Lena", 1)], by=SYSTEM),
    ):
        with nothing_changed(), pytest.raises(RefusedError, match="hold is handed back"):
            act()
    hand_outs.undo(row.pk, by=SYSTEM, reason="did not come")
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert_reconciled()


def test_what_was_refunded_by_another_door_is_not_undone(hold: NamedHold, stage: Stage) -> None:
    row = hand_out(hold, "Asha Rao", 2)
    services.cancel(row.booking_id, by=SYSTEM, reason="no show")
    with nothing_changed(), pytest.raises(RefusedError, match="were refunded meanwhile"):
        hand_outs.undo(row.pk, by=SYSTEM, reason="wrong")
    assert stage.counters() == Counters(10, 3, 0, 0)  # back with the channel, and not on hold
    assert_reconciled()


def test_what_was_added_to_a_hand_out_is_not_undone_with_it(hold: NamedHold, stage: Stage) -> None:
    row = hand_out(hold, "Asha Rao", 2)
    Item.objects.update(max_per_booking=None)
    services.amend(row.booking_id, by=SYSTEM, changes=[LineChange(1, 3)])
    with nothing_changed(), pytest.raises(RefusedError, match="was changed meanwhile"):
        hand_outs.undo(row.pk, by=SYSTEM, reason="wrong")
    assert stage.counters() == Counters(10, 3, 3, 0)
    assert_reconciled()


def test_tickets_that_were_drawn_are_drawn_until_they_go_back() -> None:
    stage = make_hidden(10, give={("GA", "web"): 2})
    stage.draw()
    hold = make_hold(stage)
    guests.add(hold.pk, [GuestEntry("Asha Rao", 4)], by=SYSTEM)
    assert stage.counters() == Counters(5, 5, 0, 3)
    row = hand_out(hold, "Asha Rao", 4)
    assert stage.counters() == Counters(5, 1, 4, 3)
    hand_outs.undo(row.pk, by=SYSTEM, reason="wrong")
    assert stage.counters() == Counters(5, 5, 0, 3)
    named_holds.end_early(hold.pk, by=SYSTEM, reason="off")
    assert (stage.counters(), stage.open_row().quantity) == (Counters(2, 0, 0, 0), 8)
    assert_reconciled()


def test_who_neither_hands_out_nor_owns_the_hold_touches_nothing(
    stage: Stage, hold: NamedHold
) -> None:
    row = hand_out(hold, "Asha Rao", 1)
    for who in (person(Role.FINANCE, stage), person(Role.BOX_OFFICE)):
        by = Actor.person(who)
        with nothing_changed():
            for act in (
                lambda by=by: guests.add(hold.pk, [GuestEntry("Lena", 1)], by=by),
                lambda by=by: guests.remove(named("Ravi").pk, by=by),
                lambda by=by: hand_outs.undo(row.pk, by=by, reason="x"),
                lambda by=by: hand_outs.hand_out(HandOutOrder(hold.pk, 1, named("Ravi").pk), by=by),
            ):
                with pytest.raises(RefusedError, match="handed out by the venue's box office"):
                    act()


def test_a_guest_is_erased_with_the_bookings_and_the_list_keeps_its_numbers(
    stage: Stage, hold: NamedHold
) -> None:
    hand_out(hold, "Asha Rao", 2)
    guests.add(hold.pk, [GuestEntry("Lena", 1, contact="+91 98765-43210")], by=SYSTEM)
    for text, name in (
        ("asha rao", "Asha Rao"),
        ("ASHA@example.com", "Asha Rao"),
        ("(98765) 43210", "Lena"),
    ):
        assert [guest.name for guest in find_guests(text, Guest.objects.all())] == [name]
    assert not find_guests("43210", Guest.objects.all())  # too short for a telephone number
    guest = named("Asha Rao")
    [receipt] = erase_contacts(booking_ids=(), guest_ids=[guest.pk], by=SYSTEM, reason="asked")
    guest.refresh_from_db()
    assert (guest.name, guest.note, guest.contact, guest.tickets, guest.left) == ("", "", "", 3, 1)
    assert Booking.objects.get().contact is None
    assert (receipt.venue_id, receipt.guest_ids) == (stage.event.venue_id, [guest.pk])
    assert len(receipt.booking_ids) == 1
    with pytest.raises(RefusedError, match="no such guest any more"):
        guests.change(guest.pk, GuestEntry("Asha", 3), by=SYSTEM)
    for model in (HoldChange, Movement, HandOut, ContactErasure, Guest, Booking):
        assert "Asha" not in str(list(model.objects.values())), model


def test_a_guest_and_a_hand_out_stay_what_they_are(hold: NamedHold, stage: Stage) -> None:
    row = hand_out(hold, "Asha Rao", 1)
    other = BlockLine.objects.get(block=make_hold(stage, [("Ticket", 1)], name="Other"))
    guest = Guest.objects.filter(pk=named("Asha Rao").pk)
    cases: dict[str, dict[str, Any]] = {
        "guest_has_tickets": {"tickets": 0, "handed_out": 0},
        "guest_handed_out_within": {"handed_out": 4},
        "guest_named_until_erased": {"name": ""},
        "guest_once_on_a_list": {"name": "RAVI"},
        "guest_keeps_its_hold": {"line": other},
    }
    for constraint, changed in cases.items():
        with violates(constraint):
            guest.update(**changed)
    with violates("guest_name_normalized"):
        execute("UPDATE sales_guest SET name = ' A' WHERE name = 'Ravi'")
    with violates("guest_stays"):
        execute("DELETE FROM sales_guest WHERE handed_out > 0")
    with violates("hand_out_stays"):
        HandOut.objects.update(tickets=2)
    with violates("hand_out_undone_with_a_reason"):
        execute("UPDATE sales_handout SET undone_at = now()")
    with violates("hand_out_has_tickets"):
        execute(
            "INSERT INTO sales_handout (line_id, booking_id, tickets, at, undo_reason)"
            " SELECT line_id, -1, 0, at, '' FROM sales_handout"
        )
    assert row.undone_at is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["Asha Rao", "José Núñez", "Ravi"]),
        ("ra", ["Asha Rao", "Ravi"]),
        ("RAO ash", ["Asha Rao"]),
        ("jose nun", ["José Núñez"]),
        ("press", ["Asha Rao"]),
        ("sha", []),
    ],
)
def test_a_guest_is_found_by_the_beginnings_of_words(
    hold: NamedHold, text: str, names: list[str]
) -> None:
    guests.add(hold.pk, [GuestEntry("José Núñez", 1)], by=SYSTEM)
    found = with_hand_outs(find_on_lists([hold], text))
    assert [guest.name for guest in found] == names
