"""A counter in the browser: its event, its clerk, and a line to the server that can be cut."""

import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from tests.chromium import FLAGS, installed
from tests.factories import Stage, make_stage, make_user

DESK = "desk"


def make_counter(units: int = 100, **traits: object) -> Stage:
    """An event that a box office and a website sell; the box office has all of it."""
    stage = make_stage(
        name="Diwali Night",
        pools={"GA": units},
        items={"Ticket": {"GA": 1}, "Family pack": {"GA": 4}},
        channels=(DESK, "web"),
        give={("GA", DESK): units},
    )
    SalesChannel.objects.filter(pk=stage.channels[DESK].pk).update(
        kind=ChannelKind.PHYSICAL, place=ChannelPlace.BOX_OFFICE, **traits
    )
    return stage


def make_clerk(stage: Stage, **fields: object) -> User:
    user = make_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=Role.BOX_OFFICE.value))
    user.venues.add(stage.event.venue)
    return user


class Wire:
    """A line to a server: cut, nobody answers at its port, and what was on its way is lost."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def mend(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        if self._listener is not None:
            # Closing alone would leave the thread in its accept, and the port open.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        far = socket.socket()
        self._open |= {near, far}
        try:
            far.connect(("127.0.0.1", self._server_port))
            while True:
                ready, _, _ = select.select([near, far], [], [])
                for line in ready:
                    data = line.recv(65_536)
                    if not data:
                        return
                    (far if line is near else near).sendall(data)
        except OSError:
            return
        finally:
            self._open -= {near, far}
            near.close()
            far.close()


def open_profile(browser: Browser, directory: Path) -> BrowserContext:
    """A browser of its own with what is kept in a directory."""
    return browser.browser_type.launch_persistent_context(
        directory,
        executable_path=installed(),
        args=list(FLAGS),
        viewport={"width": 1280, "height": 800},
    )


def kill_browser(directory: Path) -> None:
    """As if the power had gone: the process that was started with the directory, and nothing else."""
    mark = f"--user-data-dir={directory}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if mark in arguments:
                os.kill(int(folder.name), signal.SIGKILL)


def stay_signed_in(context: BrowserContext, url: str, user: User) -> None:
    """By a cookie that outlives the browser, as the server sets it."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"]
    until = time.time() + 3600
    context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "url": url, "expires": until}]
    )


def open_counter(page: Page, url: str, stage: Stage) -> None:
    page.goto(f"{url}/sell/{stage.channels[DESK].pk}/")
    expect(page.locator(".tile").first).to_be_visible()


def open_till(page: Page, terminal: str = "Gate 1") -> None:
    page.fill('[name="terminal"]', terminal)
    page.fill('[name="float"]', "2000")
    page.keyboard.press("Enter")
    expect(page.locator(".steps")).to_be_visible()


def take_lease(page: Page, item: int, count: int, terminal: str = "Gate 1") -> str:
    """Its number."""
    page.keyboard.press("o")
    page.fill('#offline [name="terminal"]', terminal)
    page.fill(f'[name="item-{item}"]', str(count))
    page.press(f'[name="item-{item}"]', "Enter")
    title = page.locator(".lease h3").first
    expect(title).to_be_visible()
    page.keyboard.press("Escape")
    return (title.text_content() or "").split()[1].rstrip(",")


def sell_for_cash(page: Page) -> str:
    """In three keys; the number of the receipt."""
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".kinds")).to_be_visible()
    page.keyboard.press("c")
    receipt = page.locator(".sold .receipt")
    expect(receipt).to_be_visible()
    number = (receipt.text_content() or "").split()[-1]
    page.keyboard.press("Enter")
    expect(receipt).to_have_count(0)
    return number


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.cut()
