"""The season's alerts: found by looking, as later."""

import pytest

from alerts.enums import AlertStatus, Kind, Severity
from alerts.models import Alert, Delivery
from demo import season
from demo.build import build
from demo.season import EVENTS


@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_the_board_has_something_of_several_kinds_and_one_is_taken_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    coming = [one for one in EVENTS if one.day > 0 and one.bookings < 500]
    monkeypatch.setattr(season, "EVENTS", coming)
    build()
    found = list(Alert.objects.all())
    assert {Kind.LOW_STOCK, Kind.TRANSFER_WAITING} <= {one.kind for one in found}
    assert [one.status for one in found].count(AlertStatus.ACKNOWLEDGED) == 1
    assert 1 < len([one for one in found if one.severity != Severity.INFO]) < 30
    assert Delivery.objects.filter(alert__in=found).exists()
