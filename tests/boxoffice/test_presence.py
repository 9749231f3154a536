"""A channel's page says whether one of its programs is looking right now."""

import asyncio
from datetime import timedelta

import pytest
from django.db import DatabaseError

import boxoffice.presence
from allocations.contacts import NOTED_EVERY
from allocations.enums import ContactKind
from allocations.models import ChannelContact
from tests.boxoffice.conftest import secret_of
from tests.boxoffice.watching import Screen, as_person, as_program, in_thread, refused, run
from tests.factories import Stage

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SIGNED_IN = 4401


def sockets() -> list[tuple[str, bool]]:
    """Each channel whose socket was noted, and whether it is open."""
    found = ChannelContact.objects.filter(kind=ContactKind.SOCKET)
    return sorted((contact.channel.name, contact.closed_at is None) for contact in found)


async def becomes(expected: list[tuple[str, bool]]) -> None:
    async with asyncio.timeout(15):
        while await in_thread(sockets) != expected:  # noqa: ASYNC110 - it is in the database
            await asyncio.sleep(0.02)


def test_a_programs_socket_is_noted_while_it_is_open(stage: Stage, agent_key: str) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(agent_key)) as screen:
            await screen.hears("snapshot")
            await becomes([("agent", True)])
        assert await in_thread(sockets) == [("agent", False)]

    run(scenario())


def test_it_is_noted_again_and_again_while_it_is_open(
    stage: Stage, agent_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxoffice.presence, "NOTED_EVERY", timedelta(milliseconds=20))

    def look_dead() -> None:
        contacts = ChannelContact.objects.all()
        assert contacts.update(seen_at=contacts.get().seen_at - NOTED_EVERY) == 1

    def seen() -> object:
        return ChannelContact.objects.get().seen_at

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(agent_key)):
            await becomes([("agent", True)])
            first = await in_thread(seen)
            await in_thread(look_dead)
            async with asyncio.timeout(15):
                while await in_thread(seen) <= first:  # noqa: ASYNC110 - it is in the database
                    await asyncio.sleep(0.02)

    run(scenario())


def test_a_channel_is_there_until_its_last_socket_has_closed(stage: Stage, agent_key: str) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(agent_key)):
            async with Screen(stage.event.pk, as_program(agent_key)) as screen:
                await screen.hears("snapshot")
                await becomes([("agent", True)])
            assert await in_thread(sockets) == [("agent", True)]
        assert await in_thread(sockets) == [("agent", False)]

    run(scenario())


def test_a_socket_that_opens_again_is_noted_at_once(stage: Stage, agent_key: str) -> None:
    async def scenario() -> None:
        for _ in range(2):
            async with Screen(stage.event.pk, as_program(agent_key)):
                await becomes([("agent", True)])
            assert await in_thread(sockets) == [("agent", False)]

    run(scenario())


def test_channels_are_noted_apart(stage: Stage, agent_key: str) -> None:
    web_key = secret_of(stage, "web")

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(web_key)):
            await becomes([("web", True)])
            async with Screen(stage.event.pk, as_program(agent_key)):
                await becomes([("agent", True), ("web", True)])

    run(scenario())


def test_people_and_who_was_not_let_in_are_no_channels(stage: Stage, session: str) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            await screen.hears("snapshot")
        assert await refused(stage.event.pk, as_program("no secret")) == NOT_SIGNED_IN

    run(scenario())
    assert sockets() == []


def test_numbers_are_shown_though_nothing_can_be_noted(
    stage: Stage, agent_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def broken(*, channel_id: int, **_: object) -> None:
        asked.append(channel_id)
        raise DatabaseError("gone")

    monkeypatch.setattr(boxoffice.presence, "note_contact", broken)
    monkeypatch.setattr(boxoffice.presence, "note_socket_closed", broken)

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(agent_key)) as screen:
            await screen.hears("snapshot")

    run(scenario())
    assert asked == [stage.channels["agent"].pk] * 2
