"""That payments, bookings and tills agree is proved from the outside, whatever guards were passed by."""

import pytest
from django.core.management import call_command

from boxoffice.reconcile import RECEIPTS, TICKETS, TILLS, WORTH
from sales.reconcile import reconcile
from tests.boxoffice.counter.desks import Desk
from tests.factories import Stage
from tests.proofs import assert_reconciled, execute

pytestmark = pytest.mark.django_db


def differing() -> set[str]:
    return {result.check.name for result in reconcile() if result.differences}


@pytest.mark.parametrize(
    ("damage", "names"),
    [
        ("UPDATE boxoffice_payment SET amount = 19, tendered = 19", {WORTH.name}),
        ("UPDATE boxoffice_paymentline SET tickets = 1", {TICKETS.name}),
        ("UPDATE boxoffice_shift SET receipts = 5", {RECEIPTS.name}),
        ("UPDATE boxoffice_shift SET currency = 'EUR'", {TILLS.name}),
        ("UPDATE sales_bookingline SET unit_price = 11", {WORTH.name, TICKETS.name}),
    ],
)
def test_what_was_tampered_with_is_found(
    open_desk: Desk, house: Stage, damage: str, names: set[str]
) -> None:
    house.sell(channel="desk")
    assert open_desk.sell(2).status_code == 201
    assert_reconciled()
    execute("SET LOCAL session_replication_role = replica")  # no trigger is asked
    execute(damage)
    execute("SET LOCAL session_replication_role = origin")
    assert differing() == names


def test_the_command_proves_payments_too(
    open_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    open_desk.sell(2)
    call_command("reconcile")
    assert f"✓ {WORTH.name} (1 rows)" in capsys.readouterr().out
