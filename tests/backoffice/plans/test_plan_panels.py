"""An event's page shows how each pool is planned, whether the stock still is, and what happens when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from allocations import services
from allocations.enums import Closes, Draws, Opens
from allocations.plans import release
from allocations.plans import services as plans
from allocations.plans.calendar import Happening, calendar_of
from allocations.plans.overview import plans_of, standing
from allocations.plans.spec import PlanSpec
from common.actor import SYSTEM
from events.enums import ItemKind
from events.models import Event
from tests.allocations.plans.specs import apply, group, line
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.events.test_event_page import panel
from tests.backoffice.kit.test_lists import queries
from tests.backoffice.plans.plan_form import editor
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent", "hotel"), give={})


def happenings(stage: Stage, now: datetime | None = None) -> list[tuple[str, str, tuple[str, ...]]]:
    """All but the event's own dates: what happens, in which words, for whom."""
    event = Event.objects.get(pk=stage.event.pk)
    now = now or timezone.now()
    return [
        (entry.happening, entry.text, entry.who)
        for point in calendar_of(event, plans_of(event, now), now)
        for entry in point.entries
        if entry.text not in {"The event begins", "Sales end"}
    ]


# --- The tab ---------------------------------------------------------------------------------


def test_the_tab_offers_to_write_the_first_plan(manager: Client, stage: Stage) -> None:
    text = panel(manager, stage.event, "plan")
    assert "No plan" in text
    assert "Write a plan" in text
    assert "Open stock 100 100.0 %" in text


def test_the_tab_shows_the_plan_in_force_with_its_terms(manager: Client, stage: Stage) -> None:
    stage.event.starts_at = datetime(2030, 11, 5, 13, 30, tzinfo=UTC)
    stage.event.save()
    terms: dict[str, Any] = {"opens": Opens.BEFORE_START, "opens_hours": 48, "ceiling": 40}
    apply(
        stage,
        line(stage, "web", "30", release_hours=24),
        line(stage, "agent", group="partners", tier=2, **terms),
        group("partners", 50),
    )
    text = panel(manager, stage.event, "plan")
    assert "Version 1 in force Fixed since" in text
    assert "by the system test" in text
    assert "partners Shared by a group 50 – – – 50" in text
    assert (
        "web Direct digital 30 30 % nothing – 4 Nov 2030, 19:00 IST (24 h before the event) 30"
        in text
    )
    assert (
        "agent Direct digital 0 “partners” tier 2 from 3 Nov 2030, 19:00 IST"
        " (48 h before the event) up to 40 – 0" in text
    )
    assert "1 version Version 1" in text
    assert "differs" not in text


def test_the_tab_says_where_the_stock_differs_from_the_plan(manager: Client, stage: Stage) -> None:
    apply(stage, line(stage, "web", "30"))
    with transaction.atomic():
        services.allocate(
            pool=stage.pools["GA"],
            channel=stage.channels["web"],
            units=7,
            by=SYSTEM,
            reason="test",
        )
    text = panel(manager, stage.event, "plan")
    assert "The stock differs from the plan" in text
    assert "web 37 30 Open stock 63 70" in text


def test_a_plan_that_no_longer_fits_its_capacity_says_so(manager: Client, stage: Stage) -> None:
    apply(stage, line(stage, "web", 30), line(stage, "agent", "50"))
    with transaction.atomic():
        services.set_capacity(pool=stage.pools["GA"], capacity=200, by=SYSTEM, reason="test")
    assert "agent 50 100" in panel(manager, stage.event, "plan")


def test_selling_is_no_difference_from_the_plan(manager: Client, stage: Stage) -> None:
    apply(stage, line(stage, "web", 10, draws=Draws.GENERAL), line(stage, "agent", 5))
    stage.sell([("Ticket", 25)])
    stage.hold([("Ticket", 3)], "agent")
    assert "differs" not in panel(manager, stage.event, "plan")


def test_a_draft_is_told_of_beside_the_plan_in_force(manager: Client, stage: Stage) -> None:
    apply(stage, line(stage, "web", "30"))
    with transaction.atomic():
        plans.save_draft(pool=stage.pools["GA"], spec=PlanSpec([line(stage, "web", "25")]))
    text = panel(manager, stage.event, "plan")
    assert "A draft is being written; nothing of it has been applied. Go on with it" in text
    assert "web Direct digital 30 30 %" in text


def test_who_may_only_look_is_offered_no_editor(stage: Stage, sign_in: SignIn) -> None:
    apply(stage, line(stage, "web", "30"))
    client = sign_in(person(Role.AUDITOR, stage))
    body = client.get(page(stage.event, "change")).content.decode()
    assert f'href="{editor(stage.pools["GA"])}1/"' in body
    assert f'href="{editor(stage.pools["GA"])}"' not in body


