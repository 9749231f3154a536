"""What a screen is told, and when."""

import asyncio
import json
import random
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

import boxoffice.board
import boxoffice.hub
import boxoffice.screen
from boxoffice.hubs import hubs
from boxoffice.selectors import read_event
from common.actor import SYSTEM
from events.models import Event, Item
from sales import services as sales
from sales.errors import SoldOutError
from tests.boxoffice.watching import Mirror, Screen, as_person, as_program, in_thread, run
from tests.factories import Stage
from tests.offline.selling import report, sale, unreported
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = {"type": "snapshot", "live": True, "database": True, "as_of": ""}


def subscribers(event_id: int) -> int:
    """How many connections listen to an event's news."""
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        ((_name, count),) = connection.pubsub_numsub(f"finlo__group__event.{event_id}")
    return int(count)


def test_first_a_snapshot_then_each_change_and_what_it_means_for_others(
    stage: Stage, session: str, patient: None
) -> None:
    web, agent = stage.listing(channel="web").pk, stage.listing(channel="agent").pk
    row, in_open = stage.row(channel="web").pk, stage.open_row().pk

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            snapshot = await screen.hears("snapshot")
            assert snapshot["live"]
            assert snapshot["database"]
            assert (screen.mirror.sellable(web), screen.mirror.sellable(agent)) == (70, 30)

            await in_thread(lambda: stage.sell((("Ticket", 4),)))
            changes = await screen.hears("changes")
            assert sorted(changes["rows"], key=lambda found: found["stock"]) == sorted(
                [
                    {
                        "stock": row,
                        "version": 2,  # the first set the terms of drawing
                        "quantity": 4,
                        "held": 0,
                        "sold": 4,
                        "drawn": 4,
                    },
                    {
                        "stock": in_open,
                        "version": 3,
                        "quantity": 66,
                        "held": 0,
                        "sold": 0,
                        "drawn": 0,
                    },
                ],
                key=lambda found: found["stock"],
            )
            (listing,) = changes["listings"]
            assert (listing["listing"], listing["sellable"]) == (web, 66)
            assert changes["as_of"] > snapshot["as_of"]
            assert changes["as_of"].endswith("Z")

    run(scenario())


def test_a_channel_that_draws_hears_what_another_has_drawn(
    stage: Stage, session: str, patient: None
) -> None:
    stage.draw("agent")
    web, agent = stage.listing(channel="web").pk, stage.listing(channel="agent").pk

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            assert screen.mirror.sellable(agent) == 100
            await in_thread(lambda: stage.sell((("Ticket", 10),), channel="web"))
            await screen.hears("changes")
            assert (screen.mirror.sellable(web), screen.mirror.sellable(agent)) == (60, 90)

    run(scenario())


def test_a_report_takes_back_at_once_what_was_estimated(
    stage: Stage, session: str, patient: None
) -> None:
    row = stage.row(channel="agent").pk
    unreported(stage, "agent", about=5, high=9)

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            snapshot = await screen.hears("snapshot")
            assert [(one["stock"], one["about"]) for one in snapshot["unreported"]] == [(row, 5)]
            await in_thread(lambda: report(stage, [sale(stage, "A", 3)], channel="agent"))
            changes = await screen.hears("changes")
            while "unreported" not in changes:
                changes = await screen.hears("changes")
            assert [(one["about"], one["high"]) for one in changes["unreported"]] == [(0, 0)]

    run(scenario())


def test_one_subscription_and_the_same_text_for_all_screens(
    stage: Stage, session: str, agent_key: str, patient: None
) -> None:
    async def scenario() -> None:
        event = stage.event.pk
        async with (
            Screen(event, as_person(session)) as first,
            Screen(event, as_person(session)) as second,
            Screen(event, as_program(agent_key)) as by_key,
            Screen(event, as_program(agent_key)) as by_key_too,
        ):
            screens = (first, second, by_key, by_key_too)
            for screen in screens:
                await screen.hears("snapshot")
            assert await in_thread(lambda: subscribers(event)) == 1
            await in_thread(lambda: stage.sell(channel="agent"))
            for screen in screens:
                await screen.hears("changes")
            assert first.texts[-1] == second.texts[-1]
            assert by_key.texts[-1] == by_key_too.texts[-1]
            assert first.texts[-1] != by_key.texts[-1]
        assert hubs()._hubs == {}
        await in_thread(lambda: until(lambda: subscribers(event) == 0, "nobody listens"))

    run(scenario())


