"""The plan in plain language: a letter for each channel, and the versions of a pool's plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import PlanStatus
from allocations.models import AllocationPlan, SalesChannel
from allocations.plans.selectors import draft_of
from allocations.plans.spec import PlanSpec
from allocations.plans.text import present
from allocations.plans.text.comparing import Difference, compare, told, whom_about
from allocations.plans.text.document import (
    Document,
    channels_of,
    document_of,
    document_of_version,
)
from backoffice.kit.dialogs import link_action
from common import text
from common.addresses import change_url
from events.models import Event, Pool

MAY_SEE = "events.view_pool"
PER_PAGE = 20


def letter_url(event: Event, channel: SalesChannel, plan: AllocationPlan | None = None) -> str:
    """Of what is in force in all pools, or of one version of one pool's plan."""
    address = reverse("admin:events_event_plan_letter", args=(event.pk, channel.pk))
    return f"{address}?{urlencode({'plan': plan.pk})}" if plan else address


def letters_url(event_id: int) -> str:
    return reverse("admin:events_event_plan_letters", args=(event_id,))


def versions_url(pool: Pool) -> str:
    return reverse("admin:events_pool_plan_versions", args=(pool.pk,))


class PlanLetters:
    """Of the admin class of events: which plans are in force, and a letter for each channel."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        urls = [
            path(
                "<path:object_id>/plan-in-words/<int:channel_id>/",
                wrap(self.letter_view),
                name="events_event_plan_letter",
            ),
            path(
                "<path:object_id>/plan-in-words/",
                wrap(self.letters_view),
                name="events_event_plan_letters",
            ),
        ]
        return [*urls, *super().get_urls()]  # type: ignore[misc]

    @link_action(_("Plan in words"), permission=MAY_SEE, icon="description")
    def plan_in_words(self, event: Event) -> str:
        return letters_url(event.pk)

    def letters_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        event = self._event(request, object_id)
        plans = AllocationPlan.objects.filter(pool__event=event).exclude(status=PlanStatus.REPLACED)
        by_pool = {(plan.pool_id, plan.status): plan for plan in plans}
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Plan in words"),
            "subtitle": str(event),
            "opts": Event._meta,
            "original": event,
            "zone": event.venue.time_zone,
            "pools": [
                {
                    "pool": pool,
                    "plan": (plan := by_pool.get((pool.pk, PlanStatus.IN_FORCE))),
                    "applied": _when(plan, event),
                    "draft": by_pool.get((pool.pk, PlanStatus.DRAFT)),
                    "url": versions_url(pool),
                }
                for pool in event.pools.order_by("position", "pk")
            ],
            "channels": [(channel, letter_url(event, channel)) for channel in channels_of(event)],
        }
        return render(request, "admin/plan_letters.html", context)

    def letter_view(
        self, request: HttpRequest, object_id: str, channel_id: int
    ) -> HttpResponseBase:
        event = self._event(request, object_id)
        channel = SalesChannel.objects.filter(venue=event.venue_id, pk=channel_id).first()
        if channel is None:
            raise Http404
        now, plan = timezone.now(), _asked_version(request, event)
        document = (
            document_of_version(plan, channel, now) if plan else document_of(event, channel, now)
        )
        return render(request, "admin/plan_letter.html", _letter(document, plan))

    def _event(self, request: HttpRequest, object_id: str) -> Event:
        """Raises ``PermissionDenied``, and ``Http404`` for what is not of the person's venues."""
        if not request.user.has_perm(MAY_SEE) or not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        event: Event = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        return event


def _asked_version(request: HttpRequest, event: Event) -> AllocationPlan | None:
    """Of ``?plan=``. Raises ``Http404`` for one that is not of the event."""
    number = request.GET.get("plan", "")
    if not number:
        return None
    plans = AllocationPlan.objects.filter(pool__event=event).select_related("pool__event__venue")
    plan = plans.filter(pk=number).first() if number.isascii() and number.isdigit() else None
    if plan is None:
        raise Http404
    return plan


