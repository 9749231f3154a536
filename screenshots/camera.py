"""A browser that is signed in, and takes the pictures it is told to."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from demo.season import PASSWORD
from screenshots.shots import Shot
from tests.chromium import FLAGS, installed

PATIENCE_MS = 30_000
# Of a whole page: a list of a hundred rows goes on for ever on a phone.
TALLEST = 2_400


class Camera:
    """Keeps one signed-in profile for each login, width and scheme."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._profiles: dict[tuple[str, int, str], BrowserContext] = {}

    def take(self, shot: Shot, path: str, target: Path) -> None:
        """``path`` is the shot's, with its rows found."""
        page = self._profile(shot).new_page()
        page.set_viewport_size({"width": shot.width, "height": shot.height or 900})
        try:
            self._take(shot, page, path, target)
        finally:
            page.close()

    def _take(self, shot: Shot, page: Page, path: str, target: Path) -> None:
        page.goto(f"{self._url}{path}", wait_until="load")
        page.locator(shot.wait).first.wait_for(timeout=PATIENCE_MS)
        for selector in shot.clicks:
            page.click(selector, timeout=PATIENCE_MS)
        if shot.act is not None:
            shot.act(page)
        if shot.then:
            page.locator(shot.then).first.wait_for(timeout=PATIENCE_MS)
        page.evaluate("document.fonts.ready")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not shot.height:
            # Not full_page, which would leave what sticks to the window in the middle of the page.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": shot.width, "height": min(height, TALLEST)})
        page.screenshot(path=target, animations="disabled")

    def _profile(self, shot: Shot) -> BrowserContext:
        key = (shot.login, shot.width, shot.scheme)
        if key not in self._profiles:
            context = self._browser.new_context(
                viewport={"width": shot.width, "height": 900},
                color_scheme=shot.scheme,
                locale="en-IN",
                timezone_id="Asia/Kolkata",
                reduced_motion="reduce",
            )
            self._sign_in(context, shot.login)
            self._profiles[key] = context
        return self._profiles[key]

    def _sign_in(self, context: BrowserContext, login: str) -> None:
        page = context.new_page()
        page.goto(f"{self._url}/admin/login/?next=/board/")
        page.fill("[name=username]", login)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/board/", timeout=PATIENCE_MS)
        page.close()


@contextmanager
def camera(url: str) -> Iterator[Camera]:
    found = installed()
    if found is None:
        sys.exit("Chromium is not installed; bin/test installs it on Debian as root.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield Camera(browser, url)
        finally:
            browser.close()


def too_large(pictures: Iterable[Path], maximum: int) -> list[str]:
    return [
        f"{path.name}: {path.stat().st_size // 1000} kB"
        for path in pictures
        if path.stat().st_size > maximum
    ]
