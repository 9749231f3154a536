"""Addresses of every transport: which can be saved and sent to."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from alerts.enums import Transport
from alerts.transports import TRANSPORTS
from alerts.transports.errors import RefusedForGoodError
from tests.alerts.transports.samples import NUMBER, SECRET, TO, send
from tests.receivers import WebReceiver


@pytest.mark.parametrize(
    ("transport", "address"),
    [
        (Transport.EMAIL, "nobody"),
        (Transport.EMAIL, "a@venue.test\nBcc: b@venue.test"),
        (Transport.EMAIL, "a@venue.test, b@venue.test"),
        (Transport.SLACK, "https://example.com/services/T/B/X"),
        (Transport.SLACK, "https://hooks.slack.com/workflows/T/B/X"),
        (Transport.SLACK, "http://hooks.slack.com/services/T/B/X"),
        (Transport.SLACK, "https://hooks.slack.com@127.0.0.1/services/T/B/X"),
        (Transport.SLACK, "https://hooks.slack.com:8443/services/T/B/X"),
        (Transport.SMS, "06641234567"),
        (Transport.SMS, "+43 664 1234567"),
        (Transport.SMS, "+0436641234567"),
        (Transport.WEBHOOK, "https://127.0.0.1/"),
        (Transport.WEBHOOK, "http://example.com/"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_when_saved_and_for_good_when_sent(
    settings: Any, transport: Transport, address: str
) -> None:
    settings.SMS_ACCOUNT = settings.SMS_TOKEN = settings.SMS_FROM = "set"
    with pytest.raises(ValidationError):
        TRANSPORTS[transport].check_address(address)
    with pytest.raises(RefusedForGoodError):
        send(transport, address, SECRET)


def test_good_addresses_are_taken(web: WebReceiver) -> None:
    TRANSPORTS[Transport.EMAIL].check_address(TO)
    TRANSPORTS[Transport.SMS].check_address(NUMBER)
    TRANSPORTS[Transport.SLACK].check_address(web.url)
    TRANSPORTS[Transport.WEBHOOK].check_address(f"{web.url}/hook")
