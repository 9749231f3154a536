"""Switching rules on and off, and muting them for a while: singly and in bulk."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from alerts import rules
from alerts.enums import AlertStatus
from alerts.models import AlertRule
from alerts.words import zone_of
from backoffice.alerts.states import rule_state
from backoffice.kit.bulk import in_bulk
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from backoffice.kit.form_fields import Moment, OneOf
from transfers.words import moment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHANGE = "alerts.change_alertrule"
UNTIL = "until"
A_YEAR = timedelta(days=366)


def is_on(rule: AlertRule) -> bool:
    return rule.is_active


def is_off(rule: AlertRule) -> bool:
    return not rule.is_active


def is_muted(rule: AlertRule) -> bool:
    return rules.is_muted(rule, timezone.now())


def at_its_venue(rule: AlertRule, at: datetime) -> str:
    return moment(at, zone_of(rule.venue))


class RuleDialog(DialogForm):
    """``then`` is the rule's state after it."""

    then: "StrOrPromise"

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        standing = self.subject.alerts.exclude(status=AlertStatus.RESOLVED).count()
        return [(_("Standing alerts of it"), standing)]

    def changes(self) -> Sequence[Change]:
        return [Change(_t("The rule"), rule_state(self.subject, timezone.now())[1], self.then)]


class SwitchOffForm(RuleDialog):
    then = _("Off: nothing is watched by it, and its alerts end")


class SwitchOnForm(RuleDialog):
    then = _("On")


class UnmuteForm(RuleDialog):
    then = _("On: what still holds is sent now")


class MuteForm(RuleDialog):
    span = OneOf(
        _("For"),
        choices=(("1", _("an hour")), ("8", _("8 hours")), (UNTIL, _("until the time below"))),
        initial="1",
        help_text=_("Alerts stand on the board, and are sent afterwards if they still hold."),
    )
    until = Moment(_("Until"), required=False, help_text=_("In the time of the venue."))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("span") == UNTIL and not self.errors.get(UNTIL):
            now, until = timezone.now(), data.get(UNTIL)
            if until is None:
                self.add_error(UNTIL, _t("Say until when."))
            elif not now < until <= now + A_YEAR:
                self.add_error(UNTIL, _t("A time within a year from now."))
        return data

    def ends(self) -> datetime:
        data = self.cleaned_data
        if data["span"] == UNTIL:
            return cast("datetime", data[UNTIL])
        return timezone.now() + timedelta(hours=int(data["span"]))

    def changes(self) -> Sequence[Change]:
        self.then = _t("Muted until %s") % at_its_venue(self.subject, self.ends())
        return super().changes()


class RuleActions:
    """Of the admin class of rules."""

    actions_detail = ("mute", "unmute", "switch_off", "switch_on")

    @dialog_action(
        _("Mute"),
        form=MuteForm,
        permission=CHANGE,
        submit=_("Mute"),
        icon="notifications_paused",
        shown=is_on,
    )
    def mute(self, request: HttpRequest, rule: AlertRule, form: Any) -> str:
        until, reason = form.ends(), form.cleaned_data["reason"]
        rules.mute(rule, until=until, by=actor_of(request), reason=reason)
        return _t("“%(rule)s” is muted until %(until)s.") % {
            "rule": rule,
            "until": at_its_venue(rule, until),
        }

    @dialog_action(
        _("Unmute"),
        form=UnmuteForm,
        permission=CHANGE,
        submit=_("Unmute"),
        icon="notifications_active",
        shown=is_muted,
    )
    def unmute(self, request: HttpRequest, rule: AlertRule, form: Any) -> str:
        rules.mute(rule, until=None, by=actor_of(request), reason=form.cleaned_data["reason"])
        return _t("“%s” is muted no longer.") % rule

    @dialog_action(
        _("Switch off"),
        form=SwitchOffForm,
        permission=CHANGE,
        submit=_("Switch off"),
        icon="notifications_off",
        shown=is_on,
    )
    def switch_off(self, request: HttpRequest, rule: AlertRule, form: Any) -> str:
        rules.switch(rule, on=False, by=actor_of(request), reason=form.cleaned_data["reason"])
        return _t("“%s” is off.") % rule

    @dialog_action(
        _("Switch on"),
        form=SwitchOnForm,
        permission=CHANGE,
        submit=_("Switch on"),
        icon="notifications",
        shown=is_off,
    )
    def switch_on(self, request: HttpRequest, rule: AlertRule, form: Any) -> str:
        rules.switch(rule, on=True, by=actor_of(request), reason=form.cleaned_data["reason"])
        return _t("“%s” is on.") % rule


def _lock(alert_rules: Sequence[AlertRule]) -> None:
    """By primary key, as all that lock several."""
    rows = AlertRule.objects.select_for_update(no_key=True).order_by("pk")
    list(rows.filter(pk__in=[rule.pk for rule in alert_rules]).values("pk"))


bulk_actions = [
    in_bulk(RuleActions.mute, _("Mute"), lock=_lock),
    in_bulk(RuleActions.unmute, _("Unmute"), lock=_lock),
    in_bulk(RuleActions.switch_off, _("Switch off"), lock=_lock),
    in_bulk(RuleActions.switch_on, _("Switch on"), lock=_lock),
]
