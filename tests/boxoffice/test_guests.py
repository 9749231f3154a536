"""The guest list at the counter: found by a few letters, handed out once, undone, for those who may."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from sales import named_holds
from sales.guests import lists
from sales.guests.lists import GuestEntry
from sales.models import Booking, Guest, HandOut, NamedHold
from tests.backoffice.conftest import person, signed_in
from tests.factories import Counters, Stage, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed
from tests.sales.holding import make_hidden, make_hold

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_hidden(10)


@kept
def hold(stage: Stage) -> NamedHold:
    made = make_hold(stage, [("Ticket", 6)])
    entries = [GuestEntry("Asha Rao", 3, "press"), GuestEntry("Ravi <b>", 1)]
    lists.add(made.pk, entries, by=SYSTEM)
    return made


@kept
def clerk(stage: Stage) -> Client:
    return signed_in(person(Role.BOX_OFFICE, stage))


def post(client: Client, stage: Stage, *, part: bool = True, **form: Any) -> str:
    url = reverse("boxoffice:guest_list", args=(stage.event.pk,))
    answer = client.post(url, form, headers={"X-Part": "1"} if part else {})
    assert answer.status_code == 200
    return answer.content.decode()


def hand_out(client: Client, stage: Stage, name: str, tickets: object, **form: Any) -> str:
    guest = Guest.objects.get(name=name)
    values = {"act": "hand_out", "hold": guest.block_id, "guest": guest.pk, "key": "k"}
    return post(client, stage, **{**values, "tickets": tickets, "seen": 0, **form})


def test_a_guest_is_found_and_the_page_works_without_its_script(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    whole = post(clerk, stage, part=False, text="rao")
    assert "<html" in whole
    assert ("Asha Rao" in whole, "Ravi" in whole) == (True, False)
    part = post(clerk, stage, text="")
    assert "<html" not in part
    assert "Ravi &lt;b&gt;" in part
    assert "Nobody on the lists has such a name." in post(clerk, stage, text="xyz")


def test_tickets_are_handed_out_once_however_often_it_is_sent(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    for _ in range(2):
        body = hand_out(clerk, stage, "Asha Rao", 2)
        assert f"2 tickets handed out: Asha Rao. Booking {Booking.objects.get()}." in body
    assert stage.counters() == Counters(10, 4, 2, 0)
    with nothing_changed():
        body = hand_out(clerk, stage, "Asha Rao", 1, key="k2")
    assert "Somebody else was quicker: 2 of 3" in body
    assert_reconciled()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"tickets": 4}, "3 tickets are left to be handed out here, not 4."),
        ({"tickets": 0}, "greater than or equal to 1"),
        ({"tickets": "x"}, "Enter a whole number."),
        ({"tickets": 10**30}, "less than or equal to"),
        ({"guest": 10**19}, "less than or equal to"),
        ({"key": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_handed_out_is_said(
    clerk: Client, stage: Stage, hold: NamedHold, form: dict[str, Any], sentence: str
) -> None:
    with nothing_changed():
        assert sentence in hand_out(clerk, stage, "Asha Rao", **{"tickets": 1, **form})


def test_a_hand_out_is_undone_with_a_reason(clerk: Client, stage: Stage, hold: NamedHold) -> None:
    hand_out(clerk, stage, "Asha Rao", 3)
    row = HandOut.objects.get()
    with nothing_changed():
        body = post(clerk, stage, act="undo", hand_out=row.pk, reason=" ")
    assert "This field is required." in body
    body = post(clerk, stage, act="undo", hand_out=row.pk, reason="wrong guest")
    assert "Undone: 3 tickets are held again." in body
    assert stage.counters() == Counters(10, 6, 0, 0)


def test_an_undo_says_where_the_tickets_of_a_hold_that_has_ended_went(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    hand_out(clerk, stage, "Asha Rao", 3)
    named_holds.end_early(hold.pk, by=SYSTEM, reason="off")  # the clerk's page is older
    body = post(clerk, stage, act="undo", hand_out=HandOut.objects.get().pk, reason="no show")
    assert "Undone: the hold has ended, so 3 tickets went to the channel." in body
    assert stage.counters() == Counters(10, 0, 0, 0)


def test_a_guest_is_changed_and_taken_off(clerk: Client, stage: Stage, hold: NamedHold) -> None:
    guest = Guest.objects.get(name="Asha Rao")
    body = post(clerk, stage, act="change", guest=guest.pk, name="Asha R", tickets=9)
    assert "has 6 tickets left" in body
    post(clerk, stage, act="change", guest=guest.pk, name="Asha R", tickets=4, note="+1")
    guest.refresh_from_db()
    assert (guest.name, guest.tickets, guest.note) == ("Asha R", 4, "+1")
    assert "The guest is off the list." in post(clerk, stage, act="remove", guest=guest.pk)
    assert not Guest.objects.filter(pk=guest.pk).exists()


def test_tickets_without_a_name_are_those_that_nobody_is_promised(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    line = hold.lines.get()
    form: dict[str, Any] = {"act": "hand_out", "hold": hold.pk, "line": line.pk, "key": "k"}
    assert "2 tickets are left" in post(clerk, stage, **form, tickets=3)
    assert f"2 tickets handed out: {hold.name}." in post(clerk, stage, **form, tickets=2)
    assert Booking.objects.get().contact is None


def test_the_lists_of_another_venue_do_not_exist(stage: Stage, hold: NamedHold) -> None:
    stranger = person(Role.BOX_OFFICE)
    stranger.venues.add(make_venue())
    url = reverse("boxoffice:guest_list", args=(stage.event.pk,))
    client = signed_in(stranger)
    assert client.get(url).status_code == 404
    guest = Guest.objects.get(name="Asha Rao")
    with nothing_changed():
        assert client.post(url, {"act": "remove", "guest": guest.pk}).status_code == 404
    assert stage.event.name not in client.get(reverse("boxoffice:guest_lists")).content.decode()


def test_a_guest_of_another_event_is_not_reached(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    other = make_hidden(5, "other", venue=stage.event.venue)
    url = reverse("boxoffice:guest_list", args=(other.event.pk,))
    guest = Guest.objects.get(name="Asha Rao")
    form = {"hold": hold.pk, "guest": guest.pk, "tickets": 1, "key": "k"}
    with nothing_changed():
        for act in ("hand_out", "change", "remove"):
            values = {**form, "act": act, "name": "x"}
            assert clerk.post(url, values).status_code == 404


def test_an_owner_reaches_the_own_hold_alone(stage: Stage, hold: NamedHold) -> None:
    owner = person(Role.FINANCE, stage)
    client = signed_in(owner)
    url = reverse("boxoffice:guest_list", args=(stage.event.pk,))
    assert client.get(url).status_code == 403
    own = make_hold(stage, [("Ticket", 1)], owner_id=owner.pk, owner_name="", name="Mine")
    body = client.get(url).content.decode()
    assert ("Mine" in body, "Asha Rao" in body) == (True, False)
    assert own.owned_by == str(owner)


def test_pages_say_what_is_there_and_what_is_not(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    index = reverse("boxoffice:guest_lists")
    assert stage.event.name in clerk.get(index).content.decode()
    for status in (EventStatus.DRAFT, EventStatus.CANCELLED):  # of which nothing is handed out
        Event.objects.update(status=status)
        assert stage.event.name not in clerk.get(index).content.decode()
    Event.objects.update(status=EventStatus.ON_SALE)
    named_holds.end_early(hold.pk, by=SYSTEM, reason="off")
    assert "No event has tickets" in clerk.get(index).content.decode()
    assert "No tickets of this event are held under a name now." in post(clerk, stage, text="")


def tickets_url(row: HandOut, name: str = "guest-tickets") -> str:
    return reverse(f"boxoffice:{name}", args=(row.line.block.event_id, row.pk))


def test_the_tickets_of_a_guest_are_printed_and_later_ones_are_copies(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    body = hand_out(clerk, stage, "Ravi <b>", 1) + hand_out(clerk, stage, "Asha Rao", 2, key="k2")
    row = HandOut.objects.get(guest__name="Asha Rao")
    link = tickets_url(row)
    assert f'href="{link}"' in body
    assert "last printed" not in body
    page = clerk.get(link).content.decode()
    assert page.count('class="slip ticket"') == 2
    for text in ("Asha Rao", str(row.booking), "1 of 2", stage.event.name, "Not printed yet."):
        assert text in page
    assert "Copy" not in page
    assert clerk.post(tickets_url(row, "guest-printings")).status_code == 201
    copy = clerk.get(link).content.decode()
    assert "These are copies. First printed" in copy
    assert copy.count('<p class="copy">Copy</p>') == 2
    assert "last printed" in post(clerk, stage, text="asha")
    ravi = clerk.get(tickets_url(HandOut.objects.get(guest__name="Ravi <b>"))).content.decode()
    assert "Ravi &lt;b&gt;" in ravi
    assert "copies" not in ravi


def test_tickets_are_printed_after_the_hold_and_not_after_an_undo(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    hand_out(clerk, stage, "Asha Rao", 1)
    row = HandOut.objects.get()
    named_holds.end_early(hold.pk, by=SYSTEM, reason="over")
    booking = reverse("admin:sales_booking_change", args=(row.booking_id,))
    assert f'href="{tickets_url(row)}"' in clerk.get(booking).content.decode()
    assert 'class="slip ticket"' in clerk.get(tickets_url(row)).content.decode()
    post(clerk, stage, act="undo", hand_out=row.pk, reason="no show")
    page = clerk.get(tickets_url(row)).content.decode()
    assert "There is nothing to print." in page
    assert 'class="slip ticket"' not in page
    assert tickets_url(row) not in clerk.get(booking).content.decode()
    with nothing_changed():
        assert clerk.post(tickets_url(row, "guest-printings")).status_code == 409


def test_who_does_not_hand_out_prints_no_tickets(
    clerk: Client, stage: Stage, hold: NamedHold
) -> None:
    hand_out(clerk, stage, "Asha Rao", 1)
    row = HandOut.objects.get()
    stranger, finance = person(Role.BOX_OFFICE), person(Role.FINANCE, stage)
    stranger.venues.add(make_venue())
    with nothing_changed():
        for client in (signed_in(stranger), signed_in(finance)):
            assert client.get(tickets_url(row)).status_code == 404
            assert client.post(tickets_url(row, "guest-printings")).status_code == 404
        booking = reverse("admin:sales_booking_change", args=(row.booking_id,))
        body = signed_in(finance).get(booking).content.decode()
        assert (hold.name in body, tickets_url(row) in body) == (True, False)
        assert Client().post(tickets_url(row, "guest-printings")).status_code == 302
    NamedHold.objects.filter(pk=hold.pk).update(owner=finance, owner_name="")
    assert signed_in(finance).get(tickets_url(row)).status_code == 200
