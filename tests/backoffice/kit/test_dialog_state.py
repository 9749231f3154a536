"""A dialog rests on what it showed, and its preview on what was typed last."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.models import Stock
from allocations.services import set_capacity
from backoffice.events.dates import KEEP
from common.actor import SYSTEM
from events.models import Event
from sales.limits import set_item_limit
from tests.backoffice.conftest import back_to_draft, person
from tests.factories import Stage, make_stage
from tests.proofs import assert_reconciled, nothing_changed
from tests.screens import signed_in
from tests.waiting import until


def opened(client: Client, url: str) -> dict[str, str]:
    """What the dialog carries of what it shows."""
    body = client.get(url).content.decode()
    found = re.search('name="opened_with" value="([^"]*)"', body)
    assert found is not None
    return {"opened_with": html.unescape(found[1]), "reason": "Season"}


def address(target: Any, action: str) -> str:
    opts = target._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{action}", args=(target.pk,))


@pytest.mark.django_db
def test_a_dialog_does_not_write_over_what_was_changed_since_it_was_opened(
    manager: Client, stage: Stage
) -> None:
    """It shows what is so now, and goes through when it is sent again."""
    back_to_draft(stage)
    pool, item, row = stage.pools["GA"], stage.items["Ticket"], stage.row()
    later = stage.event.starts_at + timedelta(days=1)
    dialogs: list[tuple[str, dict[str, Any], Any]] = [
        (
            address(pool, "set_capacity"),
            {"capacity": 120},
            lambda: set_capacity(pool=pool, capacity=110, by=SYSTEM, reason="test"),
        ),
        (
            address(item, "set_limit"),
            {"limit": 12},
            lambda: set_item_limit(item=item, limit=20, by=SYSTEM, reason="test"),
        ),
        (
            address(row, "set_drawing"),
            {"ceiling": 300},
            lambda: Stock.objects.filter(pk=row.pk).update(ceiling=200),
        ),
        (
            address(stage.event, "postpone"),
            {"starts_at": f"{later:%Y-%m-%dT%H:%M}", "windows": KEEP},
            lambda: Event.objects.filter(pk=stage.event.pk).update(starts_at=later),
        ),
    ]
    for url, values, change in dialogs:
        form = values | opened(manager, url)
        change()
        with nothing_changed():
            refused = manager.post(url, form)
            assert refused.status_code == 200
            assert "was changed meanwhile: it is " in refused.content.decode(), url
            preview = manager.post(url, form | {"preview": "1"})
            assert "was changed meanwhile: it is " in preview.content.decode(), url
        again = manager.post(url, values | opened(manager, url))
        assert again.status_code == 302, (url, again.content.decode())
    pool.refresh_from_db()
    assert pool.capacity == 120


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_preview_is_that_of_the_latest_input(page: Page, live_server: LiveServer) -> None:
    """Also where the answer to an earlier one comes while somebody goes on typing."""
    stage = make_stage()
    back_to_draft(stage)
    previews: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST" and len(previews) < 2:
            previews.append(route)
        else:
            route.continue_()

    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(f"{live_server.url}{address(stage.pools['GA'], 'set_capacity')}")
        changes = screen.locator("#dialog-changes")
        expect(changes).to_contain_text("nothing changes")
        screen.route("**/set_capacity/", hold)
        screen.fill("#dialog_capacity", "110")
        until(lambda: bool(screen.title() and previews), "the preview is asked for")
        answer = previews[0].fetch()
        screen.fill("#dialog_capacity", "130")
        previews[0].fulfill(response=answer)
        until(lambda: bool(screen.title() and previews[1:]), "it is asked for anew")
        # The third does not wait for an answer to the second, which is never given.
        screen.fill("#dialog_capacity", "140")
        expect(changes).to_contain_text("140")
    assert_reconciled()
