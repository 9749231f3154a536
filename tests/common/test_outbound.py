"""Requests to typed addresses: only to public places, only to what was checked, only for so long."""

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.exceptions import ValidationError

from common import outbound
from common.outbound import Answer, ForbiddenAddressError, LookUp, NoAnswerError, post
from tests.receivers import MailReceiver, WebAnswer, WebReceiver

NAME = "receiver.test"


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    """Listens on loopback, and is not on the list of exceptions."""
    with WebReceiver() as receiver:
        yield receiver


@pytest.fixture
def allowed(web: WebReceiver, settings: Any) -> WebReceiver:
    """The same, named by the operator."""
    settings.OUTBOUND_ALLOW = frozenset({web.place})
    return web


def answering(*addresses: str) -> LookUp:
    return lambda *_asked: list(addresses)


def send(url: str, seconds: float = 5) -> Answer:
    return post(url, body=b"{}", headers={"X-One": "1"}, seconds=seconds)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1", "127.9.9.9", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0.0.0.0", "0",  # noqa: S104
        "localhost", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fd00::1]", "[ff02::1]", "[2001:db8::1]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_an_address_that_is_not_public(web: WebReceiver, place: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="is not a public address"):
        send(f"https://{place}:{web.port}/")
    assert web.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "example.com", "https://",
        "https://user@example.com/", "https://user:word@127.0.0.1/", "https://example.com@127.0.0.1/",
        "https://127.0.0.1\\@example.com/", "https://example.com\n.local/", " https://example.com/",
        "https://exam ple.com/", "https://[::1/", "https://example.com:0/", "https://example.com:99999/",
        "https://[fe80::1%25eth0]/", "https://①②⑦.⓪.⓪.①/", "https://example.com/" + "a" * 2000,
    ],
)  # fmt: skip
def test_an_address_in_another_form_is_refused_before_its_name_is_looked_up(url: str) -> None:
    def look_up(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(ForbiddenAddressError):
        post(url, body=b"", headers={}, look_up=look_up)
    with pytest.raises(ValidationError):
        outbound.check_url(url, look_up=look_up)


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_a_public_address_may_be_used(text: str) -> None:
    assert outbound.is_public(text)
    outbound.check_url("https://example.com/hook?a=b", look_up=answering(text))


def test_one_private_address_among_a_names_public_ones_is_enough_to_refuse_it(
    web: WebReceiver,
) -> None:
    with pytest.raises(ForbiddenAddressError):
        post(
            f"https://{NAME}:{web.port}/",
            body=b"",
            headers={},
            look_up=answering("1.1.1.1", "127.0.0.1"),
        )
    assert web.connections == 0


def test_the_exception_is_for_exactly_this_host_and_port(
    allowed: WebReceiver, settings: Any
) -> None:
    answer = send(f"{allowed.url}/hook?x=1")

    assert (answer.status, answer.body) == (200, b"ok")
    [request] = allowed.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook?x=1", b"{}")
    assert request.headers["host"] == allowed.place
    assert request.headers["x-one"] == "1"

    for other in (f"localhost:{allowed.port}", "127.0.0.1", f"[::ffff:127.0.0.1]:{allowed.port}"):
        for scheme in ("http", "https"):
            with pytest.raises(ForbiddenAddressError):
                send(f"{scheme}://{other}/")
    assert len(allowed.requests) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(allowed: WebReceiver) -> None:
    with WebReceiver() as inside:
        for status in (301, 302, 303, 307, 308):
            allowed.answer(WebAnswer(status, b"", {"Location": f"{inside.url}/secret"}))
            answer = send(allowed.url)
            assert (answer.status, answer.headers["location"]) == (status, f"{inside.url}/secret")
        assert inside.connections == 0


def test_no_proxy_of_the_environment_is_asked(
    allowed: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebReceiver() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert send(allowed.url).status == 200
        assert proxy.connections == 0


@pytest.mark.parametrize("answer", [WebAnswer(hang=True), WebAnswer(drip="headers")])
def test_who_answers_too_slowly_is_left(allowed: WebReceiver, answer: WebAnswer) -> None:
    allowed.answer(answer)
    with pytest.raises(NoAnswerError, match=r"127.0.0.1 did not answer within 0.5 seconds"):
        send(allowed.url, seconds=0.5)


def test_a_body_without_end_is_cut_by_time_and_by_size(allowed: WebReceiver) -> None:
    allowed.answer(WebAnswer(202, b"taken", drip="body"), WebAnswer(200, b"x" * 1_000_000))

    slow = send(allowed.url, seconds=0.5)
    assert slow.status == 202
    assert slow.body.startswith(b"taken")

    large = send(allowed.url)
    assert (large.status, len(large.body)) == (200, outbound.MAX_BYTES)


def test_a_name_that_is_not_found_in_time_is_no_answer() -> None:
    never = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        never.wait(20)
        return ["1.1.1.1"]

    with pytest.raises(NoAnswerError, match=r"name example.com was not found"):
        post("https://example.com/", body=b"", headers={}, seconds=0.2, look_up=look_up)
    never.set()
    with pytest.raises(NoAnswerError, match="was not found"):
        send("https://nowhere.invalid/")
    with pytest.raises(NoAnswerError, match="was not found"):
        send(f"https://{'a' * 70}.com/")


def test_what_is_no_web_server_is_no_answer(allowed: WebReceiver, settings: Any) -> None:
    with MailReceiver() as mail:
        settings.OUTBOUND_ALLOW = {f"127.0.0.1:{mail.port}", allowed.place}
        with pytest.raises(NoAnswerError, match="does not answer as a web server does"):
            send(f"http://127.0.0.1:{mail.port}/")
    place = allowed.place
    allowed.close()
    with pytest.raises(NoAnswerError, match=r"no connection to 127.0.0.1: Connection refused"):
        send(f"http://{place}/")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Whose certificates this process takes for valid."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


def presenting(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_the_connection_goes_to_the_checked_address_and_the_certificate_is_the_names(
    authority: trustme.CA, settings: Any
) -> None:
    asked = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        # The first refuses the connection; a second look-up would lead nowhere at all.
        return ["127.0.0.2", "127.0.0.1"] if len(asked) == 1 else []

    context = presenting(authority, NAME)
    shown: list[str | None] = []
    context.sni_callback = lambda *given: shown.append(given[1])
    with WebReceiver(context) as web:
        settings.OUTBOUND_ALLOW = frozenset({f"{NAME}:{web.port}"})
        url = f"https://{NAME}:{web.port}/hook"
        assert post(url, body=b"{}", headers={}, look_up=look_up).status == 200
        assert [one.headers["host"] for one in web.requests] == [f"{NAME}:{web.port}"]
    assert (asked, shown) == ([NAME], [NAME])


def test_nothing_is_sent_to_a_server_with_anothers_certificate(
    authority: trustme.CA, settings: Any
) -> None:
    with WebReceiver(presenting(authority, "other.test")) as web:
        settings.OUTBOUND_ALLOW = frozenset({f"{NAME}:{web.port}"})
        with pytest.raises(NoAnswerError, match=r"certificate of receiver.test is not valid"):
            post(
                f"https://{NAME}:{web.port}/",
                body=b"{}",
                headers={},
                look_up=answering("127.0.0.1"),
            )
        assert web.requests == []
