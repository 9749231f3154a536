"""What the configuration page shows: pools, and alert rules, transfer rules and the policy with their fields."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _t

from alerts import rule_words
from alerts.kinds import kind_of
from alerts.models import AlertRule
from backoffice.configuration.fields import LABELS
from backoffice.configuration.form import NEW_FIELDS, WANTED
from backoffice.configuration.pools_shown import PoolsShown
from common.addresses import change_url
from planning.configuration.state import (
    NEW_RULE,
    OF_POLICY,
    OF_RULE,
    POLICY,
    alert_fields,
    text_of,
)
from transfers import words
from transfers.models import TransferPolicy, TransferRule


class Page(PoolsShown):
    # --- Alerts -----------------------------------------------------------------------------

    def alerts(self) -> list[dict[str, Any]]:
        return [self._alert(key, rule) for key, rule in self.current.alerts.items()]

    def _alert(self, key: str, rule: AlertRule) -> dict[str, Any]:
        unit = _t("Threshold, %") if _is_in_percent(rule) else LABELS["threshold"]
        labels = {"threshold": unit, "other_threshold": _t("Against at most, %")}
        fields = {
            name: self.field(f"{key}.{name}", label=labels.get(name, LABELS[name]))
            for name in alert_fields(rule)
        }
        may_see = rule.venue_id is not None
        return {
            "rule": rule,
            "part": key,
            "switch": fields.pop("is_active"),
            "fields": list(fields.values()),
            "told": capfirst(rule_words.threshold(rule)),
            "tells": rule_words.audience(rule),
            "whose": _whose(rule),
            "is_own": rule.event_id is not None,
            "url": change_url(rule) if may_see else "",
            "problem": self.problem(key),
        }

    # --- Transfers --------------------------------------------------------------------------

    def own_rules(self) -> list[dict[str, Any]]:
        return [self._rule(rule) for rule in self.current.own_rules.values()]

    def _rule(self, rule: TransferRule) -> dict[str, Any]:
        part = f"rule-{rule.pk}"
        return {
            "rule": rule,
            "fields": [self.field(f"{part}.{name}") for name in OF_RULE],
            "url": change_url(rule),
            "problem": self.problem(part),
        }

    def venue_rules(self) -> list[dict[str, Any]]:
        return [
            {
                "rule": rule,
                "told": words.rule_told(rule, self.current.event),
                "url": change_url(rule),
            }
            for rule in self.current.rules.values()
            if rule.event_id is None
        ]

    def new_rule(self) -> dict[str, Any] | None:
        if not self.rights.adds_rules:
            return None
        first = TransferRule(name=_t("Even out %s") % self.current.event.name[:60])
        for name in NEW_FIELDS:
            self.form.texts.setdefault(f"{NEW_RULE}.{name}", text_of(getattr(first, name)))
        return {
            "wanted": WANTED,
            "is_wanted": self.form.is_new_wanted,
            "fields": [self.field(f"{NEW_RULE}.{name}") for name in NEW_FIELDS],
            "problem": self.problem(NEW_RULE),
        }

    def policy(self) -> dict[str, Any]:
        policy: TransferPolicy = self.current.policy
        return {
            "fields": [self.field(f"{POLICY}.{name}") for name in OF_POLICY],
            "is_own": policy.event_id is not None,
            "told": [words.protection(policy), words.eyes(policy)],
            "url": change_url(policy),
            "problem": self.problem(POLICY),
        }


def _is_in_percent(rule: AlertRule) -> bool:
    """As the database bounds the threshold by 100."""
    rules = kind_of(rule).percent_rules
    return rules is not None and all(getattr(rule, name) == value for name, value in rules.items())


def _whose(rule: AlertRule) -> str:
    if rule.event_id is not None:
        return _t("The event's own")
    return _t("For all venues") if rule.venue_id is None else _t("The venue's")
