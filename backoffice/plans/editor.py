"""The plan editor of a pool: a form, and beside it at every moment what the plan would do.

While somebody types, the browser asks for the outcome alone and what was typed stays untouched.
Lines that come and go, and shapes to begin with, only rewrite the form; drafts are saved and
applied by services.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import Draws, Strategy
from allocations.errors import PlanConflictError, PlanRefusedError
from allocations.models import AllocationPlan, Listing, SalesChannel, Stock
from allocations.plans import services
from allocations.plans.overview import standing
from allocations.plans.presets import Shares, beginning, by_shares
from allocations.plans.selectors import draft_of, plan_in_force, stock_of
from allocations.plans.spec import Group, Line, PlanSpec
from backoffice.plans.bar import by_kind
from backoffice.plans.forms import GROUP_KEY, PlanForm
from backoffice.plans.picture import Picture
from backoffice.plans.writing import write_group, write_line, written
from common.addresses import change_url
from common.refusals import EXPECTED, explain
from events.models import Pool

# What each shape is good for, in the words of somebody who chooses.
BEGINNINGS = (
    (
        Strategy.FIXED,
        "pie_chart",
        _("Each channel has a part of its own, and sells no more than that."),
    ),
    (
        Strategy.PRIORITY,
        "low_priority",
        _("All sell from one stock: your own channels first, others later."),
    ),
    (Strategy.DYNAMIC, "swap_horiz", _("Parts to begin with; what does not sell may be moved.")),
    (Strategy.HYBRID, "join", _("Partners have fixed parts, all others share the rest.")),
)
BY_SHARES = "SHARES"
SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
SHARES_OF = {
    "direct": _("Direct channels, %"),
    "physical": _("Box offices and kiosks, %"),
    "partners": _("All partners, from one stock, %"),
}
SHARES_WRONG = _("Shares are numbers such as 30, and not more than 100 together.")
LARGEST_REVISION = 10


class PlanEditor:
    """One request to the editor's page."""

    def __init__(self, model_admin: Any, request: HttpRequest, pool: Pool) -> None:
        self.admin, self.request, self.pool = model_admin, request, pool
        self.event = pool.event
        self.now = timezone.now()
        self.address = reverse("admin:events_pool_plan", args=(pool.pk,))
        self.conflict = ""

    # --- What there is --------------------------------------------------------------------

    @cached_property
    def channels(self) -> list[SalesChannel]:
        """All of the venue."""
        return by_kind(SalesChannel.objects.filter(venue_id=self.event.venue_id))

    @cached_property
    def rows(self) -> list[Stock]:
        return list(stock_of(self.pool).select_related("channel", "pool"))

    @cached_property
    def needed(self) -> set[int]:
        """Channels that sell something of the event or have something of the pool."""
        listing = Listing.objects.filter(event=self.event).values_list("channel_id", flat=True)
        return set(listing) | {
            row.channel_id for row in self.rows if row.channel_id and row.quantity
        }

    @cached_property
    def in_force(self) -> AllocationPlan | None:
        return plan_in_force(self.pool)

    @cached_property
    def draft(self) -> AllocationPlan | None:
        return draft_of(self.pool)

    @property
    def revision(self) -> int:
        return self.draft.revision if self.draft else 0

    def opened(self) -> QueryDict:
        """The form as it opens: the draft, else the plan in force, else the stock as it stands."""
        plan = self.draft or self.in_force
        spec = PlanSpec.read(plan) if plan else standing(self.rows)
        order = {channel.pk: at for at, channel in enumerate(self.channels)}
        lines = sorted(spec.lines, key=lambda line: order.get(line.channel_id, 0))
        channel_ids = {line.channel_id for line in lines}
        lines += [
            Line(channel_id=channel.pk, units=0)
            for channel in self.channels
            if channel.pk in self.needed - channel_ids
        ]
        return written(PlanSpec(lines, spec.groups, spec.note), self.revision)

    # --- The answer -----------------------------------------------------------------------

    def answer(self) -> HttpResponseBase:
        if self.request.method != "POST":
            return self.page(PlanForm(self.opened(), self.channels))
        data = self.request.POST.copy()
        name, _dash, about = data.get("do", "").partition("-")
        act = self.acts.get(name)
        return act(data, about) if act else self.page(PlanForm(data, self.channels))

    @cached_property
    def acts(self) -> Mapping[str, Callable[[QueryDict, str], HttpResponseBase]]:
        return {
            "outcome": self.outcome,
            "add": self.add,
            "remove": self.remove,
            "begin": self.begin,
            "save": self.save,
            "over": self.save_over,
            "apply": self.apply,
        }

    def outcome(self, data: QueryDict, _about: str) -> HttpResponse:
        """Only what the plan would do, for the page that it is typed on."""
        context = self.context(PlanForm(data, self.channels)) | {"only": True}
        return render(self.request, "admin/plan_outcome.html", context)

    def page(self, form: PlanForm) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            "title": _t("Plan of %s") % self.pool.name,
            "opts": self.admin.opts,
            "original": self.pool,
            **self.context(form),
        }
        return render(self.request, "admin/plan_editor.html", context)

    # --- Rewriting the form -----------------------------------------------------------------

    def add(self, data: QueryDict, about: str) -> HttpResponse:
        if about == "group":
            keys = [int(key) for key in data.getlist("group") if GROUP_KEY.fullmatch(key)]
            key = max(keys, default=0) + 1
            write_group(data, Group(name=_t("Group %d") % key, units=0), str(key))
        else:
            number = data.get("channel", "")
            is_known = any(str(channel.pk) == number for channel in self.channels)
            if is_known and number not in data.getlist("line"):
                write_line(data, Line(channel_id=int(number), units=0))
        return self.page(PlanForm(data, self.channels))

    def remove(self, data: QueryDict, about: str) -> HttpResponse:
        kind, _dash, removed_key = about.partition("-")
        if kind in {"line", "group"}:
            data.setlist(kind, [key for key in data.getlist(kind) if key != removed_key])
        for name, value in list(data.items()):
            if kind == "group" and name.endswith("-draws") and value == about:
                data[name] = Draws.NONE
        return self.page(PlanForm(data, self.channels))

    def begin(self, data: QueryDict, about: str) -> HttpResponse:
        shares = self.shares()
        if about not in {*Strategy.values, BY_SHARES} or (about == BY_SHARES and not shares):
            return self.page(PlanForm(data, self.channels))
        numbers = set(data.getlist("line"))
        channels = [channel for channel in self.channels if str(channel.pk) in numbers]
        if about == BY_SHARES and shares:
            spec = by_shares(channels, shares)
        else:
            spec = beginning(Strategy(about), channels, self.event, self.pool.capacity, self.now)
        new_data = written(spec, 0)
        new_data["revision"], new_data["note"] = data.get("revision", ""), data.get("note", "")
        return self.page(PlanForm(new_data, self.channels))

    def typed_shares(self) -> dict[str, str]:
        """The three shares as they stand in the form, thirty, twenty and fifty at first."""
        usual = asdict(Shares())
        data = self.request.POST
        return {name: data.get(f"share-{name}", str(part)).strip() for name, part in usual.items()}

    def shares(self) -> Shares | None:
        """``None`` where they are no shares of a whole."""
        texts = self.typed_shares()
        if all(SHARE.fullmatch(text) for text in texts.values()):
            shares = Shares(**{name: Decimal(text) for name, text in texts.items()})
            if shares.direct + shares.physical + shares.partners <= 100:  # noqa: PLR2004 - percent
                return shares
        return None

    # --- Keeping it -------------------------------------------------------------------------

    def save(self, data: QueryDict, _about: str) -> HttpResponseBase:
        form = PlanForm(data, self.channels)
        if self.keep(form, data.get("revision", "")) is None:
            return self.page(form)
        messages.success(self.request, _t("The draft is saved. Nothing has been moved yet."))
        return redirect(self.address)

    def save_over(self, data: QueryDict, about: str) -> HttpResponseBase:
        """Save in place of a draft that somebody else has saved, and that the person was told of."""
        data["revision"] = about
        return self.save(data, "")

    def apply(self, data: QueryDict, _about: str) -> HttpResponseBase:
        """Keep it, and ask whether and why it is to be applied."""
        form = PlanForm(data, self.channels)
        spec = form.spec()
        if spec is not None:
            form.complain(services.preview(pool=self.pool, spec=spec, now=self.now).problems)
        if form.has_errors:
            form = PlanForm(data, self.channels)
            self.conflict = _t("This plan cannot be applied yet: see what is marked.")
            return self.page(form)
        revision = self.keep(form, data.get("revision", ""))
        return self.page(form) if revision is None else redirect(f"{self.address}?apply={revision}")

    def keep(self, form: PlanForm, revision: str) -> int | None:
        """Save the draft and return its revision; ``None`` when it cannot be, and why is shown."""
        spec = form.spec()
        if spec is None:
            return None
        if not (revision.isascii() and revision.isdigit() and len(revision) <= LARGEST_REVISION):
            form.problems.append(_t("Open the page again: it does not say which draft it shows."))
            return None
        if self.draft and str(self.revision) == revision and PlanSpec.read(self.draft) == spec:
            return self.revision
        try:
            with transaction.atomic():
                draft = services.save_draft(pool=self.pool, spec=spec, revision=int(revision))
        except PlanConflictError as error:
            self.conflict = error.detail
        except PlanRefusedError:
            pass  # the page shows each problem at its field
        except EXPECTED as error:
            form.problems += explain(error, {})[1]
        else:
            return draft.revision
        return None

    # --- What the templates are given ---------------------------------------------------------

    def context(self, form: PlanForm) -> dict[str, Any]:
        spec = form.spec()
        outcome = services.preview(pool=self.pool, spec=spec, now=self.now) if spec else None
        if outcome is not None:
            form.complain(outcome.problems)
        picture = Picture(
            form, spec, outcome, pool=self.pool, rows=self.rows, channels=self.channels
        )
        channel_ids = {line.channel.pk for line in form.lines}
        return {
            "form": form,
            "pool": self.pool,
            "event": self.event,
            "event_url": f"{change_url(self.event)}#dataset-plan",
            "zone": self.event.venue.time_zone,
            "address": self.address,
            "draft": self.draft,
            "in_force": self.in_force,
            "revision": form.data.get("revision", ""),
            "conflict": self.conflict,
            "is_typed": self.request.method == "POST",  # what is kept is shown by another request
            "theirs": self.revision,
            "strategy": spec.strategy
            if spec and not all(line.is_empty for line in spec.lines)
            else None,
            "beginnings": BEGINNINGS,
            # Who has nothing yet begins with a shape; and what is wrong there is seen.
            "begins_open": self.opens_with_beginnings(spec),
            "shares": [
                (name, label, self.typed_shares()[name]) for name, label in SHARES_OF.items()
            ],
            "shares_error": "" if self.shares() else SHARES_WRONG,
            "others": [channel for channel in self.channels if channel.pk not in channel_ids],
            "asked_to_apply": self._asked_to_apply(),
            **picture.context(self.needed),
        }

    def opens_with_beginnings(self, spec: PlanSpec | None) -> bool:
        if self.request.method == "POST":
            return self.shares() is None
        return spec is not None and all(line.is_empty for line in spec.lines)

    def _asked_to_apply(self) -> str:
        """The address of the dialog that applies the draft, when the person has just asked."""
        revision = self.request.GET.get("apply", "")
        if self.draft is None or self.request.method == "POST" or not revision.isdigit():
            return ""
        return (
            f"{reverse('admin:events_pool_apply_plan', args=(self.pool.pk,))}?revision={revision}"
        )
