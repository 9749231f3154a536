"""The versions in which a channel's mapping was kept: who has made each, when, why, and what it changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import REPORTS_LATE
from allocations.models import SalesChannel
from backoffice.kit.panels import Panel
from backoffice.late_sales.mapping_form import LABELS
from common.text import local_time, number
from events.models import Event
from exchange.cell_types import excerpt
from exchange.sales_files.mapping import ROLES, FileMapping
from offline.enums import FileMode

SEE_FILES = "offline.view_salesfile"
SLUG = "mapping"


class MappingsPanel(Panel):
    """Of a channel: how its sales files are read, and were before."""

    slug = SLUG
    title = _("Sales files")
    template = "admin/late_sales/mappings.html"
    permission = SEE_FILES

    @property
    def is_shown(self) -> bool:
        channel: SalesChannel = self.subject
        return channel.connectivity in REPORTS_LATE or channel.file_mappings.exists()

    def context(self) -> dict[str, Any]:
        return {"versions": version_rows(self.subject)}


def version_rows(channel: SalesChannel) -> list[dict[str, Any]]:
    """For ``admin/late_sales/mapping_versions.html``, the newest first."""
    versions = channel.file_mappings.select_related("user").annotate(read=Count("files"))
    mappings = [
        (version, FileMapping.of(version.content)) for version in versions.order_by("version")
    ]
    event_ids = {mapping.event_id for _version, mapping in mappings if mapping.event_id is not None}
    events = Event.objects.select_related("venue").in_bulk(event_ids)
    rows: list[dict[str, Any]] = []
    before: FileMapping | None = None
    for version, mapping in mappings:
        rows.append(
            {
                "version": version,
                "at": local_time(version.made_at, channel.venue.zone),
                "files": number(version.read),
                "changes": list(_changes(before, mapping, events)),
            }
        )
        before = mapping
    return rows[::-1]


def _changes(
    before: FileMapping | None, mapping: FileMapping, events: Mapping[int, Event]
) -> Iterator[str]:
    """What a version says otherwise than the one before it; of the first, all that it says."""
    if before is None or before.mode != mapping.mode:
        yield str(FileMode(mapping.mode).label)
    old = before.columns if before is not None else {}
    for role in ROLES:
        yield from _column(LABELS[role], old.get(role), mapping.columns.get(role))
    old_event = before.event_id if before is not None else None
    if mapping.event_id != old_event:
        event = events.get(mapping.event_id or 0)
        yield _t("All of a file is of %s") % (event or _t("no event alone"))
    yield from _words(before.events if before is not None else {}, mapping.events)
    yield from _words(before.items if before is not None else {}, mapping.items)
    if list(mapping.counted) != list(before.counted if before is not None else ()):
        words = ", ".join(excerpt(word) for word in mapping.counted) or _t("none")
        yield _t("Words that mean that the sale stands: %s") % words
    if mapping.decimal != (before.decimal if before is not None else ""):
        yield _t("Decimals stand after: %s") % (
            mapping.decimal or _t("what can be read in one way")
        )


def _column(label: object, old: str | None, new: str | None) -> Iterator[str]:
    if old == new:
        return
    values = {"label": label, "old": excerpt(old or ""), "new": excerpt(new or "")}
    if old is None:
        yield _t("%(label)s: column %(new)s") % values
    elif new is None:
        yield _t("%(label)s: no column, before %(old)s") % values
    else:
        yield _t("%(label)s: column %(new)s, before %(old)s") % values


def _words(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for word, name in new.items():
        if old.get(word) != name:
            yield _t("%(word)s is %(name)s") % {"word": excerpt(word), "name": name}
    for word in old:
        if word not in new:
            yield _t("%(word)s is no word of the file any more") % {"word": excerpt(word)}
