"""What a dynamic plan would move after saving is what the next look at dynamic plans then moves."""

from typing import Any

import pytest
from django.utils import timezone

from planning.configuration.preview import Preview
from tests.backoffice.configuration.pages import opened, sent
from tests.backoffice.conftest import signed_in
from tests.factories import make_user
from tests.planning.configuration.wishes import amounts, previewed, saved
from tests.proofs import nothing_changed
from tests.transfers.dynamic_stage import busy, stage
from transfers.dynamic.rebalancing import rebalance
from transfers.enums import Need
from transfers.models import TransferRule

pytestmark = pytest.mark.django_db


def moves(found: Preview) -> list[tuple[int, ...]]:
    return [tuple(move.route) for move in found.moves]


@pytest.mark.parametrize("parts", [{}, {"web": 120, "hotel": 80}, {"hotel": 20}])
def test_it_moves_as_was_previewed(parts: dict[str, Any]) -> None:
    made = stage()
    busy(made)
    touched = amounts(made, **parts) or {"policy.lapse_hours": 5}
    with nothing_changed():
        found = previewed(made, touched)
    assert not found.problems
    saved(made, touched)
    happened = rebalance(timezone.now())
    assert moves(found) == [
        (transfer.source_id, transfer.target_id, transfer.units) for transfer in happened
    ]
    assert [move.why for move in found.moves] == [transfer.reason for transfer in happened]
    assert bool(happened) is (parts != {"hotel": 20})


def test_what_would_wait_for_an_approval_is_said_and_a_fixed_plan_moves_nothing() -> None:
    made = stage()
    busy(made)
    found = previewed(made, {"policy.approval_above": 1})
    assert [move.needs for move in found.moves] == [(Need.ABOVE_UNITS,)]
    fixed = stage(is_dynamic=False)
    busy(fixed)
    assert not previewed(fixed, amounts(fixed, web=90)).moves


def test_the_page_says_it_beside_the_moves_of_rules() -> None:
    made = stage()
    busy(made)
    TransferRule.objects.create(
        venue=made.event.venue, event=made.event, name="Even out", target_at_least=50
    )
    client = signed_in(make_user(is_staff=True, is_superuser=True))
    page = sent(client, made.event, opened(client, made.event), "preview").content.decode()
    assert "“Even out”: 80 % sold against 4 %." in page
    assert "At once." in page
    assert "Dynamic plan. web is expected to sell" in page
    assert "Within five minutes." in page
