"""The dialog that cancels an event, and what its page says of it from then on."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.models import SalesChannel
from backoffice.kit.bars import percent
from backoffice.kit.dialogs import PREVIEW, Change, DialogForm
from backoffice.kit.form_fields import Name, OneOf
from common.text import local_time, money
from events.enums import EventStatus
from events.models import Event
from sales.cancellation import Tally, tally
from sales.enums import Fate
from sales.models import EventCancellation

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# After so long a preview counts anew.
TOLD_FOR = timedelta(minutes=10)
FATES = ((Fate.REFUND, _("Refund, tickets given back")), (Fate.KEEP, _("Keep, the seller settles")))


class Told(forms.Field):
    """Carries what the dialog has said along with it, whatever comes back."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def bound_data(self, data: Any, initial: Any) -> Any:
        del data
        return initial


class CancelForm(DialogForm):
    """A fate for each channel that has sold, or one for all; and the event's name, typed.

    Counting a million bookings takes seconds: it is done when the dialog opens and when the form
    is sent, and not for each preview in between, which is told what was counted.
    """

    partners_read = True
    counted_before = Told()
    every = OneOf(
        _("Confirmed bookings"),
        required=False,
        choices=(("", _("As chosen for each channel")), *FATES),
    )
    name = Name(_("Type the event's name to confirm"), max_length=200)

    def prepare(self) -> None:
        last = [self.fields.pop(name) for name in ("name", "reason")]
        self.fields["counted_before"].initial = _sealed(self.counted, self.subject)
        self.fields["every"].help_text = _t(
            "One choice for all channels, or each its own. Holds are always released."
        )
        for one in self.sold:
            self.fields[f"fate_{one.channel.pk}"] = OneOf(
                one.channel.name,
                required=False,
                choices=(("", _t("Choose")), *FATES),
                help_text=_sold(one, self.currency),
            )
        if not self.sold:
            del self.fields["every"]
        self.fields["name"], self.fields["reason"] = last
        self.fields["name"].help_text = self.subject.name

    @cached_property
    def counted(self) -> list[Tally]:
        found = None
        if PREVIEW in self.request.POST:
            found = _unsealed(self.request.POST.get("counted_before", ""), self.subject)
        return tally(self.subject.pk) if found is None else found

    @property
    def sold(self) -> list[Tally]:
        return [one for one in self.counted if one.bookings]

    @property
    def currency(self) -> str:
        return str(self.subject.venue.currency)

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [
            (_("Bookings"), f"{sum(one.bookings for one in self.counted):,}"),
            (_("Tickets sold"), f"{sum(one.tickets_sold for one in self.counted):,}"),
            (_("Paid"), money(sum(one.money for one in self.counted), self.currency)),
            (_("Holds"), f"{sum(one.holds for one in self.counted):,}"),
        ]

    def without_reason(self) -> DialogForm:
        self.fields["name"].required = False  # typed last, as the reason
        return super().without_reason()

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name and name.strip().casefold() != self.subject.name.strip().casefold():
            self.add_error("name", _t("This is not the event's name."))
        return name

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("every"):
            for one in self.sold:
                field = f"fate_{one.channel.pk}"
                if field not in self.errors and not found.get(field):
                    self.add_error(field, _t("Say what becomes of these bookings."))
        return found

    def fates(self) -> dict[int, Fate]:
        """Channel → fate. One for all holds also for who sells first while the dialog is open."""
        if every := self.cleaned_data.get("every"):
            selling = SalesChannel.objects.filter(stock__event=self.subject)
            return {pk: Fate(every) for pk in selling.values_list("pk", flat=True)}
        return {
            one.channel.pk: Fate(self.cleaned_data[f"fate_{one.channel.pk}"]) for one in self.sold
        }

    def changes(self) -> Sequence[Change]:
        fates = self.fates()
        found = [
            Change(
                _("Status"),
                EventStatus(self.subject.status).label,
                EventStatus.CANCELLED.label,
            )
        ]
        for one in self.counted:
            if one.bookings:
                refunded = fates[one.channel.pk] == Fate.REFUND
                fate = _t("refunded") if refunded else _t("kept, the seller settles them")
                found.append(Change(one.channel.name, _sold(one, self.currency), fate))
            if one.holds:
                found.append(Change(one.channel.name, _held(one), _t("released")))
        return found


