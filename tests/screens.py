"""The admin in a browser: a person who has signed in, on pages that keep to their own policy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, expect

from accounts.models import User

PASSWORD = "a long enough phrase 7"
# What htmx says of a question that gave way to a newer one. One that was lost has another name besides.
GAVE_WAY = {"htmx:afterRequest", "htmx:sendAbort"}


@contextmanager
def signed_in(page: Page, root: str, user: User) -> Iterator[Page]:
    """A page on which ``user`` is signed in. Whatever the console calls an error fails the test.

    That is how a browser reports what the policy of a page forbids.
    """
    errors = errors_on(page)
    let_in(page, root, user)
    yield page
    assert errors == []


def errors_on(page: Page) -> list[str]:
    """What the console of the page calls an error from now on.

    That nothing answers at the live server's address is none: few tests start one. Nor is it one that a preview
    was replaced by the next, which it is wherever the machine is slower than who types.
    """
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "/ws/" not in message.text and message.text not in GAVE_WAY:
            errors.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    return errors


def let_in(page: Page, root: str, user: User) -> None:
    """With a session of its own, and nothing of the form: no page is open yet."""
    client = Client()
    client.force_login(user)
    take_session(page, root, client)


def take_session(page: Page, root: str, client: Client) -> None:
    """The page goes on where the client has signed in."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": root}])


def sign_in(page: Page, root: str, user: User) -> None:
    """By the form, with a password that the user is given here."""
    user.set_password(PASSWORD)
    user.save()
    page.goto(f"{root}/admin/")
    page.fill("#id_username", user.email)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    expect(page).to_have_url(re.compile(r"/admin/$"))


def sign_out(page: Page) -> None:
    page.context.clear_cookies()
