"""The tab of an event's page about its transfers: what waits, what moved, and by which policy and rules."""

from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.events.picture import picture_of
from backoffice.kit.panels import Panel
from backoffice.plans.shown import hours_until
from backoffice.transfers.decision_pages import decidable, decision_buttons
from backoffice.transfers.lists import route, units_told, when
from backoffice.transfers.policy import SEE_POLICY
from backoffice.transfers.request_page import EVENT, FROM, ask_url
from backoffice.transfers.rule import OFF, ON, rule_state
from backoffice.transfers.workflow_pages import page_url
from common.addresses import change_url
from events.enums import ENDED, EventStatus
from events.models import Event
from transfers import words
from transfers.enums import TransferStatus
from transfers.models import Transfer, TransferPolicy, TransferRule
from transfers.policy import policies_of
from transfers.selectors import RELATED, REQUEST, SEE, rules_for

LATEST = 10
# So many waiting ones; the queue has them all.
MAX_WAITING = 20


def why_idle(rule: TransferRule, event: Event, now: datetime) -> str:
    """Why a rule that is on asks for nothing of an event; empty where it looks."""
    if not rule.is_active:
        return ""
    if event.status in ENDED or event.sales_close <= now:
        return _t("The event's sales are over.")
    if event.status != EventStatus.ON_SALE:
        return _t("The event is not on sale.")
    return _out_of_window(rule, event, now)


def _out_of_window(rule: TransferRule, event: Event, now: datetime) -> str:
    zone = event.venue.zone
    if rule.starts_hours is not None:
        begins = event.starts_at - timedelta(hours=rule.starts_hours)
        if now < begins:
            return _t("It begins on %s.") % words.moment(begins, zone)
    if rule.stops_hours:
        ends = event.starts_at - timedelta(hours=rule.stops_hours)
        if now >= ends:
            return _t("It has ended on %s.") % words.moment(ends, zone)
    return ""


class TransfersPanel(Panel):
    slug = "transfers"
    title = _("Transfers")
    template = "admin/transfers/event.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        event: Event = self.subject
        transfers = Transfer.objects.filter(event=event).select_related(*RELATED)
        waiting = transfers.filter(status=TransferStatus.REQUESTED).order_by("lapses_at", "pk")
        others = transfers.exclude(status=TransferStatus.REQUESTED).order_by("-pk")
        # One statement for both.
        shown = list(waiting[:MAX_WAITING].union(others[:LATEST], all=True))
        queue = [entry for entry in shown if entry.status == TransferStatus.REQUESTED]
        queue.sort(key=attrgetter("lapses_at", "pk"))
        latest = [entry for entry in shown if entry.status != TransferStatus.REQUESTED]
        latest.sort(key=attrgetter("pk"), reverse=True)
        decidable_ids = decidable(self.request, queue)
        all_url = reverse("admin:transfers_transfer_changelist")
        return {
            "event": event,
            "asks": self._asks(),
            "waiting": [
                self._row(transfer)
                | {"buttons": decision_buttons(transfer) if transfer.pk in decidable_ids else ""}
                for transfer in queue
            ],
            "decides": bool(decidable_ids),
            "latest": [self._row(transfer) for transfer in latest],
            "all": f"{all_url}?event__id__exact={event.pk}",
            "approval": page_url(event.pk),
            "policy": self._policy() if self.may(SEE_POLICY) else None,
            "rules": self._rules() if self.may("transfers.view_transferrule") else None,
            "add_rule": f"{reverse('admin:transfers_transferrule_add')}?event={event.pk}"
            if self.may("transfers.add_transferrule")
            else None,
        }

    def _asks(self) -> list[tuple[str, str]]:
        """A way to ask for each pool, where somebody may and something can still move."""
        if not self.may(REQUEST) or self.subject.status in ENDED:
            return []
        pools = picture_of(self.request, self.subject).setup.pool_names
        return [(name, ask_url(pool, **{FROM: EVENT})) for pool, name in pools.items()]

    def _row(self, transfer: Transfer) -> dict[str, Any]:
        return {
            "transfer": transfer,
            "route": route(transfer),
            "units": units_told(transfer),
            "at": when(transfer, "requested_at"),
            "lapses": hours_until(transfer.lapses_at, timezone.now()),
            "until": when(transfer, "lapses_at"),
        }

    def _policy(self) -> dict[str, Any]:
        event: Event = self.subject
        policy: TransferPolicy = policies_of([event])[event.pk]
        is_own = policy.event_id is not None
        add = reverse("admin:transfers_transferpolicy_add")
        return {
            "is_own": is_own,
            "sentences": [
                *words.approval(policy, event),
                words.protection(policy),
                words.eyes(policy),
                words.waiting(policy, event),
            ],
            "url": change_url(policy),
            "give": f"{add}?event={event.pk}"
            if not is_own and self.may("transfers.add_transferpolicy")
            else None,
        }

    def _rules(self) -> list[dict[str, Any]]:
        event, now = self.subject, timezone.now()
        rows = []
        for rule in rules_for(event):
            state, label = rule_state(rule)
            idle = why_idle(rule, event, now)
            tag = "stop" if state == OFF else "on" if state == ON and not idle else "off"
            rows.append(
                {
                    "rule": rule,
                    "tag": tag,
                    "label": label,
                    "idle": idle,
                    "told": words.rule_told(rule, event),
                }
            )
        return rows
