"""E-mail against a real mail server: what arrives, and which failures are for good."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
import trustme

from alerts.enums import Transport
from alerts.transports.errors import RefusedForNowError
from common import smtp
from tests.alerts.conftest import use_mail_server
from tests.alerts.transports.samples import GOOD, ID, MAIL, NOW, TO, send
from tests.receivers import ACCEPT, HANG, MailReceiver


def mail_to(address: str = TO) -> str:
    return send(Transport.EMAIL, address)


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
        use_mail_server(settings, server)
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
        use_mail_server(settings, server)
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
