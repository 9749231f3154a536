"""A run of a checklist as pages show it: each check with its light, what was found, and what to do next."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.text import local_time
from events.models import Event
from golive.enums import CheckKind, Light, Readiness
from golive.models import ChecklistRun
from golive.results import results_now
from golive.selectors import Standing, latest_runs, standing_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A light is a color, a shape and a word.
SHAPES = {Light.GREEN: "✓", Light.AMBER: "!", Light.RED: "✕"}
TAGS = {
    Readiness.NEVER_RUN: "off",
    Readiness.RUNNING: "off",
    Readiness.NOT_READY: "stop",
    Readiness.UNSIGNED: "off",
    Readiness.OUT_OF_DATE: "stop",
    Readiness.READY: "on",
}
SENTENCES: "dict[Readiness, StrOrPromise]" = {
    Readiness.NEVER_RUN: _("The checklist of this event has not been run yet."),
    Readiness.RUNNING: _("The checklist is running; this takes a minute or two."),
    Readiness.NOT_READY: _("Something has failed: mend it, and run the checklist again."),
    Readiness.UNSIGNED: _("Nothing has failed. Read what was found, and sign it."),
    Readiness.OUT_OF_DATE: _("Something that was checked has changed since: run it again."),
    Readiness.READY: _("Everything was checked and signed, and nothing has changed since."),
}
# What each check does, for who reads its name alone.
EXPLANATIONS: "dict[CheckKind, StrOrPromise]" = {
    CheckKind.CHANNELS: _(
        "The last call of each channel's key, and a test read with a key of the checklist's own. Of channels that "
        "report late the last report, and a test sync and a test file."
    ),
    CheckKind.SALES: _(
        "Sixteen sales at the same moment of the last tickets of a rehearsal copy, while a screen watches."
    ),
    CheckKind.LIMITS: _(
        "Each channel asks for more than its part, its limits and one booking may have, and has to be refused."
    ),
    CheckKind.ALERTS: _("A test message to each team, and whether somebody has answered it."),
    CheckKind.APPROVAL: _(
        "The approval of transfers is read and signed, and a transfer near the start really waits."
    ),
}
LATEST = 10


def standing(event: Event) -> Standing:
    """Looked for once, and kept with the object of the page."""
    kept: Standing | None = getattr(event, "finlo_standing", None)
    if kept is None:
        kept = standing_of(event, _runs(event))
        event.finlo_standing = kept  # type: ignore[attr-defined]
    return kept


def _runs(event: Event) -> list[ChecklistRun]:
    kept: list[ChecklistRun] | None = getattr(event, "finlo_runs", None)
    if kept is None:
        kept = latest_runs(event, LATEST)
        event.finlo_runs = kept  # type: ignore[attr-defined]
    return kept


def state_of(event: Event) -> dict[str, Any]:
    """The readiness of an event in a tag and a sentence."""
    readiness = standing(event).readiness
    return {
        "readiness": readiness.label,
        "tag": TAGS[readiness],
        "sentence": SENTENCES[readiness],
        "waits": event.venue.requires_checklist and readiness != Readiness.READY,
    }


def told(run: ChecklistRun, event: Event) -> dict[str, Any]:
    """What a page says of a run."""
    zone = event.venue.zone
    return {
        "run": run,
        "at": local_time(run.at, zone),
        "signed_at": local_time(run.signed_at, zone) if run.signed_at else "",
        "results": [
            {
                "title": result.kind.label,
                "explanation": EXPLANATIONS[result.kind],
                **light(result.light),
                "findings": [
                    {
                        **light(row.light),
                        "text": row.text,
                        "next": row.next_step,
                        "url": row.address,
                    }
                    for row in result.findings
                ],
            }
            for result in results_now(run.results)
        ],
    }


def light(value: Light) -> dict[str, Any]:
    return {"color": value.value.lower(), "shape": SHAPES[value], "word": value.label}


def history_of(event: Event) -> list[dict[str, Any]]:
    """The newest runs, each with the address of its page."""
    return [
        {
            "run": run,
            "at": local_time(run.at, event.venue.zone),
            "light": light(Light(run.verdict)) if run.verdict else None,
            "url": page_url(run),
        }
        for run in _runs(event)
    ]


def page_url(run: ChecklistRun) -> str:
    return reverse("admin:events_event_go_live", args=(run.event_id, run.pk))


def progress_url(run: ChecklistRun) -> str:
    return reverse("admin:events_event_go_live_progress", args=(run.event_id, run.pk))
