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
        for entry in self.sold:
            self.fields[f"fate_{entry.channel.pk}"] = OneOf(
                entry.channel.name,
                required=False,
                choices=(("", _t("Choose")), *FATES),
                help_text=_sold(entry, self.currency),
            )
        if not self.sold:
            del self.fields["every"]
        self.fields["name"], self.fields["reason"] = last
        self.fields["name"].help_text = self.subject.name

    @cached_property
    def counted(self) -> list[Tally]:
        entries = None
        if PREVIEW in self.request.POST:
            entries = _unsealed(self.request.POST.get("counted_before", ""), self.subject)
        return tally(self.subject.pk) if entries is None else entries

    @property
    def sold(self) -> list[Tally]:
        return [entry for entry in self.counted if entry.bookings]

    @property
    def currency(self) -> str:
        return str(self.subject.venue.currency)

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [
            (_("Bookings"), sum(entry.bookings for entry in self.counted)),
            (_("Tickets sold"), sum(entry.tickets_sold for entry in self.counted)),
            (_("Paid"), money(sum(entry.money for entry in self.counted), self.currency)),
            (
                _("Tickets of leases and named holds"),
                sum(entry.tickets_leased for entry in self.counted),
            ),
            (_("Holds"), sum(entry.holds for entry in self.counted)),
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
        data = super().clean() or {}
        if not data.get("every"):
            for entry in self.sold:
                field = f"fate_{entry.channel.pk}"
                if field not in self.errors and not data.get(field):
                    self.add_error(field, _t("Say what becomes of these bookings."))
        return data

    def fates(self) -> dict[int, Fate]:
        """Channel → fate. One for all holds also for who sells first while the dialog is open."""
        if fate := self.cleaned_data.get("every"):
            channels = SalesChannel.objects.filter(stock__event=self.subject)
            return {pk: Fate(fate) for pk in channels.values_list("pk", flat=True)}
        return {
            entry.channel.pk: Fate(self.cleaned_data[f"fate_{entry.channel.pk}"])
            for entry in self.sold
        }

    def changes(self) -> Sequence[Change]:
        fates = self.fates()
        changes = [
            Change(
                _("Status"),
                EventStatus(self.subject.status).label,
                EventStatus.CANCELLED.label,
            )
        ]
        for entry in self.counted:
            if entry.bookings:
                refunded = fates[entry.channel.pk] == Fate.REFUND
                fate = _t("refunded") if refunded else _t("kept, the seller settles them")
                changes.append(Change(entry.channel.name, _sold(entry, self.currency), fate))
            if held := _held(entry):
                changes.append(Change(entry.channel.name, held, _t("released")))
        return changes


def _sealed(entries: Sequence[Tally], event: Event) -> str:
    rows = [
        (
            entry.channel.pk,
            entry.holds,
            entry.tickets_held,
            entry.bookings,
            entry.tickets_sold,
            str(entry.money),
            entry.leases,
            entry.tickets_leased,
        )
        for entry in entries
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
        Tally(
            channels[pk],
            holds,
            tickets_held,
            bookings,
            tickets_sold,
            Decimal(amount),
            leases,
            tickets_leased,
        )
        for pk, holds, tickets_held, bookings, tickets_sold, amount, leases, tickets_leased in rows
        if pk in channels
    ]


def _salt(event: Event) -> str:
    return f"backoffice.events.cancelling.{event.pk}"


def _sold(entry: Any, currency: str) -> str:
    return ", ".join(
        (
            ngettext("%(n)s booking", "%(n)s bookings", entry.bookings)
            % {"n": f"{entry.bookings:,}"},
            _tickets(entry.tickets_sold),
            money(entry.money, currency),
        )
    )


def _held(entry: Any) -> str:
    """What is on hold, and what is leased or held under a name; empty where nothing is."""
    parts = []
    if entry.holds:
        holds = ngettext("%(n)s hold", "%(n)s holds", entry.holds) % {"n": f"{entry.holds:,}"}
        parts.append(f"{holds}, {_tickets(entry.tickets_held)}")
    if entry.leases:
        leases = ngettext(
            "%(n)s lease or named hold", "%(n)s leases and named holds", entry.leases
        ) % {"n": f"{entry.leases:,}"}
        parts.append(f"{leases}, {_tickets(entry.tickets_leased)}")
    return "; ".join(parts)


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
    refunded = sum(
        settlement.bookings for settlement in settlements if settlement.fate == Fate.REFUND
    )
    kept = sum(settlement.bookings for settlement in settlements if settlement.fate == Fate.KEEP)
    return _t(
        "%(event)s is cancelled. Bookings to be refunded: %(refunded)d; kept: %(kept)d;"
        " holds to be released: %(holds)d."
    ) % {
        "event": cancellation.event,
        "refunded": refunded,
        "kept": kept,
        "holds": sum(settlement.holds for settlement in settlements),
    }


def progress_of(request: HttpRequest, event: Event) -> dict[str, Any] | None:
    """For the page of a cancelled event: who decided what and why, and how far it has come."""
    if event.status != EventStatus.CANCELLED:
        return None
    if not request.user.has_perm("sales.view_eventcancellation"):
        return None
    cancellation = EventCancellation.objects.filter(event=event).select_related("user").first()
    if cancellation is None:
        return None
    settlements = list(cancellation.settlements.select_related("channel"))
    to_settle = sum(settlement.to_settle for settlement in settlements)
    settled = sum(settlement.settled for settlement in settlements)
    return {
        "reason": cancellation.reason,
        "person": str(cancellation.user) if cancellation.user else _t("System"),
        "decided": local_time(cancellation.decided_at, event.venue.zone),
        "finished": local_time(cancellation.finished_at, event.venue.zone)
        if cancellation.finished_at
        else None,
        "to_settle": to_settle,
        "settled": settled,
        "elsewhere": to_settle - settled if cancellation.finished_at else 0,
        "bar": _bar(to_settle if cancellation.finished_at else settled, to_settle),
        "rows": [
            {
                "settlement": settlement,
                "sold": _sold(settlement, event.venue.currency) if settlement.bookings else "–",
                "held": _held(settlement) or "–",
            }
            for settlement in settlements
        ],
    }
