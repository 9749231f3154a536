"""SMS against a real server in place of the provider: what it is asked, and which failures are for good."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from alerts.enums import Transport
from alerts.transports.errors import RefusedForNowError
from tests.alerts.transports.samples import GOOD, NOW, NUMBER, SMS, send
from tests.receivers import WebAnswer, WebReceiver


def test_an_sms_is_asked_of_the_provider(web: WebReceiver, settings: Any) -> None:
    web.answer(*[WebAnswer(201, b'{"sid": "SM17", "status": "queued"}')] * 2)
    assert send(Transport.SMS, NUMBER) == "queued: SM17"
    settings.SMS_FROM = "MG0001"
    send(Transport.SMS, NUMBER)

    first, second = web.requests
    assert (first.method, first.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    login = base64.b64encode(b"AC1:token").decode()
    assert first.headers["authorization"] == f"Basic {login}"
    sent = {"To": [NUMBER], "Body": [SMS.text]}
    assert parse_qs(first.body.decode()) == {**sent, "From": ["+15005550006"]}
    assert parse_qs(second.body.decode()) == {**sent, "MessagingServiceSid": ["MG0001"]}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 21211, GOOD),
        (400, 21614, GOOD),
        (400, 21610, GOOD),
        (400, 21606, NOW),  # the sender, which is ours
        (400, 20429, NOW),
        (401, 20003, NOW),
        (403, 20003, NOW),
        (404, 20404, NOW),
        (429, 20429, NOW),
        (500, 20500, NOW),
        (302, 0, NOW),
    ],
)
def test_only_what_is_said_of_the_number_is_for_good(
    web: WebReceiver, status: int, code: int, error: type[Exception]
) -> None:
    answer = {"code": code, "message": "Said so", "status": status}
    web.answer(WebAnswer(status, json.dumps(answer).encode(), {"Location": web.url}))
    with pytest.raises(error, match=f"The provider of SMS answers {status}.*Said so") as caught:
        send(Transport.SMS, NUMBER)
    assert "token" not in str(caught.value)
    assert len(web.requests) == 1


def test_a_provider_that_is_not_set_up_or_away_is_tried_again(
    web: WebReceiver, settings: Any
) -> None:
    web.answer(WebAnswer(200, b"<html>"))
    assert send(Transport.SMS, NUMBER) == "200 OK: <html>"
    web.close()
    with pytest.raises(RefusedForNowError, match=r"no connection to 127.0.0.1"):
        send(Transport.SMS, NUMBER)
    settings.OUTBOUND_ALLOW = frozenset()
    with pytest.raises(RefusedForNowError, match="FINLO_SMS_API"):
        send(Transport.SMS, NUMBER)
    settings.SMS_ACCOUNT = settings.SMS_FROM = ""
    with pytest.raises(RefusedForNowError, match="set up: FINLO_SMS_ACCOUNT, FINLO_SMS_FROM"):
        send(Transport.SMS, NUMBER)