def _sealed(counted: Sequence[Tally], event: Event) -> str:
    rows = [
        (
            one.channel.pk,
            one.holds,
            one.tickets_held,
            one.bookings,
            one.tickets_sold,
            str(one.money),
        )
        for one in counted
    ]
    return signing.dumps(rows, salt=_salt(event), compress=True)


def _unsealed(text: str, event: Event) -> list[Tally] | None:
    """What ``_sealed`` has sealed of this event not long ago; ``None`` for anything else."""
    try:
        rows = signing.loads(text, salt=_salt(event), max_age=TOLD_FOR)
    except signing.BadSignature:
        return None
    channels = SalesChannel.objects.in_bulk([row[0] for row in rows])
    return [
        Tally(channels[pk], holds, tickets_held, bookings, tickets_sold, Decimal(money))
        for pk, holds, tickets_held, bookings, tickets_sold, money in rows
        if pk in channels
    ]


def _salt(event: Event) -> str:
    return f"backoffice.events.cancelling.{event.pk}"


def _sold(one: Any, currency: str) -> str:
    return ", ".join(
        (
            ngettext("%(n)s booking", "%(n)s bookings", one.bookings) % {"n": f"{one.bookings:,}"},
            _tickets(one.tickets_sold),
            money(one.money, currency),
        )
    )


def _held(one: Any) -> str:
    holds = ngettext("%(n)s hold", "%(n)s holds", one.holds) % {"n": f"{one.holds:,}"}
    return f"{holds}, {_tickets(one.tickets_held)}"


def _tickets(number: int) -> str:
    return ngettext("%(n)s ticket", "%(n)s tickets", number) % {"n": f"{number:,}"}


def _bar(done: int, whole: int) -> SafeString:
    return format_html(
        '<div class="finlo-bar" aria-hidden="true">'
        '<i class="finlo-sold" style="width:{}%"></i></div>',
        percent(done, whole),
    )


def said_of(cancellation: EventCancellation) -> str:
    """What was decided, in numbers, for the message after it."""
    settlements = list(cancellation.settlements.all())
    refunded = sum(one.bookings for one in settlements if one.fate == Fate.REFUND)
    kept = sum(one.bookings for one in settlements if one.fate == Fate.KEEP)
    return _t(
        "%(event)s is cancelled. Bookings to be refunded: %(refunded)d; kept: %(kept)d;"
        " holds to be released: %(holds)d."
    ) % {
        "event": cancellation.event,
        "refunded": refunded,
        "kept": kept,
        "holds": sum(one.holds for one in settlements),
    }


def progress_of(request: HttpRequest, event: Event) -> dict[str, Any] | None:
    """For the page of a cancelled event: who decided what and why, and how far it has come."""
    if event.status != EventStatus.CANCELLED:
        return None
    if not request.user.has_perm("sales.view_eventcancellation"):
        return None
    found = EventCancellation.objects.filter(event=event).select_related("user").first()
    if found is None:
        return None
    settlements = list(found.settlements.select_related("channel"))
    to_settle = sum(one.to_settle for one in settlements)
    settled = sum(one.settled for one in settlements)
    return {
        "reason": found.reason,
        "person": str(found.user) if found.user else _t("System"),
        "decided": local_time(found.decided_at, event.venue.zone),
        "finished": local_time(found.finished_at, event.venue.zone) if found.finished_at else None,
        "to_settle": to_settle,
        "settled": settled,
        "elsewhere": to_settle - settled if found.finished_at else 0,
        "bar": _bar(to_settle if found.finished_at else settled, to_settle),
        "rows": [
            {
                "settlement": one,
                "sold": _sold(one, event.venue.currency) if one.bookings else "–",
                "held": _held(one) if one.holds else "–",
            }
            for one in settlements
        ],
    }
