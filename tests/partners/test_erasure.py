"""Who bought can be erased: from bookings and stored answers, by address, telephone, name or number."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError
from idempotency.models import StoredAnswer
from sales.erasure import erase_contacts, find_contacts
from sales.models import Booking, ContactErasure
from tests.factories import Stage, make_stage, make_user
from tests.partners.conftest import Api, key_for
from tests.partners.test_people import Person

pytestmark = pytest.mark.django_db

ASHA = {
    "full_name": "Asha Rao",
    "email_address": "asha@example.com",
    "phone_number": "+91 98450-12345",
}


def desk(stage: Stage, role: Role) -> Client:
    """The back office, for somebody of a role at the venue."""
    person = Person(stage, role)
    person.user.is_staff = True
    person.user.save()
    return person.client


def buy(stage: Stage, contact: dict[str, str] | None = None, key: str = "k-1") -> Any:
    api = Api(key_for(stage.channels["web"]))
    body = {
        "event": stage.event.pk,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 1}],
        "confirm": True,
        "contact": contact or ASHA,
    }
    return api, body, api.send("POST", "/bookings/", body, key=key)


def test_an_erased_contact_is_in_no_booking_and_no_stored_answer(stage: Stage) -> None:
    api, body, bought = buy(stage)
    booking = Booking.objects.get(uuid=bought.json()["id"])
    user = make_user()
    [receipt] = erase_contacts(booking_ids=[booking.pk], by=Actor.person(user), reason="Asked")
    booking.refresh_from_db()
    assert booking.contact is None
    assert not StoredAnswer.objects.filter(body__contains="Asha").exists()
    again = api.send("POST", "/bookings/", body, key="k-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == bought.json() | {"contact": None}
    assert (receipt.booking_ids, receipt.answers) == ([booking.pk], 1)
    assert (receipt.user_id, receipt.reason) == (user.pk, "Asked")
    with pytest.raises(InvalidInputError, match="None of these bookings has a contact"):
        erase_contacts(booking_ids=[booking.pk], by=SYSTEM, reason="Asked twice")
    assert ContactErasure.objects.count() == 1


@pytest.mark.parametrize(
    "asked",
    ["ASHA@example.com", " asha  rao ", "9845012345", "+91 (98450) 12345", "number", "uuid"],
)
def test_a_contact_is_found_by_what_a_buyer_says(stage: Stage, asked: str) -> None:
    mine = Booking.objects.get(uuid=buy(stage)[2].json()["id"])
    buy(stage, {"full_name": "Asha Raote", "phone_number": "12345"}, key="k-2")
    text = {"number": str(mine).lower(), "uuid": str(mine.uuid)}.get(asked, asked)
    assert list(find_contacts(text, Booking.objects.all())) == [mine]


@pytest.mark.parametrize("asked", ["", "Asha", "12345", "%", "example.com"])
def test_a_part_of_a_contact_finds_nobody(stage: Stage, asked: str) -> None:
    buy(stage)
    assert not find_contacts(asked, Booking.objects.all())


def test_a_manager_erases_on_the_page_and_gets_a_receipt(stage: Stage) -> None:
    booking = Booking.objects.get(uuid=buy(stage)[2].json()["id"])
    other = Booking.objects.get(uuid=buy(make_stage(), key="k-2")[2].json()["id"])
    manager = desk(stage, Role.VENUE_MANAGER)
    page = reverse("admin:sales_booking_erase")
    shown = manager.post(page, {"contact": "asha@example.com"}).content.decode()
    assert str(booking) in shown
    assert str(other) not in shown
    chosen = f"{booking.pk},{other.pk}"
    assert manager.post(page, {"bookings": chosen, "reason": ""}).status_code == 200
    assert Booking.objects.filter(contact__isnull=False).count() == 2
    answer = manager.post(page, {"bookings": chosen, "reason": "Asked on 3 May"}, follow=True)
    receipt = answer.content.decode()
    assert "Asked on 3 May" in receipt
    assert str(booking) in receipt
    assert "asha" not in receipt.lower()
    assert list(Booking.objects.filter(contact__isnull=False)) == [other]
    for asked, told in (
        (str(booking), "No contact is stored for this booking, or you may not see it."),
        ("asha@example.com", "No booking that you may see has this contact."),
    ):
        assert told in manager.post(page, {"contact": asked}).content.decode()


@pytest.mark.parametrize("sent", ["1;2", "9" * 30, "", "-1", ",".join("1" * 1_001)])
def test_a_forged_choice_of_bookings_erases_nothing(stage: Stage, sent: str) -> None:
    buy(stage)
    manager = desk(stage, Role.VENUE_MANAGER)
    answer = manager.post(
        reverse("admin:sales_booking_erase"), {"bookings": sent, "reason": "Asked"}
    )
    assert answer.status_code == 200
    assert Booking.objects.filter(contact__isnull=False).count() == 1


@pytest.mark.parametrize("role", [Role.BOX_OFFICE, Role.FINANCE, Role.AUDITOR])
def test_erasing_is_for_venue_managers(stage: Stage, role: Role) -> None:
    assert desk(stage, role).get(reverse("admin:sales_booking_erase")).status_code == 403


def test_the_command_says_which_and_erases_only_when_told_to(stage: Stage) -> None:
    booking = Booking.objects.get(uuid=buy(stage)[2].json()["id"])
    said = StringIO()
    call_command("erase_contact", "asha@example.com", reason="Asked", stdout=said)
    assert said.getvalue().startswith(f"{booking}\n1 bookings have it")
    assert Booking.objects.filter(contact__isnull=False).exists()
    call_command("erase_contact", "asha@example.com", reason="Asked", yes=True, stdout=said)
    assert "1 bookings and 1 stored answers hold no contact any more" in said.getvalue()
    assert not Booking.objects.filter(contact__isnull=False).exists()
    with pytest.raises(CommandError, match="No booking has this contact"):
        call_command("erase_contact", "asha@example.com", reason="Asked", yes=True)
