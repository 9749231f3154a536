"""A test alert goes to each team that the event's rules tell, and people say whether they have read it."""

import time
from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.utils import timezone

from alerts.enums import DeliveryStatus
from alerts.models import AlertRule, AlertTeam, Delivery, Endpoint
from alerts.models.delivery import WAITING
from alerts.services import send_test
from common.actor import Actor
from common.addresses import change_url
from common.text import number
from golive.enums import Light
from golive.results import Finding, doubtful, failed, passed
from golive.stage import Stage

# The notifier looks every second; a mail server may take its time.
SENT_WITHIN = 30.0
LOOK_EVERY = 0.5
# Of a team's addresses, so many are tried.
MAX_ENDPOINTS = 20


def check(stage: Stage, by: Actor) -> Iterator[Finding]:
    teams = teams_told(stage)
    if not teams:
        yield failed(
            "No rule of alerts tells any team of this venue.",
            "Name teams in the rules of alerts.",
            change_url(stage.event.venue),
        )
    tests = {team.pk: _send(team, by) for team in teams}
    _await([delivery.pk for deliveries in tests.values() for delivery in deliveries], stage)
    for team in teams:
        yield from _told(team, tests[team.pk])


def teams_told(stage: Stage) -> list[AlertTeam]:
    """The venue's teams that a rule names which is on and speaks for all its events or for this one."""
    rules = AlertRule.objects.filter(
        Q(event=None) | Q(event=stage.event), venue=stage.event.venue_id, is_active=True
    )
    teams = AlertTeam.objects.filter(venue=stage.event.venue_id, pk__in=rules.values("teams"))
    return list(teams.order_by("name", "pk"))


def _send(team: AlertTeam, by: Actor) -> list[Delivery]:
    endpoints = Endpoint.objects.filter(team=team, is_active=True).order_by("pk")
    now = timezone.now()
    return [send_test(endpoint, by=by, now=now) for endpoint in endpoints[:MAX_ENDPOINTS]]


def _await(ids: Sequence[int], stage: Stage) -> None:
    """Until nothing of them waits to be sent, or the time is up."""
    ends = time.monotonic() + SENT_WITHIN
    while time.monotonic() < ends:
        if not Delivery.objects.filter(pk__in=ids, status__in=WAITING, attempts=0).exists():
            return
        time.sleep(LOOK_EVERY)
        stage.go_on()


def _told(team: AlertTeam, tests: Sequence[Delivery]) -> Iterator[Finding]:
    address = change_url(team)
    if not tests:
        yield failed(
            f"{team}: nobody can be reached.", "Name people or an address for the team.", address
        )
        return
    now = {
        delivery.pk: delivery for delivery in Delivery.objects.filter(pk__in=[t.pk for t in tests])
    }
    outcomes = [now[delivery.pk] for delivery in tests if delivery.pk in now]
    sent = [delivery for delivery in outcomes if delivery.status == DeliveryStatus.SENT]
    for delivery in outcomes:
        if delivery.status != DeliveryStatus.SENT:
            yield _not_sent(team, delivery, is_only=not sent)
    if any(delivery.answered_at for delivery in sent):
        yield passed(f"{team}: a test message arrived, and somebody has answered it.")
    elif sent:
        yield Finding(
            Light.AMBER,
            f"{team}: test messages sent: {number(len(sent))}.",
            "Ask a person of the team to follow the message's link “I have read it”.",
            address,
            tuple(delivery.pk for delivery in sent),
        )


def _not_sent(team: AlertTeam, delivery: Delivery, *, is_only: bool) -> Finding:
    why = delivery.failure or f"not sent within {SENT_WITHIN:.0f} s"
    say = failed if is_only else doubtful
    return say(
        f"{team}: a test message to {delivery.endpoint} did not go out: {why.rstrip('.')}.",
        "See whether the notifier runs, and whether the address is right.",
        change_url(delivery.endpoint),
    )
