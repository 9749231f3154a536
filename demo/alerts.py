"""What the teams of the season have set up for themselves, and what stands on the board today.

Found by the same look as later by the worker, after the times of the season are written: velocity is
judged by weeks of sales, which somebody has watched.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from accounts.roles import Role
from alerts import services
from alerts.enums import AlertStatus, Kind, Per, Severity, Transport, Unit
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.models import Alert, AlertRule, AlertTeam, Endpoint, StockPace
from allocations.enums import ChannelKind, StockKind
from allocations.models import SalesChannel, Stock
from common.actor import Actor
from common.history import save_because
from demo.backdate import Story
from demo.cast import REASON, Company
from demo.stage import Stage
from events.enums import EventStatus

SET_UP_SINCE = timedelta(days=30)
FEW = 50
PARTNERS = (ChannelKind.PARTNER, ChannelKind.THIRD_PARTY)
NOTE = "I have asked the partners whether they can spare some."


def set_up(stages: Sequence[Stage], company: Company, story: Story) -> None:
    """Quiet nights, partners who want to hear, and one of them watched closely at the next event."""
    with story.at(company.now - SET_UP_SINCE):
        for slug, venue in company.venues.items():
            by = company.manager(slug)
            team = AlertTeam.objects.get(venue=venue, role=Role.BOX_OFFICE)
            team.quiet_from, team.quiet_until = time(23), time(7)
            save_because(team, "Nobody is at the desk then.", by=by)
            coming = [
                stage for stage in stages if stage.event.venue == venue and _is_on_sale(stage)
            ]
            partners = [
                channel
                for (place, code), channel in company.channels.items()
                if place == slug and (place, code) in company.keys and channel.kind in PARTNERS
            ]
            for channel in partners:
                address = f"tickets@{channel.code}.example"
                partner = Endpoint(channel=channel, transport=Transport.EMAIL, address=address)
                save_because(partner, REASON, by=by)
            if coming and partners:
                first = min(coming, key=lambda stage: stage.event.starts_at)
                _watch_closely(first, partners[0], team, by)


def _watched_since_sales_began(stages: Sequence[Stage]) -> None:
    """As if the worker had looked all the time: a row's sales count from when it could sell."""
    rows = Stock.objects.filter(
        event__in=[stage.event for stage in stages if _is_on_sale(stage)], kind=StockKind.CHANNEL
    ).select_related("event")
    StockPace.objects.bulk_create(
        StockPace(stock=row, version=0, since=_could_sell_from(row)) for row in rows
    )


def _could_sell_from(row: Stock) -> datetime:
    began = row.event.sales_from or row.event.starts_at
    only_draws = row.quantity == row.drawn
    return max(began, row.draws_from) if only_draws and row.draws_from else began


def _is_on_sale(stage: Stage) -> bool:
    return stage.event.status == EventStatus.ON_SALE


def _watch_closely(stage: Stage, channel: SalesChannel, team: AlertTeam, by: Actor) -> None:
    rule = AlertRule(
        venue=stage.event.venue,
        event=stage.event,
        channel=channel,
        name=f"{channel}: fewer than {FEW} left",
        kind=Kind.LOW_STOCK,
        severity=Severity.CRITICAL,
        per=Per.CHANNEL,
        unit=Unit.UNITS,
        threshold=FEW,
        hysteresis=5,
        escalate_minutes=30,
        tells_partner=True,
        advice="Look whether another channel has units to spare, and ask for a transfer.",
    )
    save_because(rule, "The last days sell fast.", by=by)
    rule.teams.add(team)


def evaluate(stages: Sequence[Stage], company: Company) -> None:
    """Write down what stands; one of it somebody has taken on."""
    _watched_since_sales_began(stages)
    stock.evaluate_due(company.now)
    periodic.evaluate(Cadence.SECONDS, company.now)
    periodic.evaluate(Cadence.MINUTE, company.now)
    taken = (
        Alert.objects.filter(status=AlertStatus.OPEN, venue__isnull=False).order_by("pk").first()
    )
    if taken is not None and taken.venue is not None:
        by = company.manager(taken.venue.slug)
        services.acknowledge([taken.pk], by=by, now=company.now, note=NOTE)
