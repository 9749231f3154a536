"""The admin in a browser: a person who has signed in, on pages that keep to their own policy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Page, expect

from accounts.models import User

PASSWORD = "a long enough phrase 7"


@contextmanager
def signed_in(page: Page, root: str, user: User) -> Iterator[Page]:
    """The admin's first page, for ``user``. Whatever the console calls an error fails the test.

    That is how a browser reports what the policy of a page forbids.
    """
    errors = errors_on(page)
    sign_in(page, root, user)
    yield page
    assert errors == []


def errors_on(page: Page) -> list[str]:
    """What the console of the page calls an error from now on.

    That nothing answers at the live server's address is none: few tests start one.
    """
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "/ws/" not in message.text:
            errors.append(message.text)

    page.on("console", note)
    return errors


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
