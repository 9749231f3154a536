"""A person who is signed in calls the API for the channels of their venues."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.roles import Role
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from partners.api import booking_steps, bookings
from partners.api.bookings import find_booking
from partners.api.callers import Caller
from sales.models import Booking
from sales.services import confirm
from tests.factories import Counters, Stage, make_stage, make_user
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


class Person:
    """A browser in which somebody with a role at the stage's venue has signed in."""

    def __init__(self, stage: Stage, role: Role | None, *, checks: bool = False) -> None:
        self.user = make_user()
        self.user.venues.add(stage.event.venue)
        self.user.channels.add(*stage.channels.values())
        if role is not None:
            self.user.groups.add(Group.objects.get(name=role))
        self.client = Client(enforce_csrf_checks=checks)
        self.client.force_login(self.user)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, body: object, key: str = "k", **headers: str) -> Any:
        return self.client.post(
            f"/api/v1{path}",
            body,
            content_type="application/json",
            headers={"idempotency-key": key, **headers},
        )


@kept
def seller(stage: Stage) -> Person:
    return Person(stage, Role.BOX_OFFICE)


def order(stage: Stage, channel: str | None = "web") -> dict[str, Any]:
    found: dict[str, Any] = {
        "event": stage.event.pk,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 1}],
        "confirm": True,
    }
    return found if channel is None else found | {"channel": stage.channels[channel].pk}


def test_a_person_sells_for_the_channel_they_name(stage: Stage, seller: Person) -> None:
    made = seller.post("/bookings/", order(stage))
    assert made.status_code == 201
    assert made.json()["channel"] == stage.channels["web"].pk
    assert stage.counters() == Counters(100, 0, 1, 0)
    again = seller.post("/bookings/", order(stage))
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == made.json()
    refunded = seller.post(f"/bookings/{made.json()['id']}/cancel/", {"reason": "ill"}, key="r")
    assert refunded.json()["status"] == "CANCELLED"


def test_a_person_says_for_which_channel(stage: Stage, seller: Person) -> None:
    with nothing_changed():
        refused = seller.post("/bookings/", order(stage, channel=None))
    assert_problem(refused, 400, "VALIDATION", "channel")
    path = f"/events/{stage.event.pk}/availability/"
    assert_problem(seller.get(path), 400, "VALIDATION", "channel")
    seen = seller.get(f"{path}?channel={stage.channels['web'].pk}").json()
    assert [item["sellable"] for item in seen["items"]] == [100]


def test_a_change_needs_the_csrf_token(stage: Stage) -> None:
    strict = Person(stage, Role.BOX_OFFICE, checks=True)
    with nothing_changed():
        assert_problem(strict.post("/bookings/", order(stage)), 403, "FORBIDDEN")
    token = "t" * 32
    strict.client.cookies["csrftoken"] = token
    made = strict.post("/bookings/", order(stage), **{"X-CSRFToken": token})
    assert made.status_code == 201


def test_what_a_role_does_not_allow_is_refused(stage: Stage) -> None:
    nobody, auditor = Person(stage, None), Person(stage, Role.AUDITOR)
    with nothing_changed():
        assert_problem(nobody.post("/bookings/", order(stage)), 403, "FORBIDDEN")
        assert_problem(auditor.post("/bookings/", order(stage)), 403, "FORBIDDEN")
    assert_problem(nobody.get("/events/"), 403, "FORBIDDEN")
    assert_problem(nobody.get("/bookings/"), 403, "FORBIDDEN")
    assert auditor.get("/bookings/").status_code == 200


def test_who_may_only_refund_can_neither_sell_nor_release(stage: Stage, seller: Person) -> None:
    finance = Person(stage, Role.FINANCE)
    sold = seller.post("/bookings/", order(stage), key="1").json()["id"]
    held = seller.post("/bookings/", order(stage) | {"confirm": False}, key="2").json()["id"]
    with nothing_changed():
        assert_problem(finance.post("/bookings/", order(stage)), 403, "FORBIDDEN")
        refused = finance.post(f"/bookings/{held}/cancel/", {"reason": "no"})
        assert_problem(refused, 403, "FORBIDDEN")
    refunded = finance.post(f"/bookings/{sold}/cancel/", {"reason": "paid twice"})
    assert refunded.json()["status"] == "CANCELLED"