def _letter(document: Document, plan: AllocationPlan | None) -> dict[str, Any]:
    event, zone = document.event, document.zone
    return {
        "document": document,
        "date": date_format(document.now.astimezone(zone), "j F Y"),
        "now": text.minute(document.now, zone),
        "starts": (
            date_format(event.local_start, "j F Y")
            if event.all_day
            else text.moment(event.starts_at, zone)
        ),
        "parts": [
            {
                "part": part,
                "numbers": present.numbers(part.row) if part.row else "",
                "changes": told(part.changes, ""),  # the reason stands above them
            }
            for part in document.parts
        ],
        "back": versions_url(plan.pool) if plan else letters_url(event.pk),
        "others": [
            (channel, letter_url(event, channel, plan), channel == document.channel)
            for channel in channels_of(event)
        ],
    }


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what it says otherwise than the one before: of whom, and what."""

    plan: AllocationPlan
    is_first: bool
    changes: Sequence[tuple[str, str]]
    applied: str
    letters: Sequence[tuple[SalesChannel, str]]


class PlanVersions:
    """Of the admin class of pools: every version of the plan, compared with the one before."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.versions_view)  # type: ignore[attr-defined]
        url = path("<path:object_id>/plan-versions/", view, name="events_pool_plan_versions")
        return [url, *super().get_urls()]  # type: ignore[misc]

    @link_action(_("Plan versions"), permission=MAY_SEE, icon="difference")
    def versions(self, pool: Pool) -> str:
        return versions_url(pool)

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        pool: Pool = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        versions, older = _versions(pool, _before(request))
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Plan versions"),
            "subtitle": _t("%(pool)s, %(event)s") % {"pool": pool, "event": pool.event},
            "opts": Pool._meta,
            "original": pool,
            "event_url": change_url(pool.event),
            "letters_url": letters_url(pool.event_id),
            "zone": pool.event.venue.time_zone,
            "versions": versions,
            "older": f"?{urlencode({'before': older})}" if older else None,
        }
        return render(request, "admin/plan_versions.html", context)


def _before(request: HttpRequest) -> int | None:
    """The version before which the page begins; nonsense is as if it were not there."""
    number = request.GET.get("before", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None  # noqa: PLR2004 - what a column of versions holds


def _versions(pool: Pool, before: int | None) -> tuple[list[Version], int | None]:
    """A page of versions, the newest first and before them the draft; and where to go on."""
    plans = AllocationPlan.objects.filter(pool=pool, version__isnull=False)
    if before is not None:
        plans = plans.filter(version__lt=before)
    parts = ("lines", "groups")
    page = list(
        plans.order_by("-version")
        .select_related("applied_by")
        .prefetch_related(*parts)[: PER_PAGE + 1]
    )
    older = page[PER_PAGE - 1].version if len(page) > PER_PAGE else None
    draft = draft_of(pool) if before is None else None
    rows = [*([draft] if draft else []), *page]
    specs = [PlanSpec.read(plan) for plan in rows]
    channel_ids = {line.channel_id for spec in specs for line in spec.lines}
    channels = SalesChannel.objects.filter(pk__in=channel_ids).order_by("name", "pk")
    by_id = {channel.pk: channel for channel in channels}
    pairs = zip_longest(rows, specs, specs[1:])
    versions = [_version(pool, plan, spec, old, by_id) for plan, spec, old in pairs]
    return versions[: PER_PAGE + bool(draft)], older


def _version(
    pool: Pool,
    plan: AllocationPlan,
    spec: PlanSpec,
    before: PlanSpec | None,
    channels: dict[int, SalesChannel],
) -> Version:
    names = {number: channel.name for number, channel in channels.items()}
    differences = compare(before or PlanSpec(), spec, pool.event.venue.zone)
    channel_ids = {line.channel_id for line in spec.lines}
    return Version(
        plan=plan,
        is_first=before is None,
        changes=_grouped(differences, names),
        applied=_when(plan, pool.event),
        letters=[
            (channel, letter_url(pool.event, channel, plan))
            for number, channel in channels.items()
            if number in channel_ids
        ],
    )


def _grouped(differences: Sequence[Difference], names: dict[int, str]) -> list[tuple[str, str]]:
    """The differences of each channel and group in one line."""
    groups = groupby(differences, lambda difference: whom_about(difference, names))
    texts = ((whom, "; ".join(difference.text for difference in group)) for whom, group in groups)
    return [(whom, text if whom else capfirst(text)) for whom, text in texts]


def _when(plan: AllocationPlan | None, event: Event) -> str:
    if plan is None or plan.applied_at is None:
        return ""
    return text.minute(plan.applied_at, event.venue.zone)
