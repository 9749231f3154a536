"""The running system around a checklist: web, live, a notifier and a worker for files, in threads of the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from django.contrib.auth.models import Group
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from alerts import tasks
from alerts.models import AlertTeam, Endpoint
from allocations.contacts import note_contact
from allocations.enums import ChannelKind, ChannelPlace, Connectivity, ContactKind
from allocations.models import SalesChannel
from common.actor import SYSTEM
from exchange.sales_files.work import work as work_on_files
from finlo_inventory.asgi import application
from finlo_inventory.processes.ports import free_port
from partners.api import keys
from partners.enums import Scope
from partners.services import issue_key
from tests.factories import Stage, make_stage, make_user
from tests.waiting import until
from transfers.workflow import sign_off, workflow_of


@dataclass
class Helpers:
    """Threads that do what a notifier and a worker do; each may be switched off."""

    off: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)

    def go_on(self, name: str, work: Callable[[], object]) -> None:
        while not self.ended.wait(0.1):
            if name not in self.off:
                close_old_connections()
                work()
        connection.close()


@pytest.fixture
def system(live_server: LiveServer, settings: Any) -> Iterator[Helpers]:
    """Web and live at the addresses that the settings name, with mail that arrives."""
    keys.forget()
    settings.PUBLIC_URL, settings.LIVE_URL = live_server.url, ""
    settings.LIVE_PORT = free_port()
    settings.EMAIL_CONFIGURED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host="localhost",
            port=settings.LIVE_PORT,
            lifespan="off",
            log_level="warning",
        )
    )
    helpers = Helpers()
    threads = [
        threading.Thread(target=server.run),
        threading.Thread(target=helpers.go_on, args=("notifier", tasks.deliver)),
        threading.Thread(target=helpers.go_on, args=("files", work_on_files)),
    ]
    for thread in threads:
        thread.start()
    until(lambda: server.started, "the live server is up")
    yield helpers
    helpers.ended.set()
    server.should_exit = True
    for thread in threads:
        thread.join(20)
    keys.forget()


def staff(stage: Stage, role: Role, **fields: Any) -> User:
    user = make_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(stage.event.venue)
    return user


def program(channel: SalesChannel, *contacts: ContactKind) -> None:
    """A key of the channel, and signs of life of the program that has it."""
    with transaction.atomic():
        issue_key(channel=channel, name="Shop", scopes=list(Scope), by=SYSTEM, reason="test")
    for kind in contacts:
        note_contact(channel_id=channel.pk, kind=kind)


@contextmanager
def nothing() -> Iterator[None]:
    yield


@pytest.fixture
def sound(transactional_db: None) -> Stage:
    """An event that may go live: a website, a kiosk that reports late, a counter with a person; teams with addresses."""
    stage = make_stage(
        pools={"GA": 100},
        items={"Ticket": {"GA": 1}},
        channels=("web", "kiosk", "counter"),
        give={("GA", "web"): 40, ("GA", "kiosk"): 20, ("GA", "counter"): 20},
    )
    web, kiosk, counter = (stage.channels[name] for name in ("web", "kiosk", "counter"))
    SalesChannel.objects.filter(pk=kiosk.pk).update(connectivity=Connectivity.PERIODIC)
    SalesChannel.objects.filter(pk=counter.pk).update(
        kind=ChannelKind.PHYSICAL, place=ChannelPlace.BOX_OFFICE
    )
    stage.items["Ticket"].max_per_booking = 10
    stage.items["Ticket"].save()
    program(web, ContactKind.CALL)
    program(kiosk, ContactKind.CALL, ContactKind.SYNC)
    staff(stage, Role.BOX_OFFICE)
    manager = staff(stage, Role.VENUE_MANAGER, email="manager@example.com")
    for team in AlertTeam.objects.filter(venue=stage.event.venue):
        Endpoint.objects.filter(team=team).delete()
        Endpoint.objects.create(team=team, transport="EMAIL", address=f"team{team.pk}@example.com")
    sign_off(
        stage.event,
        digest=workflow_of(stage.event).digest,
        by=manager,
        note="",
        now=timezone.now(),
    )
    return stage
