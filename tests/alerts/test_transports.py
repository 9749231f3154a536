"""Each transport against a real server: what arrives, and which failures are for good."""

import base64
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
import trustme
from django.core.checks import Tags, run_checks
from django.core.exceptions import ValidationError

from alerts.enums import Transport
from alerts.transports import TRANSPORTS, slack, webhook
from alerts.transports.email import Mail
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Content, Message, Section
from alerts.transports.sms import ShortMessage
from alerts.transports.webhook import Hook
from common import smtp
from tests.receivers import ACCEPT, HANG, MailReceiver, WebAnswer, WebReceiver

TO = "box.office@venue.test"
NUMBER = "+436641234567"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SLACK_PATH = "/services/T0001/B0001/verysecrettoken"
ID = UUID("5f0c1d0e-7f0b-4a58-9d5b-3f1f3f1f3f1f")
MAIL = Mail(
    ID,
    "Low stock:\nFinlo Gala\r\nBcc: everybody@venue.test",
    "49 of 200 left – below 50.",
    "<p>49 of 200 left – <b>below 50</b>.</p>",
)
SLACK = {"text": "Low stock", "blocks": [{"type": "divider"}]}
SMS = ShortMessage("Low stock: 49 left")
HOOK = Hook(ID, {"type": "alert.opened", "data": {"seen": 49}})
RENDERED: dict[Transport, Any] = {
    Transport.EMAIL: MAIL,
    Transport.SLACK: SLACK,
    Transport.SMS: SMS,
    Transport.WEBHOOK: HOOK,
}
NOW, GOOD = RefusedForNowError, RefusedForGoodError


def send(transport: Transport, address: str, secret: str = "") -> str:
    return TRANSPORTS[transport].send(address, secret, RENDERED[transport])


@pytest.fixture
def mail(settings: Any) -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        use(settings, receiver)
        yield receiver


def use(settings: Any, receiver: MailReceiver) -> None:
    settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
    settings.EMAIL_FROM = "Finlo <alerts@finlo.test>"
    settings.EMAIL_TIMEOUT = 0.5


@pytest.fixture
def web(settings: Any) -> Iterator[WebReceiver]:
    with WebReceiver() as receiver:
        settings.OUTBOUND_ALLOW = frozenset({receiver.place})
        settings.SMS_API = receiver.url
        settings.SMS_ACCOUNT, settings.SMS_TOKEN = "AC1", "token"
        settings.SMS_FROM = "+15005550006"
        yield receiver


def mail_to(address: str = TO) -> str:
    return send(Transport.EMAIL, address)


# --- E-mail ------------------------------------------------------------------------------


def test_a_mail_has_text_and_html_and_the_same_number_when_it_is_sent_again(
    mail: MailReceiver,
) -> None:
    assert [mail_to(), mail_to()] == [ACCEPT, ACCEPT]

    first, second = mail.mails
    assert (first.sender, first.recipients) == ("alerts@finlo.test", [TO])
    assert first.message["Subject"] == "Low stock: Finlo Gala Bcc: everybody@venue.test"
    assert first.message["Bcc"] is None
    assert first.message["Auto-Submitted"] == "auto-generated"
    assert first.part("text/plain").strip() == MAIL.text
    assert first.part("text/html").strip() == MAIL.html
    assert first.message["Message-ID"] == f"<{ID}@finlo.test>"
    assert second.message["Message-ID"] == first.message["Message-ID"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 Try later", NOW),
        ("421 4.7.0 Too many connections", NOW),
        ("550 5.1.1 No such user", GOOD),
        ("552 5.2.2 Mailbox full", GOOD),
        ("530 5.7.0 Log in first", NOW),
        ("554 5.7.1 Relay access denied", NOW),
        (HANG, NOW),
    ],
)
def test_what_the_mail_server_says_of_the_recipient_decides(
    mail: MailReceiver, answer: str, error: type[Exception]
) -> None:
    mail.answer(TO, answer)
    with pytest.raises(error) as caught:
        mail_to()
    expected = "not answer in time" if answer == HANG else answer
    assert expected in str(caught.value)
    assert mail.mails == []
    assert mail_to() == ACCEPT


@pytest.mark.parametrize(
    ("answer", "error"),
    [("452 4.3.1 Full", NOW), ("554 5.6.0 Refused as spam", GOOD), (HANG, NOW)],
)
def test_what_it_says_after_the_mail_decides_as_well(
    mail: MailReceiver, answer: str, error: type[Exception]
) -> None:
    mail.answer_data(TO, answer)
    with pytest.raises(error):
        mail_to()
    assert mail.mails == []


def test_a_mail_server_that_never_comes_to_an_end_is_left(
    mail: MailReceiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 0.5)
    began = time.monotonic()

    def drip(listener: socket.socket) -> None:
        connected, _address = listener.accept()
        with connected, suppress(OSError):  # until the other side hangs up
            while time.monotonic() < began + 20:
                connected.sendall(b"220-wait\r\n")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_PORT = listener.getsockname()[1]
        dripping = threading.Thread(target=drip, args=(listener,))
        dripping.start()
        with pytest.raises(NOW):
            mail_to()
        assert time.monotonic() < began + 10
        dripping.join()


def test_a_set_up_that_is_wrong_is_no_fault_of_the_address(settings: Any) -> None:
    with MailReceiver(login=("finlo", "right")) as server:
        use(settings, server)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "finlo", "wrong"
        with pytest.raises(RefusedForNowError, match="535"):
            mail_to()
        settings.EMAIL_HOST_PASSWORD = "right"
        server.sender_answer = "550 5.7.1 You are not allowed to send as this"
        with pytest.raises(RefusedForNowError, match="550"):
            mail_to()
        server.sender_answer = ""
        assert mail_to() == ACCEPT
    with pytest.raises(RefusedForNowError, match="Connection refused"):
        mail_to()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with MailReceiver(tls=tls) as server:
        use(settings, server)
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = True
        with pytest.raises(RefusedForNowError, match=r"self-signed|issuer certificate"):
            mail_to()


def test_without_a_server_a_developer_finds_the_mail_as_a_file_and_production_waits(
    settings: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert mail_to() == f"Written to {tmp_path}"
    [written] = tmp_path.iterdir()
    assert f"Message-ID: <{ID}@localhost>" in written.read_text()

    settings.EMAIL_CONFIGURED = False
    with pytest.raises(RefusedForNowError, match="FINLO_EMAIL_URL"):
        mail_to()
    assert len(list(tmp_path.iterdir())) == 1


# --- Slack and webhooks ------------------------------------------------------------------

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


# --- SMS ---------------------------------------------------------------------------------


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


# --- Addresses ---------------------------------------------------------------------------


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


# --- What an operator is told ------------------------------------------------------------


def test_the_deployment_check_names_what_keeps_messages_from_leaving(settings: Any) -> None:
    settings.EMAIL_CONFIGURED = False
    settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "word", False
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert said_at_deployment() == ["alerts.W001", "alerts.W002", "alerts.W003"]

    settings.EMAIL_CONFIGURED = settings.EMAIL_USE_TLS = True
    settings.PUBLIC_URL = "https://tickets.example.com"
    assert said_at_deployment() == []


def said_at_deployment() -> list[str]:
    """As ``manage.py check --deploy`` finds the checks: those that the app has registered."""
    warnings = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [str(warning.id) for warning in warnings if str(warning.id).startswith("alerts.")]
