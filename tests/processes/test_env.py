"""Settings' typed readers refuse what they cannot use, and name the variable."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from finlo_inventory import env
from tests.live import CHECKOUT

Reader = Callable[[], object]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param("maybe", lambda: env.flag("FINLO_X", default=True), id="flag"),
        pytest.param(
            "80.5", lambda: env.whole_number("FINLO_X", 1, minimum=1, maximum=9), id="float"
        ),
        pytest.param(
            "10", lambda: env.whole_number("FINLO_X", 1, minimum=1, maximum=9), id="above"
        ),
        pytest.param("0", lambda: env.whole_number("FINLO_X", 1, minimum=1, maximum=9), id="below"),
        pytest.param("staging", lambda: env.choice("FINLO_X", ("a", "b"), "a"), id="choice"),
        pytest.param("mysql://h/d", lambda: env.url("FINLO_X", ("postgresql",)), id="scheme"),
        pytest.param("postgresql://h:x/d", lambda: env.url("FINLO_X", ("postgresql",)), id="port"),
        pytest.param("postgresql:", lambda: env.url("FINLO_X", ("postgresql",)), id="empty"),
        pytest.param("10.0.0.5", lambda: env.places("FINLO_X"), id="no port"),
        pytest.param("http://a:1", lambda: env.places("FINLO_X"), id="no place"),
        pytest.param("u@a:1", lambda: env.places("FINLO_X"), id="no place but a user"),
        pytest.param("imap://mail.test", lambda: env.mail_server("FINLO_X"), id="mail scheme"),
        pytest.param("smtp://u:w@h:x", lambda: env.mail_server("FINLO_X"), id="mail port"),
        pytest.param("smtp://u@mail.test", lambda: env.mail_server("FINLO_X"), id="no password"),
        pytest.param("Box office", lambda: env.mail_address("FINLO_X", ""), id="no address"),
    ],
)
def test_a_bad_value_is_refused_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Reader
) -> None:
    monkeypatch.setenv("FINLO_X", value)
    with pytest.raises(ImproperlyConfigured, match="FINLO_X"):
        read()


@pytest.mark.parametrize("value", ["smtp://u:hidden@h:x", "imap://u:hidden@h", "smtp://:hidden@h"])
def test_a_refused_address_shows_no_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FINLO_X", value)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.mail_server("FINLO_X")
    assert "hidden" not in str(caught.value)


def test_a_missing_value_without_default_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINLO_X", raising=False)
    with pytest.raises(ImproperlyConfigured, match="FINLO_X is not set"):
        env.text("FINLO_X")


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ("", lambda: env.text("FINLO_X", "plain"), "plain"),
        (" padded ", lambda: env.text("FINLO_X"), "padded"),
        ("Yes", lambda: env.flag("FINLO_X", default=False), True),
        ("0", lambda: env.flag("FINLO_X", default=True), False),
        ("9", lambda: env.whole_number("FINLO_X", 1, minimum=1, maximum=9), 9),
        ("b", lambda: env.choice("FINLO_X", ("a", "b"), "a"), "b"),
        ("a, b,,c", lambda: env.words("FINLO_X"), ["a", "b", "c"]),
        ("A.test:1, [::1]:2", lambda: env.places("FINLO_X"), {"a.test:1", "[::1]:2"}),
        ("", lambda: env.mail_server("FINLO_X").host, ""),
        (
            "smtp+starttls://me%40a:w%3A@mail.test",
            lambda: env.mail_server("FINLO_X"),
            ("mail.test", 587, "me@a", "w:", True, False),
        ),
        (
            "smtps://mail.test:4650",
            lambda: env.mail_server("FINLO_X"),
            ("mail.test", 4650, "", "", False, True),
        ),
        ("Box <a@b.test>", lambda: env.mail_address("FINLO_X", ""), "Box <a@b.test>"),
    ],
)
def test_a_good_value_is_read(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Reader, expected: object
) -> None:
    monkeypatch.setenv("FINLO_X", value)
    assert read() == expected


def test_a_refused_address_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINLO_X", "mysql://me:secret@host/db")
    with pytest.raises(ImproperlyConfigured) as refusal:
        env.url("FINLO_X", ("postgresql",))
    assert "secret" not in str(refusal.value)


def test_a_database_address_is_taken_apart() -> None:
    found = env.database("postgresql://me:p%40ss@db.example.com:6543/tickets")
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "tickets",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "6543",
    }


def test_a_database_on_a_unix_socket_is_found() -> None:
    assert env.database("postgresql://me@/tickets?host=/run/postgresql")["HOST"] == (
        "/run/postgresql"
    )


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FINLO_ENV": "prod"}, "FINLO_ENV='prod'"),
        ({"FINLO_ENV": "production"}, "FINLO_SECRET_KEY is not set"),
        ({"FINLO_ENV": "production", "FINLO_SECRET_KEY": "short"}, "FINLO_SECRET_KEY must be"),
        ({"FINLO_ENV": "production", "FINLO_DEBUG": "1"}, "FINLO_DEBUG must be off"),
        (
            {"FINLO_ENV": "production", "FINLO_SECRET_KEY": "s" * 50},
            "FINLO_ALLOWED_HOSTS must name",
        ),
        (
            {
                "FINLO_ENV": "production",
                "FINLO_SECRET_KEY": "s" * 50,
                "FINLO_ALLOWED_HOSTS": "a.example,*",
            },
            "FINLO_ALLOWED_HOSTS must name",
        ),
        ({"FINLO_STATE_DIR": "/proc/nowhere", "FINLO_SECRET_KEY": ""}, "Set FINLO_SECRET_KEY"),
        ({"FINLO_WEB_PORT": "http"}, "FINLO_WEB_PORT='http'"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL='sqlite:…'"),
        ({"REDIS_URL": "http://localhost"}, "REDIS_URL='http:…'"),
    ],
)
def test_the_settings_refuse_a_wrong_deployment(environment: dict[str, str], message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import finlo_inventory.settings"],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert message in done.stderr


def settings_file(monkeypatch: pytest.MonkeyPatch, path: Path, content: bytes) -> None:
    """A file of settings in the place of this process's, which may speak of FINLO_X, FINLO_Y and FINLO_Z9."""
    path.write_bytes(content)
    monkeypatch.setenv("FINLO_ENV_FILE", str(path))
    for name in ("FINLO_X", "FINLO_Y", "FINLO_Z9"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_the_file_of_settings_says_values_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = b"# A secret\n\n  # and more\r\nFINLO_X=a=b # c==\r\nFINLO_Y=\nFINLO_Z9='\xc3\xa9'"
    settings_file(monkeypatch, tmp_path / "file", content)
    env.read_file()
    names = ("FINLO_X", "FINLO_Y", "FINLO_Z9")
    assert [os.environ[name] for name in names] == ["a=b # c==", "", "'é'"]


def test_the_environment_wins_over_the_file_also_where_it_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings_file(monkeypatch, tmp_path / "file", b"FINLO_X=file\nFINLO_Y=file\n")
    monkeypatch.setenv("FINLO_X", "environment")
    monkeypatch.setenv("FINLO_Y", "")
    env.read_file()
    assert (os.environ["FINLO_X"], os.environ["FINLO_Y"]) == ("environment", "")


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (b"hidden", "Line 2 of "),
        (b"export FINLO_Y=hidden", "Line 2 of "),
        (b"FINLO_Y = hidden", "Line 2 of "),
        (b"=hidden", "Line 2 of "),
        (b"9X=hidden", "Line 2 of "),
        (b"FINLO_Y=hid\0den", "Line 2 of "),
        (b"FINLO_Y=hidden\xff", "cannot be read"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number_and_nothing_of_the_file_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, second: bytes, message: str
) -> None:
    settings_file(monkeypatch, tmp_path / "file", b"FINLO_X=1\n" + second)
    with pytest.raises(ImproperlyConfigured, match=message) as refusal:
        env.read_file()
    assert "hidden" not in str(refusal.value)
    assert "FINLO_X" not in os.environ


def test_a_file_of_settings_that_is_named_and_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FINLO_ENV_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ImproperlyConfigured, match=r"FINLO_ENV_FILE=.*nowhere"):
        env.read_file()


def test_every_process_reads_the_file_when_it_loads_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("FINLO_WEB_PORT=http")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env={**os.environ, "FINLO_ENV_FILE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FINLO_WEB_PORT='http'" in done.stderr
