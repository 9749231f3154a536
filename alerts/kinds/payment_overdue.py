"""Payment overdue: a channel owes money beyond the day on which it was due."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.enums import Kind, Measure
from alerts.evaluation.readings import Reading, lines
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import days, number
from common.text import money
from events.models import Venue
from sales.selectors import Overdue, overdue_by_channel

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class PaymentOverdue(AlertKind):
    kind = Kind.PAYMENT_OVERDUE
    # Late by days: and adding up what is owed is dear.
    cadence = Cadence.MINUTE
    threshold_help = gettext_lazy("Days after the one on which it was due.")
    optional_fields = ("channel", "tells_channel_team", "tells_partner")

    def readings(self, now: datetime, events: Sequence[int] = ()) -> Iterator[Reading]:
        """By the sales' own judgement of what is overdue; what is owed in two currencies is one alert."""
        del events
        owed: defaultdict[int, list[Overdue]] = defaultdict(list)
        venues = list(Venue.objects.filter(is_rehearsal=False))
        zones = {venue.pk: venue.zone for venue in venues}
        for debt in overdue_by_channel(venues, now):
            owed[debt.channel_id].append(debt)
        for rule in lines(self.statement) if owed else ():
            for channel, debts in owed.items():
                if debts[0].venue_id != rule["venue_id"] or rule["channel_id"] not in (
                    None,
                    channel,
                ):
                    continue
                oldest = min(debt.oldest for debt in debts)
                late = (now.astimezone(zones[debts[0].venue_id]).date() - oldest).days
                yield Reading(
                    rule_id=rule["rule_id"],
                    subject=f"channel:{channel}",
                    venue_id=rule["venue_id"],
                    channel_id=channel,
                    seen=float(late),
                    threshold=float(rule["threshold"]),
                    holds=late >= rule["threshold"],
                    has_ended=late < rule["threshold"],
                    details={
                        "bookings": sum(debt.bookings for debt in debts),
                        "amounts": " + ".join(money(debt.amount, debt.currency) for debt in debts),
                        "oldest": oldest.isoformat(),
                    },
                )

    def title(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        return _("%(channel)s owes %(amounts)s beyond its day") % details

    def reason(self, alert: "Alert") -> str:
        return ngettext(
            "%(count)s booking is unpaid, overdue since %(days)s.",
            "%(count)s bookings are unpaid, the oldest overdue since %(days)s.",
            alert.details["bookings"],
        ) % {"count": number(alert.details["bookings"]), "days": days(alert.seen)}

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.DAYS

    def condition(self, rule: "AlertRule") -> str:
        return _("%s after the day on which a payment was due") % days(float(rule.threshold))
