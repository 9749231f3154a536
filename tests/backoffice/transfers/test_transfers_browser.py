"""One asks for units by the screens, another approves; nobody decides his own."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.proofs import assert_reconciled
from tests.screens import let_in, sign_out, signed_in
from transfers.enums import TransferStatus
from transfers.models import Transfer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_transfer_is_asked_for_by_one_and_approved_by_another(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=47),
    )
    stage.sell([("Ticket", 54)])
    asker, decider = (person(Role.VENUE_MANAGER, stage) for _ in range(2))
    with signed_in(page, live_server.url, asker) as screen:
        screen.goto(f"{live_server.url}{address(stage.event, 'change')}#dataset-transfers")
        screen.get_by_role("link", name="Transfer units").click()
        screen.select_option("#dialog_source", label="hotel – 40 free")
        screen.select_option("#dialog_target", label="web – 6 free")
        screen.fill("#dialog_units", "20")
        changes = screen.locator("#dialog-changes")
        expect(changes).to_contain_text("hotel, free")
        expect(changes).to_contain_text("It is less than 48 hours to the start.")
        screen.fill("#dialog_reason", "The website sells out")
        screen.get_by_role("button", name="Transfer").click()
        expect(screen.locator("body")).to_contain_text("20 units from hotel to web wait")
        screen.get_by_role("link", name="See the transfer").click()
        expect(screen.locator("body")).to_contain_text("You have asked for it yourself")
        expect(screen.get_by_role("link", name="Approve")).to_have_count(0)

        sign_out(screen)
        let_in(screen, live_server.url, decider)
        screen.goto(f"{live_server.url}/admin/")
        screen.get_by_role("link", name="Approvals").click()
        expect(screen.get_by_role("img", name="web sold 54 units in 14 days")).to_be_visible()
        screen.get_by_role("link", name="hotel → web 20 of GA").click()
        screen.get_by_role("link", name="Approve").click()
        expect(screen.locator("#dialog-changes")).to_contain_text("90.0 %")
        screen.get_by_role("button", name="Approve and move").click()
        expect(screen.locator("body")).to_contain_text("20 units moved.")
    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.decided_by) == (TransferStatus.EXECUTED, decider)
    assert stage.counters().quantity == 80
    assert_reconciled()
