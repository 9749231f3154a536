"""The page of an event's configuration: opened, previewed while somebody types, and saved in one go."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.enums import Strategy
from allocations.errors import PlanConflictError
from allocations.plans.presets import beginning
from allocations.plans.selectors import draft_of
from allocations.plans.spec import PlanSpec
from backoffice.alerts.rule_form import MESSAGES as OF_ALERTS
from backoffice.configuration.conflict import THEIRS, Told, told
from backoffice.configuration.foreseen import foreseen, why_idle
from backoffice.configuration.form import SHOWN, ConfigurationForm, texts_of
from backoffice.configuration.rights import SEE_ANY, Rights
from backoffice.configuration.shown import Page
from backoffice.kit.dialogs import Done, actor_of, link_action
from backoffice.kit.forms import PARTNERS_READ, InternalNoteField, ReasonField, wrong_in
from backoffice.plans.bar import by_kind
from backoffice.plans.pages import version_links
from backoffice.plans.shown import gains
from backoffice.transfers.policy import TransferPolicyAdmin
from backoffice.transfers.rule import TransferRuleAdmin
from common.addresses import change_url
from common.refusals import EXPECTED, explain
from events.enums import ENDED
from events.models import Event
from planning.configuration.errors import ConfigurationChangedError, ConfigurationRefusedError
from planning.configuration.preview import Preview, preview
from planning.configuration.services import Saved, save
from planning.configuration.state import PLAN, part_of, read
from planning.configuration.wish import policy_change

DRAFT, IN_FORCE = "DRAFT", "IN_FORCE"
CONSTRAINTS: Mapping[str, tuple[str | None, Any]] = {
    **OF_ALERTS,
    **TransferRuleAdmin.constraint_messages,
    **TransferPolicyAdmin.constraint_messages,
}


def configuration_url(event_id: int) -> str:
    return reverse("admin:events_event_configuration", args=(event_id,))


class ConfigurationPage:
    """Of the admin class of events."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.configuration_view)  # type: ignore[attr-defined]
        url = path("<path:object_id>/configuration/", view, name="events_event_configuration")
        return [url, *super().get_urls()]  # type: ignore[misc]

    @link_action(_("Configuration"), permission="events.view_pool", icon="tune")
    def configuration(self, event: Event) -> str:
        return configuration_url(event.pk)

    def configuration_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if not any(request.user.has_perm(permission) for permission in SEE_ANY):
            raise PermissionDenied
        event: Event = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        with timezone.override(event.venue.zone):
            return _Request(self, request, event).answer()


