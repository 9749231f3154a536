"""The page on which a programmer reads the API."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.partners.test_schema import OPERATIONS


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_reference_is_readable_and_loads_nothing_from_elsewhere(
    live_server: LiveServer, page: Page, width: int
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": width, "height": 844})
    answer = page.goto(f"{live_server.url}/api/v1/docs/")
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.locator("#operations-bookings-create_booking .opblock-summary-control").click()
    page.get_by_text("All of it or nothing.").first.wait_for()
    assert page.locator(".opblock").count() == len(OPERATIONS)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert said == []  # a refusal by the Content-Security-Policy would be told here
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
