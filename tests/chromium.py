"""Where Chromium is, and how it is started where it visits our own pages only: once for files that follow
one another.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

# The first is the same browser without its own windows, menus and drawing of them.
PLACES = (
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
FLAGS = (
    "--no-sandbox",  # it does not run as root otherwise, and visits our own pages only
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed() -> str | None:
    return next((path for path in PLACES if Path(path).exists()), None)


# What runs, and how it is ended.
_running: list[Browser] = []
_ending = ExitStack()


def running(program: str) -> Browser:
    """The browser, started where it does not run yet."""
    if not _running:
        # Playwright keeps an event loop running in this thread, which Django takes for async code.
        patch = _ending.enter_context(pytest.MonkeyPatch.context())
        playwright = _ending.enter_context(sync_playwright())
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        _ending.callback(started.close)
        _running.append(started)
    return _running[0]


def end_before(item: pytest.Item, following: pytest.Item | None) -> None:
    """End it where the following test begins another file and has no use for it."""
    names = getattr(following, "fixturenames", ())
    is_same_file = following is not None and following.path == item.path
    if _running and not is_same_file and "browser" not in names:
        _running.clear()
        _ending.close()
