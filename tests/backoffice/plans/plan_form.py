"""The plan editor's form as a browser would send it."""

import re
from html import unescape
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from events.models import Pool
from tests.factories import Stage

HTMX = {"HX-Request": "true"}


def editor(pool: Pool) -> str:
    return reverse("admin:events_pool_plan", args=(pool.pk,))


def line(stage: Stage, channel: str, amount: object = 0, **terms: Any) -> dict[str, Any]:
    """The fields of a channel's line; an amount like ``"30 %"`` is in percent."""
    number = stage.channels[channel].pk
    values = {"draws": "NONE", "tier": 1, "opens": "AT_ONCE", "closes": "NEVER"}
    return {"line": [number], **_fields(f"line-{number}", amount, values | terms)}


def group(key: int, name: str, amount: object = 0, **terms: Any) -> dict[str, Any]:
    return {"group": [key], **_fields(f"group-{key}", amount, {"name": name} | terms)}


def _fields(prefix: str, amount: object, terms: dict[str, Any]) -> dict[str, Any]:
    number, percent, _rest = str(amount).partition(" %")
    values = {"amount": number, "unit": "percent" if percent else "units", "release": "NEVER"}
    return {f"{prefix}-{name}": value for name, value in (values | terms).items()}


def form(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """All lines and groups together."""
    whole: dict[str, Any] = {"revision": 0, "note": ""}
    for part in parts:
        for name, value in part.items():
            whole[name] = whole.get(name, []) + value if name in {"line", "group"} else value
    return whole | more


def outcome(client: Client, pool: Pool, whole: dict[str, Any]) -> str:
    """What the editor says of a form while it is typed."""
    answer = client.post(editor(pool), whole | {"do": "outcome"}, headers=HTMX)
    assert answer.status_code == 200
    return str(answer.content.decode())


def text(body: str, element: str) -> str:
    """The words inside an element with that id, tags left out."""
    found = re.search(rf'<(\w+)[^>]*?id="{re.escape(element)}"[^>]*>(.*?)</\1>', body, re.DOTALL)
    assert found, element
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found[2]))).strip()


def guide(stage: Stage, web: str = "30 %") -> dict[str, Any]:
    """30 % direct, 20 % box office, 50 % that the partners share."""
    return form(
        line(stage, "web", web),
        line(stage, "box", "20 %"),
        line(stage, "agent", draws="group-1"),
        line(stage, "hotel", draws="group-1"),
        group(1, "partners", "50 %"),
    )


def save(client: Client, stage: Stage, whole: dict[str, Any], do: str = "save") -> Any:
    return client.post(editor(stage.pools["GA"]), whole | {"do": do})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]
