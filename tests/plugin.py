"""Loaded by pytest before anything reads Django's settings (`-p tests.plugin` in pyproject.toml).

Starts one PostgreSQL and one Redis for the session, unless DATABASE_URL and REDIS_URL name
others, and puts their addresses into the environment. With `-n`, each of the processes has its own
pair, and with `--dist loadfile` tests of one file stay together: they share what is costly to start.
"""

import atexit
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from finlo_inventory.made.catalogs import compile_catalogs
from finlo_inventory.processes.garbage import collect_rarely
from finlo_inventory.processes.postgres import DATABASE
from tests.servers import TestServer, new_directory
from tests.template import TEMPLATE, migrated_cluster

# The variables that this run has set: a process started by `-n` inherits them, and sets its own.
OURS = "FINLO_TEST_SERVERS"

# Files whose tests use the fixture `live_system`: it is started once for all of them.
LIVE_SYSTEM = "live system"
SHARING = {
    "tests/browser/test_board.py",
    "tests/browser/test_sell.py",
    "tests/browser/test_wall.py",
    "tests/demo/test_simulate.py",
    "tests/golive/test_demo.py",
}

# Marks of tests that take long.
SLOW = ("system", "browser", "timeout")

_servers: list[TestServer] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    # A wrapper, because pytest-django loads the settings in this same hook.
    os.environ["FINLO_ENV"] = "test"
    # What a developer has in .env is not for tests, and not for the systems that they start.
    os.environ["FINLO_ENV_FILE"] = os.devnull
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    # As `prepare` does before the processes start.
    compile_catalogs()
    state = new_directory("state")
    os.environ["FINLO_STATE_DIR"] = str(state)
    started_above = os.environ.get(OURS, "").split()
    servers = (
        () if _deals_out(early_config) else (("DATABASE_URL", "postgres"), ("REDIS_URL", "redis"))
    )
    for variable, kind in servers:
        if not os.environ.get(variable) or variable in started_above:
            server = _migrated() if kind == "postgres" else TestServer(kind, durable=False)
            _servers.append(server)
            server.start()
            os.environ[variable] = server.url
            os.environ[OURS] = f"{os.environ.get(OURS, '')} {variable}"
    # Not pytest_unconfigure, which is left out when settings or conftest cannot be loaded.
    atexit.register(_clean_up, state)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    from tests.kept import wanted  # needs the settings

    result = yield
    slow: dict[str, int] = {}
    browsing: set[str] = set()
    place: dict[tuple[str, str], int] = {}
    for item in items:
        group, part = group_of(item.nodeid), item.nodeid.rpartition("::")[0]
        slow[group] = max(slow.get(group, 0), _slowness(item))
        if item.get_closest_marker("browser") is not None:
            browsing.add(group)
        place.setdefault((group, ""), len(place))
        place.setdefault((group, part), len(place))
        if "live_system" in getattr(item, "fixturenames", ()) and group != LIVE_SYSTEM:
            raise pytest.UsageError(f"Name {group} among those that share the live system.")

    def order(item: pytest.Item) -> tuple[object, ...]:
        group, part = group_of(item.nodeid), item.nodeid.rpartition("::")[0]
        # What takes longest is begun first: at the end, one process would work and the others wait. One browser
        # is for all who want it. Of a file or class those tests follow one another that share kept fixtures; all
        # else stays in random order.
        # It reads what the demo says of channels' keys, which others issue and revoke.
        is_touched = group == LIVE_SYSTEM and "tests/golive/test_demo.py" not in item.nodeid
        first = (group not in browsing, -slow[group], is_touched)
        return *first, place[group, ""], place[group, part], tuple(wanted(item))

    items.sort(key=order)
    return result


@pytest.hookimpl
def pytest_collection_finish() -> None:
    collect_rarely()


def _deals_out(config: pytest.Config) -> bool:
    """Whether this process gives the tests to others, and runs none."""
    is_one_of_them = "PYTEST_XDIST_WORKER" in os.environ
    return bool(getattr(config.known_args_namespace, "numprocesses", None)) and not is_one_of_them


def _slowness(item: pytest.Item) -> int:
    return sum(item.get_closest_marker(name) is not None for name in SLOW)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    # Not xdist's own groups, which pytest 9.2 loses without a word: all tests were dealt out singly.
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # not there for who runs without it

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Scheduling(config, log)


def group_of(nodeid: str) -> str:
    """The tests of one group run in one process, one after the other."""
    path = nodeid.partition("::")[0]
    return LIVE_SYSTEM if path in SHARING else path


def _migrated() -> TestServer:
    server = TestServer("postgres", durable=False, saved=migrated_cluster())
    os.environ[TEMPLATE] = DATABASE
    return server


def _clean_up(state: Path) -> None:
    while _servers:
        _servers.pop().remove()
    shutil.rmtree(state, ignore_errors=True)
