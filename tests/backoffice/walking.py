"""A walk over all pages, as a person goes from link to link."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.db.models import Model
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from partners.models import ApiKey
from sales.models import Booking
from tests.backoffice.addresses import objects_of
from tests.factories import Stage, make_user
from transfers.enums import Origin
from transfers.models import Transfer, TransferRule

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


@dataclass
class Walk:
    """What each page answered; the links that lead nowhere, each with the page that shows it."""

    statuses: dict[str, int] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


def walk(client: Client, start: Iterable[str]) -> Walk:
    """The pages to begin with may be closed to the person; a page that another one links may not."""
    waiting = deque((url, "") for url in start)
    done = Walk()
    while waiting:
        url, linked_on = waiting.popleft()
        if (url in done.statuses and url not in done.broken) or (
            linked_on and view_of(url) in done.shown
        ):
            continue
        answer = client.get(url)
        done.statuses[url] = answer.status_code
        if answer.status_code in {301, 302}:
            waiting.append((urljoin(url, answer.headers["Location"]).partition("#")[0], url))
        elif answer.status_code >= 400:
            if linked_on:
                done.broken[url] = f"{answer.status_code}, on {linked_on}"
        else:
            done.shown.add(view_of(url))
            if "html" in answer.headers["Content-Type"]:
                links = Links(url)
                links.feed(answer.content.decode())
                waiting.extend((link, url) for link in sorted(links.found))
        if answer.streaming:
            deque(answer, maxlen=0)  # a file that is not read to its end stays open
    return done


def rows_of_everybody(stage: Stage) -> list[Model]:
    """One of each model that has pages, in rows that name people, keys and rules."""
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
    return objects
