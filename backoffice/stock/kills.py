"""Units are taken out of sale from the page of their pool, and put back from their own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanSwitchWidget

from allocations.approval import Wanted, do_or_ask
from allocations.enums import StockKind
from allocations.kills import services as kills
from allocations.models import Kill, Stock
from allocations.selectors import OUT_OF_SALE
from allocations.services import general_row
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.dialogs import (
    Change,
    Done,
    TwoReasonsForm,
    dialog_action,
    link_action,
)
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.form_fields import OneObject, WholeNumber
from backoffice.kit.rows import movements_of_kill, name_and_free, name_of
from backoffice.kit.scope import ScopedReadOnlyAdmin
from common.addresses import change_url
from common.errors import InvalidInputError
from common.text import local_time, number
from events.models import Pool

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAKE = "allocations.take_kill"
SEE = "allocations.view_kill"


class TakeOutForm(TwoReasonsForm):
    """Partners read the reason: it stands in the statement of the channel that loses units."""

    source = OneObject(_("From"), help_text=_("Only what is free can be taken out of sale."))
    units = WholeNumber(_("Units"), minimum=1)

    def prepare(self) -> None:
        field = cast("OneObject", self.fields["source"])
        rows = Stock.objects.filter(
            pool=self.subject, kind__in=(StockKind.OPEN, StockKind.CHANNEL), quantity__gt=0
        )
        field.queryset = rows.select_related("channel", "pool").order_by(
            "-kind", "name", "channel__name"
        )
        field.naming = name_and_free
        self.order_fields(("source", "units", "reason", "internal_note"))

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [
            (_("Capacity"), self.subject.capacity),
            (_("Out of sale"), _out_of_sale(self.subject)),
        ]

    def changes(self) -> Sequence[Change]:
        source, units = self.cleaned_data["source"], self.cleaned_data["units"]
        if units > source.free:
            raise InvalidInputError(
                ngettext(
                    "%(row)s has %(free)s free unit: %(units)s cannot be taken out of sale.",
                    "%(row)s has %(free)s free units: %(units)s cannot be taken out of sale.",
                    source.free,
                )
                % {
                    "row": name_of(source),
                    "free": number(source.free),
                    "units": number(units),
                }
            )
        before = _out_of_sale(self.subject)
        return [
            Change(_t("%s, free") % name_of(source), source.free, source.free - units),
            Change(_("Out of sale"), before, before + units),
        ]


def _out_of_sale(pool: Pool) -> int:
    units: int = Pool.objects.filter(pk=pool.pk).aggregate(units=OUT_OF_SALE)["units"]
    return units


class KillAction:
    """Of the admin class of pools."""

    @dialog_action(
        _("Take out of sale"),
        form=TakeOutForm,
        permission=TAKE,
        submit=_("Take out of sale"),
        icon="event_seat",
        danger=True,
    )
    def take_out(self, request: HttpRequest, pool: Pool, form: Any) -> Done:
        del request
        source, units = form.cleaned_data["source"], form.cleaned_data["units"]
        reason, now = form.cleaned_data["reason"], timezone.now()
        made: list[Kill] = []

        def work() -> None:
            made[:] = [kills.take_out(source=source, units=units, by=form.by, reason=reason)]

        change = Wanted("KILL", pool.event_id, str(source), {"row": source.pk, "units": units})
        if waits := do_or_ask(work, change, by=form.by, reason=reason, now=now):
            return Done(waits)
        text = ngettext(
            "%(units)s unit of %(pool)s is out of sale.",
            "%(units)s units of %(pool)s are out of sale.",
            units,
        )
        links = (
            (_t("See it"), change_url(made[0])),
            (_t("See the movements"), movements_of_kill(made[0].pk)),
        )
        return Done(text % {"units": number(units), "pool": pool}, links)


class PutBackForm(TwoReasonsForm):
    """Rests on how many it has shown as out: of two who put them back, the second is told."""

    units = WholeNumber(_("Units"), minimum=1)
    to_open = forms.BooleanField(
        label=_("To the open stock"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Else to the row that they were taken from."),
    )
    left = forms.CharField(label=_("Out of sale"), required=False, widget=forms.HiddenInput)
    rests_on = ("left",)

    def prepare(self) -> None:
        self.fields["left"].initial = self.subject.left
        self.fields["units"].initial = self.subject.left
        self.order_fields(("units", "to_open", "reason", "internal_note"))

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        kill: Kill = self.subject
        return [
            (_("Taken from"), name_of(kill.source)),
            (_("Out of sale"), kill.left),
            (_("Why"), kill.reason),
        ]

    def changes(self) -> Sequence[Change]:
        kill: Kill = self.subject
        units = self.cleaned_data["units"]
        if units > kill.left:
            raise InvalidInputError(
                ngettext(
                    "%(left)s unit is still out of sale: %(units)s cannot be put back.",
                    "%(left)s units are still out of sale: %(units)s cannot be put back.",
                    kill.left,
                )
                % {"left": number(kill.left), "units": number(units)}
            )
        target = general_row(kill.pool) if self.cleaned_data["to_open"] else kill.source
        return [
            Change(_("Out of sale"), kill.left, kill.left - units),
            Change(_t("%s, free") % name_of(target), target.free, target.free + units),
        ]


class KillAdmin(ScopedReadOnlyAdmin):
    venue_path = "pool__event__venue"
    related = ("pool__event__venue", "source__channel", "source__pool", "user")
    list_display = ("number", "event", "pool", "taken_from", "units", "remainder", "reason", "when")
    list_filter = (
        ("pool__event__venue", VisibleFilter),
        ("at", MomentRangeFilter),
    )
    search_fields = ("pool__event__name", "pool__name")
    search_help_text = _("Event, or pool")
    ordering = ("-pk",)
    sortable_by = ()
    actions_detail = ("put_back", "movements")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("event", "pool", "taken_from", "units", "put_back_units", "remainder"),
                    *("reason", "who", "when"),
                )
            },
        ),
    )
    readonly_fields = ("event", "taken_from", "put_back_units", "remainder", "who", "when")

    @display(description=_("number"))
    def number(self, kill: Kill) -> str:
        return str(kill.pk)

    @display(description=_("event"))
    def event(self, kill: Kill) -> str:
        return str(kill.pool.event)

    @display(description=_("taken from"))
    def taken_from(self, kill: Kill) -> str:
        return name_of(kill.source)

    @display(description=_("put back"))
    def put_back_units(self, kill: Kill) -> int:
        return kill.put_back

    @display(description=_("still out"))
    def remainder(self, kill: Kill) -> int:
        return kill.left

    @display(description=_("who"))
    def who(self, kill: Kill) -> str:
        return str(kill.user) if kill.user_id else _t("System")

    @display(description=_("taken out"))
    def when(self, kill: Kill) -> str:
        return local_time(kill.at, kill.pool.event.venue.zone)

    @dialog_action(
        _("Put back on sale"),
        form=PutBackForm,
        permission=TAKE,
        submit=_("Put back"),
        icon="undo",
        shown=lambda kill: kill.left > 0,
    )
    def put_back(self, request: HttpRequest, kill: Kill, form: Any) -> Done:
        del request
        units = form.cleaned_data["units"]
        with transaction.atomic():
            kills.put_back(
                kill.pk,
                units=units,
                by=form.by,
                reason=form.cleaned_data["reason"],
                to_open=form.cleaned_data["to_open"],
                as_shown=form.as_shown,
            )
        text = ngettext("%s unit is on sale again.", "%s units are on sale again.", units)
        return Done(text % number(units), ((_t("See the movements"), movements_of_kill(kill.pk)),))

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, kill: Kill) -> str:
        return movements_of_kill(kill.pk)
