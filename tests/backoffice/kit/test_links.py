"""Every link that a page shows leads to a page that the reader may open: walked for each role."""

from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.roles import Role, permissions_of
from partners.models import ApiKey
from sales.models import Booking
from tests.backoffice.addresses import every_page, objects_of, transfer_pages
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage, make_user
from transfers.enums import Origin
from transfers.models import Transfer, TransferRule

pytestmark = pytest.mark.django_db

STAFF_ROLES = [role for role in Role if permissions_of(role)]
# Ends the session, files, and what is served beside the pages.
LEFT_OUT = ("/admin/logout/", "/static/", "/admin/jsi18n/")


class Links(HTMLParser):
    """What a page offers to go to or to open in a dialog."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        target = given.get("hx-get") or (given.get("href") if tag == "a" else None)
        if target and not target.startswith(("#", "mailto:", "tel:")):
            address = urlsplit(urljoin(self.page, target))
            query = f"?{address.query}" if address.query else ""
            if not address.netloc and not address.path.startswith(LEFT_OUT):
                self.found.add(address.path + query)


def view_of(url: str) -> str:
    """Of pages with the same view, one is as open as the other."""
    path = urlsplit(url).path
    try:
        return resolve(path).view_name
    except Resolver404:
        return path


def broken_links(client: Client, start: Iterable[str]) -> tuple[dict[str, str], int]:
    """The links that lead nowhere, each with the page that shows it, and how many pages were shown.

    The pages to begin with may be closed to the person; a page that another one links may not.
    """
    waiting = deque((url, "") for url in start)
    shown, broken, seen = set[str](), dict[str, str](), set[str]()
    while waiting:
        url, linked_on = waiting.popleft()
        if (url in seen and url not in broken) or (linked_on and view_of(url) in shown):
            continue
        seen.add(url)
        answer = client.get(url)
        if answer.status_code in {301, 302}:
            waiting.append((urljoin(url, answer.headers["Location"]).partition("#")[0], url))
        elif answer.status_code >= 400:
            if linked_on:
                broken[url] = f"{answer.status_code}, on {linked_on}"
        else:
            shown.add(view_of(url))
            if "html" in answer.headers["Content-Type"]:
                links = Links(url)
                links.feed(answer.content.decode())
                waiting.extend((link, url) for link in sorted(links.found))
        if answer.streaming:
            deque(answer, maxlen=0)  # a file that is not read to its end stays open
    return broken, len(shown)


def rows_of_everybody(stage: Stage) -> list[str]:
    """Pages whose rows name people, keys and rules. Returns where the walk begins."""
    objects = objects_of(stage)
    key = ApiKey.objects.earliest("pk").pk
    Booking.objects.update(api_key_id=key)
    now = timezone.now()
    for asker in (
        {"requested_by": make_user(), "origin": Origin.PERSON},
        {"rule": TransferRule.objects.earliest("pk"), "origin": Origin.RULE},
        {"api_key_id": key, "origin": Origin.PARTNER, "asking_channel": stage.channels["web"]},
    ):
        Transfer.objects.create(
            event=stage.event,
            pool=stage.pools["GA"],
            source=stage.row(),
            target=stage.open_row(),
            units=1,
            reason="test",
            requested_at=now,
            lapses_at=now + timedelta(hours=24),
            **asker,
        )
    return ["/admin/", "/board/", *every_page(objects), *transfer_pages(stage)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", STAFF_ROLES)
def test_no_link_leads_to_a_page_that_its_reader_may_not_open(
    role: Role, stage: Stage, sign_in: SignIn
) -> None:
    start = rows_of_everybody(stage)
    broken, shown = broken_links(sign_in(person(role, stage)), start)
    assert broken == {}
    assert shown > 50
