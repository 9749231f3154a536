"""What a person reads where no page of ours answers, and what a program does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from common.error_page import POLICY
from finlo_inventory import health
from tests.accessibility import expect_accessible


def raising(error: Exception) -> Callable[..., Any]:
    def view(*args: Any, **kwargs: Any) -> None:
        raise error

    return view


FAILURES: dict[str, tuple[Exception, int, str]] = {
    "malformed": (BadRequest(), 400, "This cannot be read"),
    "forbidden": (PermissionDenied(), 403, "You may not do this"),
    "ours": (ValueError("a mistake"), 500, "Something went wrong on our side"),
    "database": (OperationalError("gone"), 503, "We cannot answer at the moment"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_a_page_of_our_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a question to the database: this test has none."""
    error, status, title = FAILURES[name]
    monkeypatch.setattr(health, "HttpResponse", raising(error))
    answer = Client(raise_request_exception=False).get("/healthz")
    body = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in body
    assert 'href="/board/"' in body
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["Cache-Control"] == "no-store"
    assert "a mistake" not in body
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)


@pytest.mark.django_db
def test_a_form_without_its_token_says_what_to_do_and_changes_nothing() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})
    assert answer.status_code == 403
    assert "Go back, load the page again" in answer.content.decode()


def test_below_the_api_each_is_a_problem() -> None:
    answer = Client().get("/api/nowhere")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_is_read_in_the_dark_on_a_phone_and_by_a_screen_reader(
    page: Page, live_server: LiveServer
) -> None:
    page.goto(f"{live_server.url}/nowhere/")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "12px"
    expect_accessible(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/**")
