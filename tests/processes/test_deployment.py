"""The files of docs/operations.md, as they stand there: PgBouncer before PostgreSQL, nginx before web and live."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import trustme
from playwright.sync_api import Browser, expect

from finlo_inventory.processes.ports import free_port
from tests.browser.counter import PASSWORD, Counter, set_up
from tests.live import CHECKOUT, LiveSystem
from tests.servers import new_directory
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(400)]

HOST = "localhost"
PERSON = """
from accounts.models import User
from exchange import services
from exchange.models import ImportRun
user = User.objects.filter(is_superuser=True).first()
"""
UPLOAD = f"""{PERSON}
from django.core.files.base import ContentFile
file = ContentFile(b"venue,name,city,time_zone,currency\\nnew,New hall,Pune,Asia/Kolkata,INR\\n", "venues.csv")
services.upload_file(file=file, table="venues", user=user)
"""
CONFIRM = f"""{PERSON}
from django.db import transaction
with transaction.atomic():
    services.confirm_import(run_id=ImportRun.objects.get().pk, reason="New", user=user)
"""
PATIENCE_MS = 20_000


def block(first_line: str) -> str:
    """The fenced block of the page that begins with this line."""
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    found = re.search(rf"```\w+\n{re.escape(first_line)}\n(.*?)```", page, re.DOTALL)
    assert found, f"docs/operations.md has no {first_line}"
    return found[1]


def put(text: str, values: dict[str, str]) -> str:
    """The text with other values in the places of these, each of which stands there."""
    for documented, value in values.items():
        assert documented in text, documented
        text = text.replace(documented, value)
    return text


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    # Not a pipe that nobody reads: a full one would hold the server up.
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            until(lambda: is_listening(port) or child.poll() is not None, f"{command[0]} listens")
            assert child.poll() is None, log.read_text()
            yield
        finally:
            child.terminate()
            child.wait(timeout=30)


def pgbouncer(database_url: str, directory: Path) -> tuple[list[str], int]:
    """The command, and the port on which it will listen; its database is the one of this address."""
    address, port = urlsplit(database_url), free_port()
    users = directory / "userlist.txt"
    users.write_text(f'"{address.username}" "{address.password}"\n')
    name = address.path.removeprefix("/")
    ini = directory / "pgbouncer.ini"
    ini.write_text(
        put(
            block("; /etc/pgbouncer/pgbouncer.ini"),
            {
                "finlo = host=127.0.0.1 port=5432 dbname=finlo": f"{name} = host=127.0.0.1"
                f" port={address.port} dbname={name}",
                "listen_port = 6432": f"listen_port = {port}",
                "/etc/pgbouncer/userlist.txt": str(users),
            },
        )
    )
    # It does not run as root.
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    return [shutil.which("pgbouncer") or "", *account, str(ini)], port


def nginx(web_port: int, live_port: int, port: int, directory: Path) -> list[str]:
    certificate = trustme.CA().issue_cert(HOST)
    certificate.cert_chain_pems[0].write_to_path(directory / "tickets.pem")
    certificate.private_key_pem.write_to_path(directory / "tickets.key")
    proxy = directory / "finlo_proxy.conf"
    proxy.write_text(block("# /etc/nginx/finlo_proxy.conf"))
    server = put(
        block("# /etc/nginx/conf.d/finlo.conf"),
        {
            "/etc/nginx/finlo_proxy.conf": str(proxy),
            "/etc/ssl/": f"{directory}/",
            "/srv/finlo/": f"{CHECKOUT}/",
            "tickets.example.com": HOST,
            "listen 443": f"listen 127.0.0.1:{port}",
            "127.0.0.1:8000": f"127.0.0.1:{web_port}",
            "127.0.0.1:8001": f"127.0.0.1:{live_port}",
        },
    )
    kept = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    account = "user root;\n" if os.geteuid() == 0 else ""
    main = directory / "nginx.conf"
    main.write_text(
        f"{account}daemon off;\npid {directory}/nginx.pid;\nerror_log {directory}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log {directory}/access.log;\n{kept}{server}}}\n"
    )
    return [shutil.which("nginx") or "", "-c", str(main), "-p", str(directory)]


@pytest.fixture(scope="module")
def deployed() -> Iterator[tuple[LiveSystem, int]]:
    """The system behind both, and the port of nginx."""
    missing = [name for name in ("pgbouncer", "nginx") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed on this machine: {', '.join(missing)}")
    directory = new_directory("deployed")
    directory.chmod(0o755)
    port = free_port()
    system = LiveSystem(os.environ["DATABASE_URL"])
    system.environment |= {
        "FINLO_BEHIND_PROXY": "true",
        "FINLO_LIVE_URL": f"wss://{HOST}:{port}",
        "FINLO_PUBLIC_URL": f"https://{HOST}:{port}",
        "FINLO_TRUSTED_ORIGINS": f"https://{HOST}:{port}",
    }
    pooler, pooler_port = pgbouncer(system.database_url, directory)
    address = urlsplit(system.database_url)
    system.environment["DATABASE_URL"] = address._replace(
        netloc=f"{address.username}:{address.password}@127.0.0.1:{pooler_port}"
    ).geturl()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        stack.callback(system.remove)
        stack.enter_context(running(pooler, pooler_port, directory / "pgbouncer.log"))
        system.start()
        stack.enter_context(
            running(
                nginx(system.web_port, system.live_port, port, directory),
                port,
                directory / "nginx.log",
            )
        )
        yield system, port
        # Before the pooler goes: what it still serves would never end.
        system.stop()


@pytest.fixture(scope="module")
def counters(deployed: tuple[LiveSystem, int]) -> Iterator[Counter]:
    return iter(set_up(deployed[0]))


@pytest.fixture
def counter(counters: Iterator[Counter]) -> Counter:
    return next(counters)


@contextmanager
def asked(
    port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Iterator[HTTPResponse]:
    context = ssl._create_unverified_context()  # noqa: S323 - a certificate of this test
    connection = HTTPSConnection(HOST, port, timeout=30, context=context)
    with closing(connection):
        connection.request(method, path, body, headers or {})
        yield connection.getresponse()


def sell(counter: Counter, port: int, quantity: int = 1, **more: object) -> dict[str, object]:
    order = {
        "event": counter.event,
        "lines": [{"item": counter.item, "quantity": quantity}],
        **more,
    }
    with asked(
        port,
        "POST",
        "/api/v1/bookings/",
        json.dumps(order).encode(),
        {
            "Authorization": f"Bearer {counter.secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    ) as answer:
        content = answer.read()
        assert answer.status == 201, content
        return dict(json.loads(content))


def test_a_sale_reaches_the_live_board_through_both(
    deployed: tuple[LiveSystem, int], counter: Counter, browser: Browser
) -> None:
    _system, port = deployed
    address = f"https://{HOST}:{port}/board/{counter.event}/"
    with closing(browser.new_context(ignore_https_errors=True)) as context:
        page = context.new_page()
        page.goto(address)
        page.fill("[name=username]", counter.email)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(address)
        board = page.locator("#board")
        expect(board).to_have_attribute("data-connection", "live", timeout=PATIENCE_MS)
        sell(counter, port, 3, confirm=True)
        count = page.locator(f'[data-listing="{counter.listing}"] [data-count]')
        expect(count).to_have_text("397", timeout=PATIENCE_MS)


def test_behind_the_pooler_holds_end_alerts_are_watched_and_all_adds_up(
    deployed: tuple[LiveSystem, int], counter: Counter
) -> None:
    system, port = deployed
    booking = sell(counter, port, 2)
    seen = "SELECT status FROM sales_booking WHERE uuid = %s"
    system.query(
        "UPDATE sales_booking SET expires_at = now() WHERE uuid = %s RETURNING 1", booking["id"]
    )
    until(lambda: system.query(seen, booking["id"]) == [("EXPIRED",)], "the hold ends", seconds=60)
    looked = "SELECT count(*) FROM alerts_alertwatch WHERE event_id = %s AND looked_at IS NOT NULL"
    until(lambda: system.query(looked, counter.event) == [(1,)], "alerts are watched", seconds=60)
    system.manage("shell", "-v0", "-c", UPLOAD)
    until(lambda: imports(system) == "READY", "the file is checked", seconds=60)
    system.manage("shell", "-v0", "-c", CONFIRM)
    until(lambda: imports(system) == "DONE", "the file is imported", seconds=60)
    assert "All agree" in system.manage("reconcile")
    assert "Traceback" not in system.log


def test_slow_bodies_stay_at_the_proxy_and_large_ones_are_refused(
    deployed: tuple[LiveSystem, int], counter: Counter
) -> None:
    _system, port = deployed
    context = ssl._create_unverified_context()  # noqa: S323 - a certificate of this test
    with ExitStack() as stack:
        for _ in range(12):
            plain = stack.enter_context(socket.create_connection((HOST, port), timeout=30))
            slow = stack.enter_context(context.wrap_socket(plain, server_hostname=HOST))
            slow.sendall(
                f"POST /admin/login/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 900\r\n\r\na".encode()
            )
        sell(counter, port, confirm=True)
    # What is a little too large would be refused by us while nginx still sends it: then it says 502.
    for path, size in (("bookings", 1_110_000), ("sales-files", 30_100_000)):
        with asked(port, "POST", f"/api/v1/{path}/", b"x" * size) as answer:
            assert (answer.status, json.load(answer)["code"]) == (413, "PAYLOAD_TOO_LARGE")
    with asked(port, "POST", "/admin/offline/salesfile/upload/", b"x" * 30_100_000) as answer:
        assert (answer.status, b"at most 25 MB" in answer.read()) == (413, True)
    with asked(port, "POST", "/admin/exchange/importrun/both/", b"x" * 1_200_000) as answer:
        assert answer.status == 403  # read, and refused without its token


def test_while_web_does_not_answer_people_read_a_page_and_programs_a_problem() -> None:
    if shutil.which("nginx") is None:
        pytest.skip("not installed on this machine: nginx")
    directory, port = new_directory("away"), free_port()
    directory.chmod(0o755)
    command = nginx(free_port(), free_port(), port, directory)
    with running(command, port, directory / "nginx.log"):
        with asked(port, "GET", "/board/") as page:
            assert (page.status, page.headers["Retry-After"]) == (503, "30")
            assert b"<h1>We are back in a moment</h1>" in page.read()
        for path in ("/api/v1/events/", "/api/v1/sales-files/"):
            with asked(port, "GET", path) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
                assert json.load(answer)["code"] == "UNAVAILABLE"
    shutil.rmtree(directory, ignore_errors=True)


def test_what_a_client_says_of_its_way_is_not_believed(deployed: tuple[LiveSystem, int]) -> None:
    system, port = deployed
    lies = {
        "X-Forwarded-For": "192.0.2.7",
        "X_Forwarded_For": "192.0.2.8",
        "X-Forwarded-Proto": "http",
    }
    with asked(port, "GET", "/admin/login/", headers=lies) as answer:
        page = answer.read().decode()
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "who@example.com", "password": "guessed"}
    origin = {"Origin": f"https://{HOST}:{port}", "Referer": f"https://{HOST}:{port}/admin/login/"}
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    body = urlencode(form).encode()
    with asked(port, "POST", "/admin/login/", body, kind | origin | lies) as answer:
        assert answer.status == 200, answer.read()
    failures = "SELECT host(ip_address) FROM axes_accessattempt WHERE username = 'who@example.com'"
    assert system.query(failures) == [("127.0.0.1",)]


def imports(system: LiveSystem) -> object:
    return system.query("SELECT state FROM exchange_importrun")[0][0]
