"""Rules and requests of the season, made through the services as its people would have.

Only what waits, or was turned down: what moves units is played with the sales (``demo.selling``), so
that each row's movements stand in the order of their times.
"""

from collections.abc import Sequence
from datetime import time, timedelta
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
from transfers.workflow import sign_off, workflow_of

NEAR = "90 % against 30 %"
SIGNED, SIGNED_AT = "As agreed with the partners", time(16, 10)
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


def sign(stages: Sequence[Stage], company: Company) -> None:
    """The manager of the venue has read how transfers of some events are approved, and agrees."""
    for stage in stages:
        if stage.plan.signed_days_ago is not None:
            sign_off(
                stage.event,
                digest=workflow_of(stage.event).digest,
                by=company.person(stage.manager),
                note=SIGNED,
                now=stage.dates.day(-stage.plan.signed_days_ago, SIGNED_AT),
            )


def ask(stages: Sequence[Stage], company: Company) -> None:
    """Ask for what the events say, so many hours ago; some of it has been rejected since."""
    for stage in stages:
        for request in stage.plan.requests:
            _ask(stage, request, company)


def _ask(stage: Stage, request: season.Request, company: Company) -> None:
    at = company.now - timedelta(hours=request.hours_ago)
    target = channel_row(pool=stage.pools[request.pool], channel=stage.channels[request.target])
    if request.by_partner:
        wish = Wish(
            general_row(stage.pools[request.pool]).pk, target.pk, request.units, request.reason
        )
        seller = company.seller(stage.plan.venue, request.target)
        partner = services.Partner(stage.channels[request.target])
        # Where the season gave it no key, its program had one that nobody remembers.
        by = Actor(api_key_id=seller.api_key_id)
        services.request(wish, by=by, now=at, partner=partner)
        return
    others = [row for row in stage.rows(request.pool).values() if row != target]
    source = max(others, key=attrgetter("free"))
    wish = Wish(source.pk, target.pk, min(request.units, source.free), request.reason)
    transfer = services.request(wish, by=company.keeper(stage.plan.venue), now=at)
    if request.rejected:
        manager = company.person(company.manager(stage.plan.venue))
        later = at + timedelta(hours=1)
        services.reject([transfer.pk], by=manager, note=request.rejected, now=later)