def test_the_page_asks_no_more_for_more_channels_pools_and_versions(superuser: Client) -> None:
    def counted(pools: int, *names: str) -> int:
        capacities = {f"P{number}": 100 for number in range(pools)}
        stage = make_stage(pools=capacities, items={"Ticket": {"P0": 1}}, channels=names, give={})
        for pool in capacities:
            for share in range(1, pools + 1):
                apply(stage, *(line(stage, name, share) for name in names), pool=pool)
        queries(superuser, page(stage.event, "change"))
        return queries(superuser, page(stage.event, "change"))

    assert counted(1, "a") == counted(3, *"bcdefghij")


# --- The stock as a plan -----------------------------------------------------------------------


def test_stock_as_it_stands_is_a_plan_that_changes_nothing(stage: Stage) -> None:
    now = timezone.now()
    apply(
        stage,
        line(
            stage, "web", 30, draws=Draws.GENERAL, closes=Closes.AT, closes_at=stage.event.starts_at
        ),
        line(stage, "agent", 5, group="partners", ceiling=40),
        group("partners", 20, releases_at=stage.event.starts_at),
    )
    stage.sell([("Ticket", 33)])
    stage.sell([("Ticket", 9)], "agent")
    [found] = plans_of(stage.event, now)
    spec = standing(found.rows)
    outcome = plans.preview(pool=stage.pools["GA"], spec=spec, now=now)
    assert outcome.problems == []
    assert [change for change in outcome.changes if change.is_change] == []


# --- The calendar ------------------------------------------------------------------------------


def test_windows_and_releases_stand_in_the_calendar(stage: Stage) -> None:
    soon = timezone.now() + timedelta(days=3)
    apply(
        stage,
        line(stage, "web", 0, draws=Draws.GENERAL, closes=Closes.AT, closes_at=soon),
        line(stage, "agent", 0, draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
        line(stage, "hotel", 10, releases_at=soon + timedelta(days=1)),
    )
    assert happenings(stage) == [
        (Happening.OPENS, "GA: drawing on open stock", ("agent",)),
        (Happening.CLOSES, "GA: drawing on open stock", ("web",)),
        (Happening.RELEASES, "GA: unsold units go back to the open stock", ("hotel",)),
    ]


def test_what_went_back_stays_in_the_calendar_and_closes_nothing(stage: Stage) -> None:
    soon = timezone.now() + timedelta(hours=1)
    apply(
        stage,
        line(stage, "hotel", 10, releases_at=soon),
        line(stage, "agent", 10, group="Partners", releases_at=soon),
        group("Partners", 20, releases_at=soon + timedelta(hours=1)),
    )
    expected = [
        (Happening.RELEASES, "GA: unsold units go back to the open stock", ("hotel",)),
        (Happening.RELEASES, "GA: unsold units go back to “Partners”", ("agent",)),
        (Happening.RELEASES, "GA: unsold units go back to the open stock", ("Partners",)),
    ]
    assert sorted(happenings(stage)) == sorted(expected)
    release.release_pool(stage.pools["GA"].pk, soon)
    assert sorted(happenings(stage, soon)) == sorted(expected)


def test_sales_windows_stand_in_the_calendar(stage: Stage) -> None:
    day = timezone.now() + timedelta(days=2)
    item = stage.items["Ticket"]
    item.sales_until, item.kind = day, ItemKind.SAME_DAY
    item.save()
    for channel in ("web", "agent"):
        listing = stage.listing(channel=channel)
        listing.sales_from = day
        listing.save()
    assert happenings(stage) == [
        (Happening.OPENS, "Sale of Ticket", ("agent", "web")),
        (Happening.CLOSES, "Sale of Ticket", ()),
        (Happening.OPENS, "Sale of Ticket", ("on the day only",)),
    ]


def test_the_next_point_is_marked_and_the_past_is_told_apart(manager: Client, stage: Stage) -> None:
    now = timezone.now()
    stage.event.sales_from = now - timedelta(days=2)
    stage.event.save()
    apply(stage, line(stage, "hotel", 10, releases_at=now + timedelta(days=5)))
    text = panel(manager, stage.event, "calendar")
    assert "past" in text.split("Sales begin")[0]
    assert "Next, in 5 days" in text.split("unsold units go back")[0]
    points = calendar_of(stage.event, plans_of(stage.event, now), now)
    assert [(point.is_past, point.is_next) for point in points] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
    ]
