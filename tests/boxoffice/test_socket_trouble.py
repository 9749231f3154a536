"""What a screen is told when something is wrong: database, network, clients, old news."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError

import boxoffice.board
import boxoffice.hub
import boxoffice.screen
from allocations.counters import read_counters
from boxoffice import source
from boxoffice.hubs import hubs
from tests.boxoffice.watching import Screen, as_person, in_thread, run
from tests.factories import Stage

pytestmark = pytest.mark.django_db(transaction=True)

POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013


def test_without_the_database_screens_say_so_until_it_is_back(
    stage: Stage, session: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_event_id: int) -> None:
        raise DatabaseError("gone")

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            with monkeypatch.context() as patch:
                patch.setattr("boxoffice.source.read_counters", broken)
                await screen.until(lambda: not screen.mirror.status["database"], "it is said")
                frozen = screen.mirror.status["as_of"]
                await screen.hears("status")
                assert screen.mirror.status["as_of"] == frozen
            await screen.until(lambda: screen.mirror.status["database"], "it is back")
            assert screen.mirror.status["as_of"] > frozen

    run(scenario())


def test_a_database_that_hangs_counts_as_away(
    stage: Stage, session: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PATIENCE_SECONDS", 0.2)
    read = read_counters

    async def scenario() -> None:
        go_on = threading.Event()
        asked: list[int] = []

        def hang(event_id: int) -> Any:
            asked.append(event_id)
            go_on.wait(20)
            return read(event_id)

        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            with monkeypatch.context() as patch:
                patch.setattr("boxoffice.source.read_counters", hang)
                await screen.until(lambda: not screen.mirror.status["database"], "it is said")
                await screen.hears("status")
                assert len(asked) == 1, "a second thread hangs beside the first"
            go_on.set()
            await screen.until(lambda: screen.mirror.status["database"], "it is back")

    run(scenario())


def test_a_slow_screen_is_dropped_and_holds_nobody_up(
    stage: Stage, session: str, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    monkeypatch.setattr(boxoffice.screen, "LONGEST_QUEUE", 2)

    async def scenario() -> None:
        event = stage.event.pk
        async with (
            Screen(event, as_person(session)) as slow,
            Screen(event, as_person(session)) as fast,
        ):
            slow.stops_reading()
            await fast.hears("snapshot")
            for _ in range(5):
                await fast.hears("status")
            slow.reads_again()
            assert await slow.closes() == TRY_AGAIN_LATER
            await fast.hears("status")

    run(scenario())


def test_a_client_may_ask_for_a_snapshot_now_and_then(
    stage: Stage, session: str, patient: None
) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            await screen.say('{"type":"snapshot"}')
            await screen.hears("snapshot")
            # Too soon for another one; and a change comes before any second answer would.
            await screen.say('{"type":"snapshot"}')
            await in_thread(stage.sell)
            await screen.hears("changes")
            assert [found["type"] for found in screen.messages].count("snapshot") == 2

    run(scenario())


HOSTILE = [
    "",
    "null",
    "[]",
    '"snapshot"',
    "{",
    '{"type":"subscribe","event":1}',
    '{"type":["snapshot"]}',
    "[" * 900,
    "x" * 60_000,
    '{"type":"snapshot","rows":' + "9" * 5_000 + "}",
]


def test_nonsense_is_ignored_and_too_much_of_it_ends_the_socket(
    stage: Stage, session: str, patient: None, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
            for text in HOSTILE:
                await screen.say(text)
            await in_thread(stage.sell)
            await screen.hears("changes")
            assert [found["type"] for found in screen.messages].count("snapshot") == 1
            for _ in range(20):
                await screen.say("{}")
            assert await screen.closes() == POLICY_VIOLATION

    run(scenario())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_news_in_any_order_and_again_changes_nothing(
    stage: Stage, session: str, patient: None
) -> None:
    """The same rows, older ones, and rows that nobody knows."""
    listing, row = stage.listing(channel="agent").pk, stage.row(channel="agent").pk

    async def scenario() -> None:
        event = stage.event.pk
        async with Screen(event, as_person(session)) as screen:
            await screen.hears("snapshot")
            await in_thread(lambda: stage.sell((("Ticket", 3),), channel="agent"))
            await screen.until(lambda: screen.mirror.sellable(listing) == 27, "3 are sold")
            hub = hubs()._hubs[event]
            version = screen.mirror.snapshot["rows"][row]["version"]
            hub.hear([[row, event, version, 99, 0, 0, 0], [row, event, version - 1, 98, 0, 0, 0]])
            hub.hear([[10**12, event, 1, 5, 0, 0, 0]])
            await in_thread(lambda: stage.sell((("Ticket", 1),), channel="agent"))
            await screen.until(lambda: screen.mirror.sellable(listing) == 26, "1 more is sold")
            assert 99 not in {found["quantity"] for found in screen.mirror.numbers["rows"].values()}

    run(scenario())
