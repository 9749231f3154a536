"""Names are put on the list of a hold as they are pasted; a guest is erased where buyers are."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from common.actor import SYSTEM
from sales.guests import hand_outs
from sales.guests.hand_outs import HandOutOrder
from sales.models import Booking, ContactErasure, Guest, NamedHold
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Stage
from tests.kept import kept
from tests.proofs import nothing_changed
from tests.sales.holding import make_hidden, make_hold

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_hidden(10)


@kept
def hold(stage: Stage) -> NamedHold:
    return make_hold(stage)


@pytest.mark.parametrize(
    "text",
    [
        "Asha Rao,2,press,asha@example.com\nRavi",
        "Name\tTickets\tNote\nAsha Rao\t2\tpress\tasha@example.com\n\nRavi\t\n",
        "Ravi\n'Asha Rao';2;press;asha@example.com".replace("'", '"'),
        "Asha Rao,2,press,asha@example.com\nRavi\t1",
        "Ravi;1\nAsha Rao,2,press,asha@example.com",
    ],
)
def test_a_list_is_pasted_as_the_dialog_has_said(
    manager: Client, hold: NamedHold, text: str
) -> None:
    assert ("Promised to guests", "0", "3") in rows(ask(manager, hold, "add_guests", guests=text))
    assert_done(act(manager, hold, "add_guests", guests=text))
    added = Guest.objects.order_by("name").values_list("name", "tickets", "note", "contact")
    assert list(added) == [("Asha Rao", 2, "press", "asha@example.com"), ("Ravi", 1, "", "")]
    body = manager.get(page(hold, "change")).content.decode()
    assert "Asha Rao" in body
    assert "Promised to guests: 3 of the 5 tickets that are left." in body


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Asha\nRavi,two", "Line 2: two is no number of tickets."),
        ("Asha,1.5", "Line 1: 1.5 is no number of tickets."),
        ("Asha,1,2,3,4,5", "Line 1 has 6 parts"),
        ("Asha,1,,,Balcony", "the hold has no item Balcony"),
        ('"Asha', "is a quotation mark left open?"),
        (",,", "A list has 1 to 5,000 names."),
        ("Asha,6", "has 5 tickets left, and its guests would be promised 6"),
        ("Asha\nAsha", "Asha is on the list already"),
    ],
)
def test_what_is_no_list_is_refused_with_its_line(
    manager: Client, hold: NamedHold, text: str, sentence: str
) -> None:
    with nothing_changed():
        assert_refused(act(manager, hold, "add_guests", guests=text), sentence)


def test_names_are_for_those_who_hand_out_alone(
    stage: Stage, hold: NamedHold, sign_in: SignIn
) -> None:
    Guest.objects.create(block=hold, line=hold.lines.get(), name="Asha Rao", tickets=1)
    for role, sees in ((Role.BOX_OFFICE, True), (Role.AUDITOR, False), (Role.FINANCE, False)):
        client = sign_in(person(role, stage))
        assert ("Asha Rao" in client.get(page(hold, "change")).content.decode()) is sees, role
        counter = client.get(reverse("boxoffice:guest_list", args=(stage.event.pk,)))
        assert (counter.status_code == 200) is sees, role


def test_of_a_hold_with_several_items_each_line_says_which(manager: Client) -> None:
    stage = make_hidden(10, items={"Ticket": {"GA": 1}, "Balcony": {"GA": 2}})
    client = _of(stage)
    hold = make_hold(stage, [("Ticket", 2), ("Balcony", 1)])
    with nothing_changed():
        assert_refused(act(client, hold, "add_guests", guests="Asha"), "say which")
    assert_done(act(client, hold, "add_guests", guests="Asha,1,,,balcony"))
    assert Guest.objects.get().line.item == stage.items["Balcony"]


def _of(stage: Stage) -> Client:
    client = Client()
    client.force_login(person(Role.VENUE_MANAGER, stage))
    return client


def test_a_guest_is_found_and_erased_with_the_bookings(manager: Client, hold: NamedHold) -> None:
    line = hold.lines.get()
    guest = Guest.objects.create(block=hold, line=line, name="Asha Rao", tickets=2)
    hand_outs.hand_out(HandOutOrder(hold.pk, 1, guest.pk), by=SYSTEM)
    url = reverse("admin:sales_booking_erase")
    found = manager.post(url, {"contact": "asha rao"})
    assert "1 guest on a list" in found.content.decode()
    form: Any = found.context["form"]
    answer = manager.post(url, {**form.initial, "reason": "asked"}, follow=True)
    assert "Guests erased from lists: 1." in answer.content.decode()
    guest.refresh_from_db()
    assert (guest.name, guest.tickets, guest.handed_out) == ("", 2, 1)
    assert Booking.objects.get().contact is None
    assert ContactErasure.objects.get().guest_ids == [guest.pk]


def test_a_list_is_uploaded_whole_or_not_at_all(
    manager: Client, stage: Stage, hold: NamedHold, sign_in: SignIn
) -> None:
    url = reverse("admin:sales_namedhold_guest_file", args=(hold.pk,))

    def sent(content: bytes, client: Client = manager) -> Any:
        return client.post(url, {"file": SimpleUploadedFile("list.csv", content)}, follow=True)

    for content, sentence in (
        (b"Asha,1\nRavi,x", "Line 2: x is no number of tickets."),
        ("José".encode("latin-1"), "The file is not in UTF-8."),
        (b"Asha,6", "its guests would be promised 6"),
        (b"", "The submitted file is empty."),
    ):
        with nothing_changed():
            assert sentence in sent(content).content.decode()
    body = sent("\ufeffName;Tickets\nJosé;2\n".encode()).content.decode()
    assert "1 guest is added. 3 tickets of the hold are promised to nobody." in body
    assert Guest.objects.get().name == "José"
    auditor = sign_in(person(Role.AUDITOR, stage))
    with nothing_changed():
        assert sent(b"Asha", auditor).status_code == 403
