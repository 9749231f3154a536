"""Several channels of a venue made on one page: ticked, named, all or none."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from allocations.enums import ChannelPlace, Connectivity, Team
from allocations.models import SalesChannel
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:allocations_saleschannel_several")


def ticked(**names: str) -> dict[str, str]:
    return {f"tick-{place}": "on" for place in names} | {
        f"name-{place}": name for place, name in names.items()
    }


def names_of(stage: Stage) -> list[str]:
    found = SalesChannel.objects.filter(venue=stage.event.venue).order_by("name")
    return list(found.values_list("name", flat=True))


def test_what_is_ticked_is_made_with_what_is_usual_there(manager: Client, stage: Stage) -> None:
    form = ticked(
        BOX_OFFICE="Box office", TRAVEL_AGENT="Yatra Desk; भारत यात्रा", GUEST_LIST="Guests"
    )
    answer = manager.post(PAGE, form | {"name-KIOSK": "Kiosk"}, follow=True)
    assert "4 channels are made: Box office, Yatra Desk, भारत यात्रा and Guests." in (
        answer.content.decode()
    )
    made = {one.name: one for one in SalesChannel.objects.filter(venue=stage.event.venue)}
    agent = made["Yatra Desk"]
    assert (agent.code, agent.kind, agent.settlement_days, agent.team) == (
        "yatra-desk",
        "PARTNER",
        30,
        Team.PARTNERS,
    )
    assert made["भारत यात्रा"].code == "travel-agent"
    assert made["Guests"].usual_percent == Decimal(0)
    assert made["Box office"].connectivity == Connectivity.REAL_TIME
    assert agent.history.get().history_change_reason == "Set up"
    assert "Kiosk" not in made


@pytest.mark.parametrize(
    ("names", "place", "told"),
    [
        ({"HOTEL": ""}, "HOTEL", "Say what it is called."),
        ({"HOTEL": " ; "}, "HOTEL", "Say what it is called."),
        ({"HOTEL": "WEB"}, "HOTEL", "The venue has a channel of the name “WEB” already."),
        ({"HOTEL": "Inn; inn"}, "HOTEL", "The venue has a channel of the name “inn” already."),
        ({"HOTEL": "x" * 101}, "HOTEL", "at most 100 characters"),
        ({"HOTEL": "a;" * 21}, "HOTEL", "At most 20 at once."),
        ({"HOTEL": "a\x00b"}, "HOTEL", "Null characters are not allowed."),
    ],
)
def test_a_name_that_cannot_be_is_marked_and_none_is_made(
    names: dict[str, str], place: str, told: str, manager: Client, stage: Stage
) -> None:
    before = names_of(stage)
    answer = manager.post(PAGE, ticked(KIOSK="Foyer", **names))
    assert answer.status_code == 200
    wrong = {
        row.place: row.error
        for _kind, rows in answer.context["groups"]
        for row in rows
        if row.error
    }
    assert list(wrong) == [ChannelPlace(place)]
    assert told in wrong[ChannelPlace(place)]
    assert names_of(stage) == before


def test_of_several_venues_one_is_chosen_and_none_of_others(
    manager: Client, superuser: Client, stage: Stage, other: Stage
) -> None:
    assert f"?venue={other.event.venue.pk}" in superuser.get(PAGE).content.decode()
    assert manager.get(f"{PAGE}?venue={other.event.venue.pk}").status_code == 404
    assert manager.post(f"{PAGE}?venue={other.event.venue.pk}", ticked(PWA="x")).status_code == 404
    assert superuser.get(f"{PAGE}?venue=abc").status_code == 404
    assert "x" not in names_of(other)


def test_who_may_add_no_channel_is_told_403(stage: Stage, sign_in: SignIn) -> None:
    clerk = sign_in(person(Role.BOX_OFFICE, stage))
    assert clerk.get(PAGE).status_code == 403
    assert clerk.post(PAGE, ticked(PWA="x")).status_code == 403
