"""The dialogs that stop an event, item, channel or listing from selling, and let it sell again."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from allocations.sellable_sets import WouldSell, can_sell_without
from allocations.stop_sell import (
    KINDS,
    LONGEST_REASON,
    Stoppable,
    read_stops,
    resume_selling,
    resume_selling_all,
    stop_selling,
    stop_selling_all,
    stopped,
)
from backoffice.kit.bulk import at_once
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from events.enums import EventStatus


def state_of(target: Stoppable, *, stopped: bool = False) -> str:
    """On, off or the status of an event: what a target's selling is, or would be if not stopped."""
    if stopped:
        return _t("Stopped")
    if not _may_sell(target):
        return str(target.get_status_display())  # type: ignore[union-attr]
    return _t("On") if getattr(target, "is_on", True) else _t("Off")


def selling_changes(before: WouldSell, after: WouldSell) -> list[Change]:
    """Listings that can sell, and how many units together: those that several share count once."""
    return [
        Change(_("Listings that can sell"), before.listings, after.listings),
        Change(_("Units that can be sold"), before.units, after.units),
    ]


class StopForm(DialogForm):
    def prepare(self) -> None:
        why = self.fields["reason"]
        why.label = _("Why it is stopped")
        why.widget.attrs["maxlength"] = LONGEST_REASON
        why.help_text = _("Sellers are told this. Holds may still be confirmed.")

    def changes(self) -> Sequence[Change]:
        return [
            Change(_("Selling"), state_of(self.subject), state_of(self.subject, stopped=True)),
            *selling_changes(can_sell_without(self.subject), WouldSell(0, 0)),
        ]


class ResumeForm(DialogForm):
    def changes(self) -> Sequence[Change]:
        return [
            Change(
                _("Selling"),
                _t("Stopped: %s") % self.subject.stop_reason,
                state_of(self.subject),
            ),
            *selling_changes(WouldSell(0, 0), can_sell_without(self.subject)),
        ]


def is_stopped(target: Stoppable) -> bool:
    return bool(target.stop_reason)


def is_open(target: Stoppable) -> bool:
    return not target.stop_reason


Action = Callable[..., Any]


def stop_sell_actions(permission: str) -> tuple[Action, Action]:
    """``stop_selling`` and ``resume_selling`` of an admin class, for whoever may change it."""

    @dialog_action(
        _("Stop selling"),
        form=StopForm,
        permission=permission,
        submit=_("Stop selling"),
        icon="front_hand",
        danger=True,
        shown=is_open,
    )
    def stop(self: Any, request: HttpRequest, target: Any, form: Any) -> str:
        del self
        stop_selling(target=target, by=actor_of(request), reason=form.cleaned_data["reason"])
        return str(_t("%s is stopped until selling is resumed.") % target)

    @dialog_action(
        _("Resume selling"),
        form=ResumeForm,
        permission=permission,
        submit=_("Resume selling"),
        icon="play_circle",
        shown=is_stopped,
    )
    def resume(self: Any, request: HttpRequest, target: Any, form: Any) -> str:
        del self
        resume_selling(target=target, by=actor_of(request), reason=form.cleaned_data["reason"])
        return str(_t("%s is no longer stopped.") % target)

    return stop, resume


class StoppedFilter(DropdownFilter):
    title = _("stop-sell")
    parameter_name = "stopped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [("yes", _("Stopped")), ("no", _("Not stopped"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        is_stopped_now = stopped(KINDS[queryset.model], "pk")
        match self.value():
            case "yes":
                return queryset.filter(is_stopped_now)
            case "no":
                return queryset.filter(~is_stopped_now)
        return queryset


# What is set by actions, once there is something to act on.
BY_ACTION = frozenset({"limit_label", "selling_now", "status"})


def stop_sell_in_bulk(stop: Any, resume: Any) -> list[Any]:
    """The same for several rows of a list."""

    def stop_all(request: HttpRequest, targets: Sequence[Any], form: Any) -> str:
        reason = form.cleaned_data["reason"]
        stop_selling_all(targets, by=actor_of(request), reason=reason)
        return str(_t("Selling of the %d chosen is stopped.") % len(targets))

    def resume_all(request: HttpRequest, targets: Sequence[Any], form: Any) -> str:
        reason = form.cleaned_data["reason"]
        resume_selling_all(targets, by=actor_of(request), reason=reason)
        return str(_t("Selling of the %d chosen is resumed.") % len(targets))

    return [
        at_once(
            stop,
            _("Stop selling"),
            work=stop_all,
            summary=lambda _targets: (),
            own_transactions=True,
        ),
        at_once(
            resume,
            _("Resume selling"),
            work=resume_all,
            summary=lambda _targets: (),
            own_transactions=True,
        ),
    ]


class SellingColumn:
    """The column and field that say whether something is stopped, and why."""

    def load_page(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        super().load_page(request, rows)  # type: ignore[misc]
        read_stops(rows)

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        target = super().get_object(*args, **kwargs)  # type: ignore[misc]
        if target is not None:
            read_stops([target])
        return target

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is not None:
            return fieldsets
        return [
            (
                name,
                {
                    **options,
                    "fields": [field for field in options["fields"] if field not in BY_ACTION],
                },
            )
            for name, options in fieldsets
        ]

    @display(
        description=_("selling"),
        ordering="stop_reason",
        label={"on": "success", "off": "warning", "stop": "danger"},
    )
    def selling(self, target: Any) -> tuple[str, Any]:
        if target.stop_reason:
            return "stop", _("Stopped")
        if not _may_sell(target):
            return "off", target.get_status_display()
        return ("on", _("On")) if getattr(target, "is_on", True) else ("off", _("Off"))

    @display(description=_("selling"))
    def selling_now(self, target: Any) -> str:
        """On a page: with the reason."""
        if target.stop_reason:
            return str(_t("Stopped: %s") % target.stop_reason)
        return state_of(target)


def _may_sell(target: Any) -> bool:
    """An event sells while it is on sale; whatever else has no status of its own."""
    return getattr(target, "status", EventStatus.ON_SALE) == EventStatus.ON_SALE
