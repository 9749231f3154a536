"""The addresses of the running demo: a named row, and every page there is to look at."""

import re
from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from allocations.models import SalesChannel
from events.models import Event, Item, Venue
from screenshots.shots import BOARD_IS_LIVE

NAMED = re.compile(r"\{(event|channel|venue|item):([^}]+)\}")
MODELS: dict[str, type[Model]] = {
    "event": Event,
    "channel": SalesChannel,
    "venue": Venue,
    "item": Item,
}
VIEWS = ("changelist", "add", "change", "history")


def found(path: str) -> str:
    """The path with the rows that it names: the first of that name (an item's event before it), as the model orders them."""

    def number(match: re.Match[str]) -> str:
        model, (*event, name) = MODELS[match[1]], match[2].split(" / ")
        of_event = {"event": Event.objects.filter(name=event[0]).first()} if event else {}
        row = model._default_manager.filter(name=name, **of_event).first()
        if row is None:
            message = f"There is no {match[1]} {name!r} in the demo."
            raise LookupError(message)
        return str(row.pk)

    return NAMED.sub(number, path)


def every_page() -> Iterator[tuple[str, str, str]]:
    """Name, path and what to wait for, of each admin page and board."""
    yield "admin", reverse("admin:index"), "#content, main"
    for model in admin.site._registry:  # noqa: SLF001 - there is no public list of it
        yield from _pages_of(model)
    yield "boards", reverse("boxoffice:boards"), "main"
    board = reverse("boxoffice:board", args=[found("{event:Monsoon Ragas}")])
    yield "board", board, BOARD_IS_LIVE


def _pages_of(model: type[Model]) -> Iterator[tuple[str, str, str]]:
    opts = model._meta
    row = model._default_manager.first()
    for view in VIEWS:
        of_row = view in ("change", "history")
        if of_row and row is None:
            continue
        try:
            path = reverse(
                f"admin:{opts.app_label}_{opts.model_name}_{view}",
                args=[row.pk] if row is not None and of_row else [],
            )
        except NoReverseMatch:
            continue
        yield f"{opts.app_label}-{opts.model_name}-{view}", path, "#content, main, body"
