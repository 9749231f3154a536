"""Who may open an event's socket."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

import boxoffice.consumers
from accounts.models import User
from boxoffice.access import admit
from common.actor import SYSTEM
from common.handshake import Visitor, is_own_origin
from events.enums import EventStatus
from events.models import Event
from partners import services
from partners.enums import Scope
from partners.models import ApiKey
from tests.boxoffice.conftest import secret_of
from tests.boxoffice.watching import (
    Screen,
    as_person,
    as_program,
    in_thread,
    refused,
    run,
    session_of,
)
from tests.factories import Stage, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SIGNED_IN, FORBIDDEN, NO_SUCH_EVENT = 4401, 4403, 4404


def revoke_newest_key() -> None:
    with transaction.atomic():
        services.revoke_key(key_id=ApiKey.objects.latest("pk").pk, by=SYSTEM, reason="test")


def test_a_person_of_the_venue_sees_every_channel(stage: Stage, session: str) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            snapshot = await screen.hears("snapshot")
            names = {found["name"] for found in snapshot["channels"]}
            assert names == {"web", "agent"}
            assert len(snapshot["rows"]) == 3

    run(scenario())


def test_a_key_sees_its_own_channel_alone(stage: Stage, agent_key: str) -> None:
    async def scenario() -> None:
        async with Screen(stage.event.pk, as_program(agent_key)) as screen:
            snapshot = await screen.hears("snapshot")
            assert [found["name"] for found in snapshot["channels"]] == ["agent"]
            (row,) = snapshot["rows"]
            assert row["channel"] == stage.channels["agent"].pk
            (listing,) = snapshot["listings"]
            assert (listing["channel"], listing["sellable"]) == (stage.channels["agent"].pk, 30)
            assert not {"sold", "held", "left"} & listing.keys()

            # What another channel sells is no news for it; what it sells itself is.
            await in_thread(lambda: stage.sell((("Ticket", 5),), channel="web"))
            await in_thread(lambda: stage.sell((("Ticket", 2),), channel="agent"))
            changes = await screen.hears("changes")
            assert [found["stock"] for found in changes["rows"]] == [row["stock"]]
            assert [found["sellable"] for found in changes["listings"]] == [28]

    run(scenario())


def test_who_builds_the_socket_says_what_checks_a_key(stage: Stage) -> None:
    key = ApiKey(channel=stage.channels["agent"], scopes=[Scope.READ])
    asked: list[str] = []

    def check(secret: str) -> ApiKey:
        asked.append(secret)
        return key

    visitor = Visitor("Bearer open sesame", session_key=None, origin=None, host="localhost")
    assert admit(visitor, stage.event.pk, check) == stage.channels["agent"].pk
    assert asked == ["open sesame"]


def test_without_a_session_or_with_one_that_has_ended(stage: Stage, session: str) -> None:
    async def scenario() -> None:
        event = stage.event.pk
        nobody = [(b"host", b"localhost:8001"), (b"origin", b"http://localhost:8000")]
        assert await refused(event, nobody) == NOT_SIGNED_IN
        assert await refused(event, as_person("no-such-session")) == NOT_SIGNED_IN
        await in_thread(lambda: SessionStore(session).delete())
        assert await refused(event, as_person(session)) == NOT_SIGNED_IN

    run(scenario())


def test_a_changed_password_ends_the_session(stage: Stage, person: User, session: str) -> None:
    person.set_password("another")
    person.save()
    run(_refused_with(NOT_SIGNED_IN, stage, session))


def test_a_person_who_was_deactivated(stage: Stage, person: User, session: str) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    run(_refused_with(NOT_SIGNED_IN, stage, session))


def test_a_person_without_a_role_that_sees_stock(stage: Stage, person: User, session: str) -> None:
    person.groups.clear()
    run(_refused_with(NO_SUCH_EVENT, stage, session))


async def _refused_with(code: int, stage: Stage, session: str) -> None:
    assert await refused(stage.event.pk, as_person(session)) == code


def test_anothers_event_and_none_at_all_look_alike(
    stage: Stage, other: Stage, session: str, agent_key: str
) -> None:
    async def scenario() -> None:
        for event in (other.event.pk, 10**9, 10**40):
            assert await refused(event, as_person(session)) == NO_SUCH_EVENT
            assert await refused(event, as_program(agent_key)) == NO_SUCH_EVENT

    run(scenario())


def test_keys_that_are_wrong_revoked_or_may_not_read(
    stage: Stage, session: str, agent_key: str
) -> None:
    seller = secret_of(stage, "agent", Scope.SELL)
    revoked = secret_of(stage, "agent")
    revoke_newest_key()

    async def scenario() -> None:
        event = stage.event.pk
        assert await refused(event, as_program(agent_key[:-1])) == NOT_SIGNED_IN
        assert await refused(event, as_program("")) == NOT_SIGNED_IN
        assert await refused(event, as_program("\x00é")) == NOT_SIGNED_IN
        assert await refused(event, as_program(revoked)) == NOT_SIGNED_IN
        assert await refused(event, as_program(seller)) == FORBIDDEN
        # A key that is wrong does not fall back on the session beside it.
        both = [*as_person(session), (b"authorization", b"Bearer nonsense")]
        assert await refused(event, both) == NOT_SIGNED_IN

    run(scenario())


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "http://localhost.evil.example",
        "http://evil.example:8001",
        "http://127.0.0.1:8000",
        "file://localhost",
        "http://[broken",
    ],
)
def test_a_page_of_somebody_else_cannot_use_a_session(
    stage: Stage, session: str, origin: str | None
) -> None:
    async def scenario() -> None:
        assert await refused(stage.event.pk, as_person(session, origin=origin)) == FORBIDDEN

    run(scenario())


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://tickets.example.com", "tickets.example.com", True),
        ("https://tickets.example.com:443", "tickets.example.com", True),
        ("https://tickets.example.com", "tickets.example.com:8001", False),
        ("https://tickets.example.com:8443", "tickets.example.com", False),
        ("https://box.trusted.example", "live.example.com", True),
        ("http://box.trusted.example", "live.example.com", False),
        ("https://trusted.example.evil.example", "live.example.com", False),
        # A host that is not ours is no proof, though the two agree (DNS rebinding).
        ("https://evil.example", "evil.example", False),
        ("https://evil.example", "evil.example, tickets.example.com", False),
    ],
)
def test_in_production_the_port_counts_too(
    settings: object, origin: str, host: str, *, own: bool
) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS = ["tickets.example.com", "live.example.com"]  # type: ignore[attr-defined]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example"]  # type: ignore[attr-defined]
    assert is_own_origin(origin, host) is own


def test_a_draft_is_shown_to_people_and_not_to_programs(
    stage: Stage, session: str, agent_key: str
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)

    async def scenario() -> None:
        assert await refused(stage.event.pk, as_program(agent_key)) == NO_SUCH_EVENT
        async with Screen(stage.event.pk, as_person(session)) as screen:
            assert (await screen.hears("snapshot"))["event"]["status"] == "DRAFT"

    run(scenario())


def test_an_open_socket_is_cut_off_when_its_access_ends(
    stage: Stage,
    person: User,
    session: str,
    agent_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boxoffice.consumers, "RECHECK_SECONDS", 0.05)

    async def scenario() -> None:
        event = stage.event.pk
        async with (
            Screen(event, as_person(session)) as by_person,
            Screen(event, as_program(agent_key)) as by_key,
        ):
            await by_person.hears("snapshot")
            await by_key.hears("snapshot")
            await in_thread(person.venues.clear)
            assert await by_person.closes() == NO_SUCH_EVENT
            await in_thread(revoke_newest_key)
            assert await by_key.closes() == NOT_SIGNED_IN

    run(scenario())


def test_a_superuser_sees_every_venue(other: Stage) -> None:
    session = session_of(make_user(is_superuser=True))

    async def scenario() -> None:
        async with Screen(other.event.pk, as_person(session)) as screen:
            assert (await screen.hears("snapshot"))["event"]["id"] == other.event.pk

    run(scenario())


@pytest.mark.parametrize("path", ["x", "1/2", "-1", "", "９"])
def test_a_path_that_leads_nowhere_is_closed_as_well(path: str) -> None:
    async def scenario() -> None:
        answer = await Screen(path, []).knock()
        assert answer == {"type": "websocket.close", "code": NO_SUCH_EVENT}

    run(scenario())