def test_a_rush_of_sales_is_a_few_messages(stage: Stage, session: str, patient: None) -> None:
    listing = stage.listing().pk

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            started = loop.time()

            async def listen() -> None:
                await screen.until(lambda: screen.mirror.sellable(listing) == 10, "60 are sold")

            await asyncio.gather(listen(), in_thread(lambda: [stage.sell() for _ in range(60)]))
            changes = sum(found["type"] == "changes" for found in screen.messages)
            assert changes <= (loop.time() - started) / boxoffice.hub.FLUSH_SECONDS + 2

    run(scenario())


def test_a_snapshot_with_all_changes_is_a_fresh_snapshot(stage: Stage, session: str) -> None:
    chance = random.Random(7)  # noqa: S311 - sales to repeat, not a secret
    open_bookings: list[int] = []

    def act() -> None:
        for _ in range(60):
            try:
                match chance.choice(("hold", "sell", "confirm", "cancel")):
                    case "hold":
                        lines = (("Ticket", chance.randint(1, 4)),)
                        open_bookings.append(stage.hold(lines, chance.choice(("web", "agent"))))
                    case "sell":
                        stage.sell(
                            (("Ticket", chance.randint(1, 4)),), chance.choice(("web", "agent"))
                        )
                    case "confirm" if open_bookings:
                        sales.confirm(open_bookings.pop(), by=SYSTEM)
                    case "cancel" if open_bookings:
                        sales.cancel(open_bookings.pop(0), by=SYSTEM, reason="test")
            except SoldOutError:
                continue

    async def scenario() -> None:
        event = stage.event.pk
        async with Screen(event, as_person(session)) as screen:
            await screen.hears("snapshot")
            await in_thread(act)
            # The database itself, asked by nobody's hub.
            found = await in_thread(lambda: read_event(event))
            fresh = Mirror()
            content = {**HEAD, **boxoffice.board.Board(*found).snapshot(None)}
            fresh.apply(json.loads(json.dumps(content)))
            await screen.until(lambda: screen.mirror.numbers == fresh.numbers, "all has come")
            assert [found["type"] for found in screen.messages].count("snapshot") == 1
            async with Screen(event, as_person(session)) as late:
                await late.hears("snapshot")
                assert late.mirror.numbers == fresh.numbers

    run(scenario())


def test_lost_news_heals_by_itself(stage: Stage, session: str, deaf: None, quick: None) -> None:
    listing = stage.listing().pk

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            await in_thread(lambda: stage.sell((("Ticket", 9),)))
            await screen.until(lambda: screen.mirror.sellable(listing) == 61, "it has healed")

    run(scenario())


def test_a_change_of_the_set_up_is_a_fresh_snapshot(
    stage: Stage, session: str, quick: None
) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            first = await screen.hears("snapshot")
            await in_thread(
                lambda: Item.objects.filter(event=stage.event).update(stop_reason="Rain <b>")
            )
            second = await screen.hears("snapshot")
            assert second["config_version"] > first["config_version"]
            assert {found["status"] for found in second["listings"]} == {"CLOSED"}
            assert {found["why"] for found in second["listings"]} == {"STOP_SELL"}

    run(scenario())


def test_a_sales_window_closes_without_anybody_doing_anything(
    stage: Stage, session: str, quick: None
) -> None:
    soon = timezone.now() + timedelta(seconds=1.5)
    Event.objects.filter(pk=stage.event.pk).update(sales_until=soon)
    listing = stage.listing().pk

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            assert screen.mirror.sellable(listing) == 70
            await screen.until(lambda: screen.mirror.sellable(listing) == 0, "it has closed")
            found = screen.mirror.snapshot["listings"][listing]
            assert (found["status"], found["why"]) == ("CLOSED", "OUTSIDE_SALES_WINDOW")

    run(scenario())
