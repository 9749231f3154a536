"""Rules and requests of the season, made through the services as its people would have.

Only what waits, or was turned down: what moves units is played with the sales (``demo.selling``), so
that each row's movements stand in the order of their times.
"""

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter

from allocations.services import channel_row, general_row
from common.actor import Actor
from common.history import save_because
from demo import season
from demo.backdate import Story
from demo.cast import REASON, Company
from demo.stage import Stage
from transfers import services
from transfers.models import TransferRule
from transfers.services import Wish

NEAR = "90 % against 30 %"
# After the events of the venue were set up.
RULES_SINCE = timedelta(days=40)


def write_rules(company: Company, story: Story) -> None:
    """Active where the plans are dynamic; elsewhere on trial, to be looked at."""
    with story.at(company.now - RULES_SINCE):
        for slug, venue in company.venues.items():
            rule = TransferRule(
                venue=venue, name=NEAR, is_trial=slug not in season.RULED, max_per_day=100
            )
            save_because(rule, REASON, by=company.manager(slug))


def ask(stages: Sequence[Stage], company: Company) -> None:
    """Ask for what the events say, so many hours ago; some of it has been rejected since."""
    for stage in stages:
        for wanted in stage.plan.requests:
            _ask(stage, wanted, company)


def _ask(stage: Stage, wanted: season.Request, company: Company) -> None:
    at = company.now - timedelta(hours=wanted.hours_ago)
    target = channel_row(pool=stage.pools[wanted.pool], channel=stage.channels[wanted.target])
    if wanted.by_partner:
        wish = Wish(
            general_row(stage.pools[wanted.pool]).pk, target.pk, wanted.units, wanted.reason
        )
        seller = company.seller(stage.plan.venue, wanted.target)
        partner = services.Partner(stage.channels[wanted.target])
        # Where the season gave it no key, its program had one that nobody remembers.
        by = Actor(api_key_id=seller.api_key_id)
        services.request(wish, by=by, now=at, partner=partner)
        return
    others = [row for row in stage.rows(wanted.pool).values() if row != target]
    source = max(others, key=attrgetter("free"))
    wish = Wish(source.pk, target.pk, min(wanted.units, source.free), wanted.reason)
    transfer = services.request(wish, by=company.keeper(stage.plan.venue), now=at)
    if wanted.rejected:
        manager = company.person(company.manager(stage.plan.venue))
        later = at + timedelta(hours=1)
        services.reject([transfer.pk], by=manager, note=wanted.rejected, now=later)
