"""No page lets a name from right to left turn the dates and numbers beside it."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from events.enums import EventStatus
from tests.backoffice.addresses import page
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db

NAME = "חגיגה גדולה"
# What is sent back or read by programs, and is drawn by nobody or alone in its box.
NOT_DRAWN = {"script", "style", "textarea"}


class Texts(HTMLParser):
    """The texts of a page that hold the name and do not set it apart."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.path: list[str] = []
        self.seen = 0
        self.turning: list[str] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.path.append(tag)
        for name, value in attrs:
            if name in {"title", "aria-label"} and NAME in (value or ""):
                self._judge(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.path:
            while self.path.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if NAME in data and not NOT_DRAWN & set(self.path):
            if self.path[-1] == "bdi":
                self.seen += 1
            else:
                self._judge(data)

    def _judge(self, text: str) -> None:
        self.seen += 1
        if text.count(NAME) != text.count(f"\u2068{NAME}\u2069"):
            self.turning.append(text.strip())


@kept
def stage(db: None) -> Stage:
    stage = make_stage(give={("GA", "web"): 60}, name=NAME, status=EventStatus.ON_SALE)
    stage.sell([("Ticket", 3)])
    parts: list[Any] = [
        stage.event.venue,
        *stage.pools.values(),
        *stage.items.values(),
        *stage.channels.values(),
    ]
    for named in parts:
        named.name = NAME
        named.save()
    return stage


def test_every_page_sets_the_name_apart(stage: Stage, manager: Client) -> None:
    addresses = [
        reverse("admin:index"),
        reverse("boxoffice:boards"),
        reverse("boxoffice:board", args=(stage.event.pk,)),
    ]
    for model in admin.site._registry:
        if (first := model._default_manager.first()) is not None:
            opts = model._meta
            addresses += [
                reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
                page(first, "change"),
            ]
    seen = 0
    for address in addresses:
        answer = manager.get(address)
        if answer.status_code != 200 or answer.streaming:
            continue
        texts = Texts(answer.content.decode())
        assert texts.turning == [], address
        seen += texts.seen
    assert seen > 50
