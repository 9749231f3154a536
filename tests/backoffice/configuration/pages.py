"""The configuration page as a test opens it, and sends it back with something typed."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event


class _Form(HTMLParser):
    """What a browser would send of the form as it stands: what is disabled is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.select = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attrs = dict(pairs)
        if "disabled" in attrs:
            return
        if tag == "select":
            self.select, self.options = attrs.get("name") or "", []
        elif tag == "option" and self.select:
            self.options.append((attrs.get("value") or "", "selected" in attrs))
        elif tag == "input" and (name := attrs.get("name")):
            if attrs.get("type") in ("checkbox", "radio") and "checked" not in attrs:
                return
            self.data.setdefault(name, []).append(attrs.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select:
            chosen = [value for value, selected in self.options if selected] or [self.options[0][0]]
            self.data[self.select] = chosen
            self.select = ""


def address(event: Event) -> str:
    return reverse("admin:events_event_configuration", args=(event.pk,))


def form_in(body: str) -> dict[str, list[str]]:
    form = _Form()
    # The page has other forms, such as the search of its sidebar.
    found = re.search(r'<form[^>]*id="configuration".*?</form>', body, re.DOTALL)
    assert found is not None
    form.feed(found[0])
    return form.data


def opened(client: Client, event: Event) -> dict[str, list[str]]:
    answer = client.get(address(event))
    assert answer.status_code == 200
    return form_in(answer.content.decode())


def sent(
    client: Client, event: Event, data: dict[str, Any], do: str = "save", reason: str = "As agreed"
) -> HttpResponse:
    answer = client.post(address(event), data | {"do": do, "reason": reason})
    assert isinstance(answer, HttpResponse)
    return answer
