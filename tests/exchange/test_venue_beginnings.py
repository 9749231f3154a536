"""A venue begins with the same teams, rules and policy, whichever door it is made by."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from alerts.models import AlertRule, AlertTeam
from events.models import Venue
from tests.exchange.files import imported, xlsx_bytes
from tests.factories import make_user, make_venue
from tests.proofs import execute
from transfers.models import TransferPolicy

pytestmark = pytest.mark.django_db

OWN = {"id", "venue_id"}


def by_form() -> Venue:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    values = {"name": "Blue", "slug": "blue", "time_zone": "Asia/Kolkata", "currency": "INR"}
    answer = client.post("/admin/events/venue/add/", values)
    assert answer.status_code == 302, answer.context["errors"]
    return Venue.objects.get(slug="blue")


def by_import() -> Venue:
    user = make_user(is_staff=True, is_superuser=True)
    imported(user, xlsx_bytes({"venues": [{"venue": "blue", "name": "Blue"}]}), "venues.xlsx")
    return Venue.objects.get(slug="blue")


def beginnings(venue: Venue) -> dict[str, Any]:
    def rows(found: Any, *more: str) -> list[Any]:
        return [
            {name: value for name, value in row.items() if name not in OWN}
            | {
                name: sorted(
                    getattr(found.model.objects.get(pk=row["id"]), name).values_list(
                        "name", flat=True
                    )
                )
                for name in more
            }
            for row in found.values()
        ]

    return {
        "teams": rows(AlertTeam.objects.filter(venue=venue).order_by("name"), "members"),
        "rules": rows(
            AlertRule.objects.filter(venue=venue).order_by("name"), "teams", "escalate_to"
        ),
        "policy": rows(
            TransferPolicy.objects.filter(venue=venue), "approvers", "always", "protected"
        ),
    }


@pytest.mark.parametrize("door", [by_form, by_import])
def test_every_door_makes_the_same_beginnings(door: Callable[[], Venue]) -> None:
    by_service, made = make_venue(), door()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    found = beginnings(made)
    assert found == beginnings(by_service)
    assert [len(found[part]) for part in ("teams", "rules", "policy")] == [4, 10, 1]
