"""What of an event's configuration a person sees, and may change."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from backoffice.plans.pages import MAY_PLAN, MAY_SEE
from planning.configuration.state import NEW_RULE, POLICY, Configuration

SEE_ALERTS = "alerts.view_alertrule"
SEE_RULES = "transfers.view_transferrule"
SEE_POLICY = "transfers.view_transferpolicy"
# Whoever sees one of the parts sees the page.
SEE_ANY = (MAY_SEE, SEE_ALERTS, SEE_RULES, SEE_POLICY)


@dataclass(frozen=True, slots=True)
class Rights:
    """``is_over``: nothing of the event is configured any more, whoever asks."""

    permissions: frozenset[str]
    is_over: bool

    @classmethod
    def of(cls, request: HttpRequest, *, is_over: bool) -> Self:
        names = {
            *(*SEE_ANY, MAY_PLAN),
            *("alerts.change_alertrule", "alerts.add_alertrule"),
            *("transfers.change_transferrule", "transfers.add_transferrule"),
            *("transfers.change_transferpolicy", "transfers.add_transferpolicy"),
        }
        return cls(frozenset(name for name in names if request.user.has_perm(name)), is_over)

    @property
    def sees_plans(self) -> bool:
        return MAY_SEE in self.permissions

    @property
    def sees_alerts(self) -> bool:
        return SEE_ALERTS in self.permissions

    @property
    def sees_rules(self) -> bool:
        return SEE_RULES in self.permissions

    @property
    def sees_policy(self) -> bool:
        return SEE_POLICY in self.permissions

    @property
    def adds_rules(self) -> bool:
        return not self.is_over and "transfers.add_transferrule" in self.permissions

    def may_change(self, part: str, current: Configuration) -> bool:
        """Whether the person may change a part; what is not the event's own yet is made for it."""
        if self.is_over:
            return False
        kind = part.partition("-")[0]
        if part == NEW_RULE:
            needed = "transfers.add_transferrule"
        elif kind == "pool":
            needed = MAY_PLAN
        elif kind == "alert":
            rule = current.alerts.get(part)
            is_own = rule is not None and rule.event_id is not None
            needed = "alerts.change_alertrule" if is_own else "alerts.add_alertrule"
        elif kind == "rule":
            needed = "transfers.change_transferrule"
        else:
            is_own = part == POLICY and current.policy.event_id is not None
            verb = "change" if is_own else "add"
            needed = f"transfers.{verb}_transferpolicy"
        return needed in self.permissions