class _Request:
    """One request to the page."""

    def __init__(self, model_admin: Any, request: HttpRequest, event: Event) -> None:
        self.admin, self.request, self.event = model_admin, request, event
        self.now = timezone.now()
        self.current = read(event, self.now)
        is_over = event.status in ENDED or event.sales_close <= self.now
        self.rights = Rights.of(request, is_over=is_over)
        data = request.POST if request.method == "POST" else None
        self.form = ConfigurationForm(data, self.current, self.rights)
        self.differences: list[Told] = []
        self.refusals: list[str] = []

    def answer(self) -> HttpResponseBase:
        if self.request.method != "POST" or not self.form.is_readable:
            return self.page(None)
        name, _dash, about = self.request.POST.get("do", "").partition("-")
        match name:
            case "preview":
                return self.only_the_preview()
            case "begin":
                self.begin(about)
            case "save":
                return self.save()
            case "resolve":
                self.resolve()
        return self.page(self.preview())

    # --- What it would do -------------------------------------------------------------------

    def preview(self) -> Preview | None:
        """Missing where the database took too long to say: what was typed stands all the same."""
        try:
            result = preview(self.form.wish(), self.current)
        except OperationalError:
            self.refusals.append(_t("The preview took too long. Try it again in a moment."))
            return None
        self.form.complain(texts_of(list(result.problems), CONSTRAINTS))
        return result

    def only_the_preview(self) -> HttpResponse:
        """What follows from the fields, for the page that they are typed on; with the number of its question."""
        result = self.preview()
        if result is None:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        context = self.context(result)
        context["sequence"] = self.request.POST.get("sequence", "")[:12]
        context["is_overtaken"] = bool(self.form.wish().differences(self.current))
        return render(self.request, "admin/configuration/answer.html", context)

    # --- Rewriting the form -------------------------------------------------------------------

    def begin(self, about: str) -> None:
        """Fill a pool's part in another shape: ``7-FIXED``, with its draft, or as it is in force."""
        number, _dash, shape = about.partition("-")
        pools = {str(pk): state for pk, state in self.current.pools.items()}
        state = pools.get(number)
        if state is None or not self.rights.may_change(f"pool-{number}", self.current):
            return
        if shape == IN_FORCE:
            self.form.begin_not(state.pool.pk)
        elif shape == DRAFT:
            draft = draft_of(state.pool)
            if draft is not None:
                spec, name = PlanSpec.read(draft), _t("the draft")
                self.form.begin(state.pool.pk, spec, name, draft.revision)
        elif shape in Strategy.values:
            needed = [
                channel for pk, channel in self.current.channels.items() if pk in state.needed
            ]
            strategy = Strategy(shape)
            spec = beginning(strategy, by_kind(needed), self.event, state.pool.capacity, self.now)
            self.form.begin(state.pool.pk, spec, str(strategy.label), None)

    def resolve(self) -> None:
        """Go on from what is so now, with theirs where that was chosen."""
        taken = {}
        for line in told(self.form.wish().differences(self.current), self.current):
            chosen = self.request.POST.get(line.name, line.choice) if line.is_chosen else THEIRS
            if chosen == THEIRS:
                taken[line.difference.key] = line.difference.theirs
            elif not line.difference.key.endswith(f".{PLAN}"):
                taken[line.difference.key] = line.difference.mine
        self.form = self.form.rebased(taken)

    # --- Saving -------------------------------------------------------------------------------

    def save(self) -> HttpResponseBase:
        reason, note = self.typed("reason"), self.typed("internal_note")
        wrong = {
            "reason": wrong_in(ReasonField(required=False), reason),
            "internal_note": wrong_in(InternalNoteField(), note),
        }
        self.form.complain({name: text for name, text in wrong.items() if text})
        if self.form.problems:
            return self.page(self.preview())
        wish = self.form.wish()
        by = actor_of(self.request).noting(note)
        try:
            done = save(self.event.pk, wish, by=by, reason=reason, now=self.now)
        except ConfigurationChangedError as error:
            self.current = self.form.current = error.current
            self.differences = told(error.differences, error.current)
        except ConfigurationRefusedError as error:
            self.form.complain(texts_of(list(error.problems), CONSTRAINTS))
        except PlanConflictError as error:
            self.refusals.append(error.detail)
        except EXPECTED as error:
            field, sentences = explain(error, CONSTRAINTS)
            if field == "reason":
                self.form.problems["reason"] = " ".join(sentences)
            else:
                self.refusals += sentences
        else:
            self._tell(done)
            return redirect(configuration_url(self.event.pk))
        return self.page(self.preview())

    def _tell(self, done: Saved) -> None:
        for plan in done.applied:
            text = _t("Version %(version)d of the plan of %(pool)s is in force: %(gains)s.") % {
                "version": plan.version,
                "pool": plan.pool.name,
                "gains": gains(plan),
            }
            messages.success(self.request, str(Done(text, version_links(plan))))
        for sentence in done.waiting:
            messages.warning(self.request, sentence)
        changed_rules = []
        if done.alert_rules:
            text = ngettext("%d alert rule", "%d alert rules", done.alert_rules)
            changed_rules.append(text % done.alert_rules)
        if done.transfer_rules:
            text = ngettext("%d transfer rule", "%d transfer rules", done.transfer_rules)
            changed_rules.append(text % done.transfer_rules)
        if done.has_policy:
            changed_rules.append(_t("the policy"))
        if changed_rules:
            messages.success(
                self.request, _t("Saved for this event: %s.") % ", ".join(changed_rules)
            )

    # --- What the templates are given -----------------------------------------------------------

    def page(self, result: Preview | None) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            "title": _t("Configuration"),
            "subtitle": str(self.event),
            "opts": Event._meta,
            "original": self.event,
            **self.context(result),
        }
        return render(self.request, "admin/configuration/page.html", context)

    def context(self, result: Preview | None) -> dict[str, Any]:
        shown = Page(self.form, result)
        wish = self.form.wish()
        policy = policy_change(wish, self.current) or self.current.policy
        return {
            "event": self.event,
            "event_url": change_url(self.event),
            "address": configuration_url(self.event.pk),
            "zone": self.event.venue.time_zone,
            "form": self.form,
            "carried": self.form.carried if self.request.POST.get("do") != "preview" else {},
            "rights": self.rights,
            "may_save": self._may_save(),
            "shown": shown,
            "foreseen": foreseen(result, self.current, policy) if result else None,
            "why_idle": why_idle(self.event, self.current),
            "is_changed": bool(wish.parts),
            "problems": self._problems(),
            "other_problems": self._other_problems(),
            "differences": self.differences,
            "refusals": self.refusals,
            "reason": self.typed("reason"),
            "internal_note": self.typed("internal_note"),
            "reason_help": PARTNERS_READ,
            "shown_name": SHOWN,
        }

    def typed(self, name: str) -> str:
        return self.request.POST.get(name, "").strip()

    def _may_save(self) -> bool:
        parts = [f"pool-{pk}" for pk in self.current.pools]
        parts += [*self.current.alerts, *(f"rule-{pk}" for pk in self.current.own_rules)]
        return any(
            self.rights.may_change(part, self.current) for part in (*parts, "policy", "new-rule")
        )

    def _problems(self) -> list[str]:
        """What stands at no field, or at a field that the person does not see."""
        problems = self.form.problems.items()
        seen = {"pool": self.rights.sees_plans, "alert": self.rights.sees_alerts}
        seen |= {"rule": self.rights.sees_rules, "new": self.rights.sees_rules}
        seen |= {"policy": self.rights.sees_policy, "reason": True, "internal_note": True}
        kinds = {key: part_of(key).partition("-")[0] for key, _text in problems}
        return list(
            dict.fromkeys(text for key, text in problems if not seen.get(kinds[key], False))
        )

    def _other_problems(self) -> dict[str, str]:
        """Of rules and policy: the id of each field and part, and what is wrong there; empty where nothing is."""
        fields = [key for key in self.form.texts if not key.startswith("pool-")]
        parts = {part_of(key) for key in fields}
        return {key.replace(".", "-"): self.form.problems.get(key, "") for key in (*fields, *parts)}
