"""Whoever asks what has changed since the last look misses nothing, however late it was committed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event as Signal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from common.actor import SYSTEM
from common.clock import database_now
from events.enums import Changing
from events.models import Event
from events.selectors import changed_since
from tests.alerts.making import make_alert
from tests.concurrency.race import await_event, errors_of, race
from tests.factories import Stage, make_stage
from transfers.services import Wish, request


def change_event(stage: Stage) -> int:
    Event.objects.update(name="Another name")
    return stage.event.pk


def ask_for_units(stage: Stage) -> int:
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 5, "Slow")
    return request(wish, by=SYSTEM, now=timezone.now() - timedelta(hours=1)).pk


def alert(stage: Stage) -> int:
    return make_alert(stage, latest_at=timezone.now() - timedelta(hours=1)).pk


CHANGES = {
    Changing.EVENT: change_event,
    Changing.TRANSFER: ask_for_units,
    Changing.ALERT: alert,
}


def two_looks(
    kind: Changing, change: Callable[[Stage], int], *, is_stamped_early: bool
) -> tuple[bool, bool]:
    """Whether a change is found that is not committed while somebody looks; then, and since then."""
    stage = make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 10, ("GA", "hotel"): 90},
        starts_at=timezone.now() + timedelta(hours=47),
    )
    changed, looked = Signal(), Signal()
    keys: list[int] = []
    moments: list[datetime] = []
    before: list[bool] = []

    def write() -> None:
        with transaction.atomic():
            keys.append(change(stage))
            if is_stamped_early:
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            changed.set()
            await_event(looked)

    def look() -> None:
        await_event(changed)
        moments.append(database_now())
        before.append(keys[0] in set(changed_since(kind, moments[0])))
        looked.set()

    assert errors_of(race([write, look])) == []
    return before[0], keys[0] in set(changed_since(kind, moments[0]))


@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_committed_after_a_look_is_found_by_the_next(
    kind: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.selectors.COMMIT_MARGIN", timedelta())
    assert two_looks(kind, CHANGES[kind], is_stamped_early=False) == (False, True)
    # The control: what is stamped with the change itself is missed.
    assert two_looks(kind, CHANGES[kind], is_stamped_early=True) == (False, False)
