"""What the tests of transfers in the back office share: an event near its start, and what waits there."""

from datetime import timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.actor import Actor
from tests.factories import Stage, make_stage, make_user
from transfers import services
from transfers.models import Transfer
from transfers.services import Wish

LIST = "/admin/transfers/transfer/"
QUEUE = f"{LIST}?decision=waiting"


def near(**more: Any) -> Stage:
    """An event 47 hours away, where each transfer waits."""
    return make_stage(
        channels=("web", "agent"),
        give={("GA", "web"): 60, ("GA", "agent"): 40},
        starts_at=timezone.now() + timedelta(hours=47),
        **more,
    )


def wait(stage: Stage, units: int = 10, by: User | None = None, **more: Any) -> Transfer:
    """A request from the agent to the website."""
    wish = Wish(stage.row(channel="agent").pk, stage.row().pk, units, "Slow", **more)
    return services.request(wish, by=Actor.person(by or make_user()), now=timezone.now())


def ask_address(stage: Stage, **query: Any) -> str:
    found = reverse("admin:transfers_transfer_ask", args=(stage.pools["GA"].pk,))
    return f"{found}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


def said(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def asked(stage: Stage, units: int = 10, **more: Any) -> dict[str, Any]:
    rows_of = {"source": stage.row(channel="agent").pk, "target": stage.row().pk}
    return {**rows_of, "units": units, "reason": "Slow", **more}


def ids(answer: Any) -> list[int]:
    return [one.pk for one in answer.context["cl"].result_list]
