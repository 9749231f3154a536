"""Slack and webhooks against a real server: what arrives, and which failures are for good."""

import json
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from alerts.enums import Transport
from alerts.transports import TRANSPORTS, slack, webhook
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Content, Message, Section
from tests.alerts.sending import SLACK_PATH
from tests.alerts.transports.samples import GOOD, HOOK, ID, NOW, NUMBER, SECRET, SLACK, send
from tests.receivers import WebAnswer, WebReceiver

AT_SLACK = [
    (WebAnswer(400, b"invalid_payload"), GOOD, "400 Bad Request: invalid_payload"),
    (WebAnswer(403, b"invalid_token"), GOOD, "403 Forbidden: invalid_token"),
    (WebAnswer(404, b"no_service"), GOOD, "404 Not Found: no_service"),
    (WebAnswer(410, b"channel_is_archived"), GOOD, "410 Gone: channel_is_archived"),
    (WebAnswer(408), NOW, "408 Request Timeout: ok"),
    (WebAnswer(500, b"rollup_error"), NOW, "500 Internal Server Error: rollup_error"),
    (WebAnswer(503, b"<html>\n\0 busy"), NOW, "503 Service Unavailable: <html> busy"),
    (WebAnswer(599, b"x" * 999), NOW, f"599: {'x' * 119}…"),
]


@pytest.mark.parametrize(("answer", "error", "said"), AT_SLACK)
def test_slack_is_asked_again_only_when_it_is_busy(
    web: WebReceiver, answer: WebAnswer, error: type[Exception], said: str
) -> None:
    web.answer(answer)
    with pytest.raises(error) as caught:
        send(Transport.SLACK, web.url + SLACK_PATH)
    assert str(caught.value) == f"127.0.0.1 answers {said}"


def test_slack_gets_blocks_and_a_text_and_only_the_text_when_a_block_is_bad(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Content("test", datetime.now(UTC), "49 < 50", (Section("49 left"),), "As a member.")
    good = TRANSPORTS[Transport.SLACK].render(Message(ID, content))
    assert good["text"] == "49 &lt; 50"
    assert [block["type"] for block in good["blocks"]] == ["header", "context"]

    bad = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    monkeypatch.setattr(slack, "blocks_of", lambda _content: bad)
    with caplog.at_level(logging.DEBUG):
        poor = TRANSPORTS[Transport.SLACK].render(Message(ID, content))
    assert poor.keys() == {"text"}
    assert poor["text"].startswith("49 &lt; 50\n49 left")


def test_slack_is_sent_what_was_rendered(
    web: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert send(Transport.SLACK, web.url + SLACK_PATH) == "200 OK: ok"
    assert json.loads(web.requests[0].body) == SLACK
    assert "verysecrettoken" not in caplog.text


def test_the_address_at_slack_is_in_no_reason(web: WebReceiver) -> None:
    web.answer(WebAnswer(404, f"nothing at {SLACK_PATH}".encode()))
    place = web.url + SLACK_PATH
    with pytest.raises(RefusedForGoodError) as refused:
        send(Transport.SLACK, place)
    web.close()
    with pytest.raises(RefusedForNowError) as closed:
        send(Transport.SLACK, place)
    with pytest.raises(RefusedForGoodError) as elsewhere:
        send(Transport.SLACK, f"https://slack.example.com{SLACK_PATH}")
    for caught in (refused, closed, elsewhere):
        assert "verysecrettoken" not in repr(caught.value)


@pytest.mark.parametrize(
    ("header", "minimum", "maximum"),
    [
        ("17", 17, 17),
        ("999999", 3600, 3600),
        (timedelta(minutes=20), 900, 1200),
        (timedelta(days=-1), 0, 0),
        ("soon", None, None),
        ("", None, None),
    ],
    ids=["seconds", "too many", "a date", "a past date", "a word", "none"],
)
def test_who_is_busy_says_how_long_to_wait(
    web: WebReceiver, header: str | timedelta, minimum: float | None, maximum: float | None
) -> None:
    if isinstance(header, timedelta):
        header = format_datetime(datetime.now(UTC) + header, usegmt=True)
    for transport, address in (
        (Transport.SLACK, web.url),
        (Transport.WEBHOOK, web.url),
        (Transport.SMS, NUMBER),
    ):
        web.answer(WebAnswer(429, b"{}", {"Retry-After": header}))
        with pytest.raises(RefusedForNowError) as caught:
            send(transport, address, SECRET)
        if minimum is None or maximum is None:
            assert caught.value.retry_after is None
        else:
            assert caught.value.retry_after is not None
            assert minimum <= caught.value.retry_after <= maximum


@pytest.mark.parametrize("transport", [Transport.SLACK, Transport.WEBHOOK])
def test_a_redirect_is_for_good_and_what_it_leads_to_is_not_reached(
    web: WebReceiver, transport: Transport
) -> None:
    with WebReceiver() as inside:
        web.answer(WebAnswer(307, b"", {"Location": inside.url}))
        with pytest.raises(RefusedForGoodError, match="a redirect, which is not followed"):
            send(transport, web.url, SECRET)
        private = f"https://127.0.0.1:{inside.port}/"
        with pytest.raises(RefusedForGoodError, match=r"not a public address|not the address of"):
            send(transport, private, SECRET)
        assert inside.connections == 0


def test_a_signature_is_that_of_the_specification() -> None:
    # Made with the package `standardwebhooks`, 1.1.0.
    body = b'{"event_type":"ping","data":{"success":true}}'
    signature = webhook.sign(SECRET, "msg_loFOjxBNrRLzqYUf", 1731705121, body)
    assert signature == "v1,ra7kgjOCnSSR5URJ70WM3QMv18NGuuwnmtI2W0CEQ1c="


def test_a_webhook_gets_the_data_signed(web: WebReceiver) -> None:
    secret = TRANSPORTS[Transport.WEBHOOK].new_secret()
    web.answer(WebAnswer(204, b""))
    assert send(Transport.WEBHOOK, f"{web.url}/hook", secret) == "204 No Content"

    [request] = web.requests
    assert json.loads(request.body) == HOOK.data
    assert request.headers["webhook-id"] == str(ID)
    moment = int(request.headers["webhook-timestamp"])
    assert abs(moment - datetime.now(UTC).timestamp()) < 60
    expected = webhook.sign(secret, str(ID), moment, request.body)
    assert request.headers["webhook-signature"] == expected


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_c2hvcnQ="])
def test_nothing_leaves_unsigned(web: WebReceiver, secret: str) -> None:
    with pytest.raises(
        RefusedForGoodError, match="secret of this webhook cannot be used"
    ) as caught:
        send(Transport.WEBHOOK, web.url, secret)
    assert "c2hvcnQ" not in str(caught.value)
    assert web.connections == 0