def test_a_refund_can_be_repeated_by_who_may_only_refund(stage: Stage, seller: Person) -> None:
    finance = Person(stage, Role.FINANCE)
    sold = seller.post("/bookings/", order(stage)).json()["id"]
    first = finance.post(f"/bookings/{sold}/cancel/", {"reason": "paid twice"})
    with nothing_changed():
        again = finance.post(f"/bookings/{sold}/cancel/", {"reason": "paid twice"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content


@pytest.mark.parametrize("step", ["cancel", "amend"])
def test_what_was_allowed_of_a_hold_is_not_done_to_a_sale(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The hold is confirmed between the look at it, which says what is allowed, and the step."""
    seller = Person(stage, None)
    seller.user.user_permissions.add(Permission.objects.get(codename="sell_booking"))
    held = seller.post("/bookings/", order(stage) | {"confirm": False}).json()["id"]

    def find_and_confirm(caller: Caller, uuid: UUID) -> Booking:
        found = find_booking(caller, uuid)
        confirm(found.pk, by=SYSTEM)
        return found

    monkeypatch.setattr(booking_steps, "find_booking", find_and_confirm)
    monkeypatch.setattr(bookings, "find_booking", find_and_confirm)
    if step == "cancel":
        answer = seller.post(f"/bookings/{held}/cancel/", {"reason": "no"}, key="c")
    else:
        lines = [{"line": 1, "quantity": 0}]
        answer = seller.client.patch(
            f"/api/v1/bookings/{held}/", {"lines": lines}, content_type="application/json"
        )
    assert_problem(answer, 409, "INVALID_STATE")
    assert stage.counters() == Counters(100, 0, 1, 0)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.BOX_OFFICE, True),
        (Role.FINANCE, True),
        (Role.AUDITOR, False),
        (Role.PARTNER_MANAGER, False),
    ],
)
def test_who_a_booking_is_for_only_those_read_who_sell_or_refund(
    stage: Stage, seller: Person, web: Api, role: Role, *, sees: bool
) -> None:
    contact = {"full_name": "Asha Rao"}
    booking = seller.post("/bookings/", order(stage) | {"contact": contact}).json()["id"]
    reader = Person(stage, role)
    [listed] = reader.get("/bookings/").json()["results"]
    one = reader.get(f"/bookings/{booking}/").json()
    assert [listed["contact"], one["contact"]] == [contact if sees else None] * 2
    assert listed == one == web.get(f"/bookings/{booking}/").json() | {"contact": one["contact"]}
    assert web.get("/bookings/").json()["results"][0]["contact"] == contact


def test_another_venue_is_not_there(stage: Stage, seller: Person) -> None:
    other = make_stage()
    stranger = Person(other, Role.BOX_OFFICE)
    sold = seller.post("/bookings/", order(stage)).json()["id"]
    with nothing_changed():
        answers = [
            stranger.get(f"/bookings/{sold}/"),
            stranger.post(f"/bookings/{sold}/cancel/", {"reason": "mine"}),
            stranger.get(f"/events/{stage.event.pk}/"),
            stranger.post("/bookings/", order(stage)),
            stranger.get(
                f"/events/{stage.event.pk}/availability/?channel={stage.channels['web'].pk}"
            ),
            stranger.get(f"/bookings/?channel={stage.channels['web'].pk}"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert stranger.get("/bookings/").json()["results"] == []
    assert [event["id"] for event in stranger.get("/events/").json()["results"]] == [other.event.pk]


def test_a_draft_is_shown_to_the_staff_and_not_on_sale(stage: Stage, seller: Person) -> None:
    Event.objects.update(status=EventStatus.DRAFT)
    event, channel = stage.event.pk, stage.channels["web"].pk
    [found] = seller.get("/events/?status=DRAFT").json()["results"]
    assert found["id"] == event
    assert seller.get(f"/events/{event}/").json()["status"] == "DRAFT"
    left = seller.get(f"/events/{event}/availability/?channel={channel}").json()
    assert [item["reason"]["code"] for item in left["items"]] == ["NOT_ON_SALE"]
    with nothing_changed():
        assert_problem(seller.post("/bookings/", order(stage)), 409, "NOT_ON_SALE", "event")


def test_a_channel_of_another_venue_sells_nothing_here(stage: Stage) -> None:
    """Somebody of two venues mixes them up."""
    other = make_stage()
    both = Person(stage, Role.BOX_OFFICE)
    both.user.venues.add(other.event.venue)
    both.user.channels.add(other.channels["web"])
    mixed = order(stage) | {"channel": other.channels["web"].pk}
    with nothing_changed():
        assert_problem(both.post("/bookings/", mixed), 404, "NOT_FOUND", "event")


def test_an_inactive_person_is_nobody(stage: Stage, seller: Person) -> None:
    seller.user.is_active = False
    seller.user.save()
    with nothing_changed():
        assert_problem(seller.post("/bookings/", order(stage)), 401, "NOT_AUTHENTICATED")


def test_a_person_sells_through_and_sees_the_listings_of_their_own_channels_alone(
    stage: Stage, seller: Person
) -> None:
    event = stage.event.pk
    web, hotel = (stage.channels[name].pk for name in ("web", "hotel"))
    uuid = Booking.objects.get(pk=stage.hold()).uuid
    seller.user.channels.set([hotel])
    with nothing_changed():
        assert_problem(seller.post("/bookings/", order(stage)), 404, "NOT_FOUND", "channel")
        answer = seller.post(f"/bookings/{uuid}/confirm/", {}, "k2")
        assert_problem(answer, 403, "FORBIDDEN", "channel")
    assert seller.get(f"/events/{event}/availability/?channel={web}").status_code == 404
    assert seller.get(f"/events/{event}/?channel={web}").status_code == 404
    assert seller.get(f"/events/{event}/availability/?channel={hotel}").status_code == 200
    seller.user.channels.add(web)
    assert seller.post(f"/bookings/{uuid}/confirm/", {}, "k3").status_code == 200
