"""Finance marks bookings as paid, alone and in bulk, and finds what is overdue."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from common.actor import SYSTEM
from events.models import Venue
from sales import services as sales
from sales.models import Booking, PaymentMark
from sales.payments import mark_paid
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_bulk import choose
from tests.backoffice.kit.test_previews import ask, rows
from tests.factories import Stage, id_of, make_stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

LIST = "/admin/sales/booking/"
OVERDUE = "/admin/sales/booking/overdue/"
SELECTED = "mark_paid_selected"


@pytest.fixture
def finance(stage: Stage, sign_in: SignIn) -> Client:
    return sign_in(person(Role.FINANCE, stage))


def local_day(stage: Stage, days: int = 0) -> Any:
    return timezone.now().astimezone(stage.event.venue.zone).date() + timedelta(days=days)


def owing(stage: Stage, tickets: int = 1, *, days: int = -3, **terms: Any) -> Booking:
    """A sale due so many days from today at the venue."""
    booking = id_of(stage.sell([("Ticket", tickets)], **terms))
    Booking.objects.filter(pk=booking).update(due_on=local_day(stage, days))
    return Booking.objects.get(pk=booking)


def pay(booking: Booking) -> Booking:
    mark_paid(booking_ids=[booking.pk], by=SYSTEM, reason="test", now=timezone.now())
    return booking


def found(client: Client, payment: str) -> list[Booking]:
    answer = client.get(LIST, {"payment": payment})
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


# --- The list -----------------------------------------------------------------------------------


def test_bookings_are_found_by_how_far_their_payment_is(finance: Client, stage: Stage) -> None:
    at_once = Booking.objects.get(pk=id_of(stage.sell()))
    late, due, paid = owing(stage), owing(stage, days=0), pay(owing(stage))
    refunded = owing(stage)
    sales.cancel(refunded.pk, by=SYSTEM, reason="ill")
    stage.hold()
    assert found(finance, "unpaid") == [due, late]
    assert found(finance, "overdue") == [late]
    assert found(finance, "paid") == [paid]
    assert found(finance, "at-once") == [at_once]
    assert len(found(finance, "nonsense")) == 6


def test_the_list_says_what_is_overdue_due_and_paid(finance: Client, stage: Stage) -> None:
    owing(stage, days=-1)
    owing(stage, days=2)
    pay(owing(stage))
    body = finance.get(LIST).content.decode()
    day, today = local_day(stage, 2), local_day(stage)
    assert "1 day overdue" in body
    assert f"Due {day.day} {day:%b %Y}" in body
    assert f"Paid {today.day} {today:%b %Y}" in body


def test_another_venues_debts_are_not_seen(finance: Client, stage: Stage, other: Stage) -> None:
    own = owing(stage)
    foreign = owing(other)
    assert found(finance, "overdue") == [own]
    assert finance.get(OVERDUE).content.decode().count('<th scope="row">') == 1
    with nothing_changed():
        choose(finance, Booking, SELECTED, foreign, apply="1", reason="x")
    url = reverse("admin:sales_booking_mark_paid", args=(foreign.pk,))
    assert finance.post(url, {"reason": "x"}).status_code == 404


# --- In bulk ------------------------------------------------------------------------------------


def test_a_choice_is_previewed_with_its_count_and_its_money(finance: Client, stage: Stage) -> None:
    abroad = owing(stage, 3)
    Booking.objects.filter(pk=abroad.pk).update(currency="EUR")
    left_out = Booking.objects.get(pk=id_of(stage.sell()))
    chosen = (owing(stage, 2), owing(stage), abroad, left_out)
    with nothing_changed():
        answer = choose(finance, Booking, SELECTED, *chosen)
    assert answer.context["summary"] == [
        ("Bookings", 3),
        ("Total", "30 EUR"),
        ("Total", "30 INR"),
    ]
    assert answer.context["left_out"] == [left_out]
    body = answer.content.decode()
    assert "These 3 will be changed" in body
    assert "30 EUR" in body


def test_all_of_them_are_marked_in_one_go(finance: Client, stage: Stage) -> None:
    chosen = [owing(stage, 2), owing(stage)]
    answer = choose(finance, Booking, SELECTED, *chosen, apply="1", reason="May")
    assert answer.status_code == 302
    said = [str(one) for one in get_messages(answer.wsgi_request)]
    assert said == ["2 bookings were marked as paid: 30 INR."]
    assert not Booking.objects.filter(paid_at=None).exists()
    assert set(PaymentMark.objects.values_list("amount", "reason")) == {
        (Decimal("20.00"), "May"),
        (Decimal("10.00"), "May"),
    }


def test_without_a_reason_nothing_is_marked(finance: Client, stage: Stage) -> None:
    booking = owing(stage)
    with nothing_changed():
        answer = choose(finance, Booking, SELECTED, booking, apply="1", reason="")
    assert "This field is required." in answer.content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PARTNER])
def test_only_finance_and_the_venues_manager_may_mark(
    role: Role, stage: Stage, sign_in: SignIn
) -> None:
    client = sign_in(person(role, stage))
    booking = owing(stage)
    url = reverse("admin:sales_booking_mark_paid", args=(booking.pk,))
    may = role in {Role.FINANCE, Role.VENUE_MANAGER}
    assert (SELECTED in client.get(LIST).content.decode()) == may
    assert (url in client.get(page(booking, "change")).content.decode()) == may
    choose(client, Booking, SELECTED, booking, apply="1", reason="x")
    assert PaymentMark.objects.exists() == may
    assert client.get(url).status_code == (302 if may else 403)  # is paid by now


# --- One booking --------------------------------------------------------------------------------


def test_a_booking_is_marked_on_its_page_and_the_page_says_so(
    finance: Client, stage: Stage
) -> None:
    booking = owing(stage, 2)
    assert rows(ask(finance, booking, "mark_paid")) == [
        ("Payment", "3 days overdue", "Paid"),
        ("To be paid", "20 INR", "0 INR"),
    ]
    url = reverse("admin:sales_booking_mark_paid", args=(booking.pk,))
    assert finance.post(url, {"reason": "Transfer 17"}).status_code == 302
    body = finance.get(page(booking, "change")).content.decode()
    assert "Transfer 17" in body
    assert "Marked as paid" in body
    assert url not in body


def test_a_mark_is_taken_back_on_the_page(finance: Client, stage: Stage) -> None:
    booking = pay(owing(stage))
    ((_label, before, after),) = rows(ask(finance, booking, "mark_unpaid"))
    assert before.startswith("Paid ")
    assert after == "3 days overdue"
    url = reverse("admin:sales_booking_mark_unpaid", args=(booking.pk,))
    finance.post(url, {"reason": "Bounced"})
    assert list(PaymentMark.objects.values_list("is_paid", "reason")) == [
        (True, "test"),
        (False, "Bounced"),
    ]
    assert Booking.objects.get(pk=booking.pk).paid_at is None


# --- By channel ---------------------------------------------------------------------------------


def test_each_channel_is_shown_with_what_it_owes_and_leads_to_its_bookings(
    finance: Client, stage: Stage
) -> None:
    old, new = owing(stage, 4, days=-9), owing(stage, days=-2)
    sales.cancel(old.pk, by=SYSTEM, reason="ill", lines={1: 1})
    answer = finance.get(OVERDUE)
    (row,) = answer.context["rows"]
    assert (row.debt.channel, row.debt.bookings, row.amount, row.days) == (
        "web",
        2,
        "40 INR",
        9,
    )
    assert row.debt.oldest == local_day(stage, -9)
    assert list(finance.get(row.url).context["cl"].result_list) == [new, old]
    assert answer.context["several_venues"] is False


def test_where_nothing_is_overdue_the_page_says_so(finance: Client, stage: Stage) -> None:
    owing(stage, days=0)
    assert "Nothing is overdue" in finance.get(OVERDUE).content.decode()


def test_days_are_counted_on_the_venues_calendar(
    superuser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    india, abroad = make_stage(), make_stage()
    Venue.objects.filter(pk=abroad.event.venue.pk).update(time_zone="UTC")
    for stage in (india, abroad):
        stage.sell()
    Booking.objects.update(due_on=datetime(2026, 11, 23).date())  # noqa: DTZ001 - a day alone
    now = datetime.fromisoformat("2026-11-24T20:00:00+00:00")  # the 25th at Kolkata
    monkeypatch.setattr("backoffice.bookings.overdue.timezone.now", lambda: now)
    answer = superuser.get(OVERDUE)
    days = {row.venue.pk: row.days for row in answer.context["rows"]}
    assert days == {india.event.venue.pk: 2, abroad.event.venue.pk: 1}
    assert answer.context["several_venues"] is True


def test_more_debts_and_venues_are_no_more_statements(superuser: Client) -> None:
    urls = (OVERDUE, f"{LIST}?payment=overdue")
    owing(make_stage())
    for url in urls:
        superuser.get(url)
        with CaptureQueriesContext(connection) as few:
            superuser.get(url)
        for _ in range(2):
            more = make_stage()
            pay(owing(more))
            owing(more)
        with CaptureQueriesContext(connection) as many:
            superuser.get(url)
        assert len(many) == len(few), url
