"""Loaded by pytest before anything reads Django's settings (`-p tests.plugin` in pyproject.toml).

Starts one PostgreSQL and one Redis for the session, unless DATABASE_URL and REDIS_URL name
others, and puts their addresses into the environment. With `-n`, each of the processes has its own
pair, and tests of one file stay together, since they share what is costly to start.
"""

import atexit
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.servers import TestServer, new_directory

# The variables that this run has set: a process started by `-n` inherits them, and sets its own.
OURS = "FINLO_TEST_SERVERS"

_servers: list[TestServer] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    # A wrapper, because pytest-django loads the settings in this same hook.
    os.environ["FINLO_ENV"] = "test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    state = new_directory("state")
    os.environ["FINLO_STATE_DIR"] = str(state)
    started_above = os.environ.get(OURS, "").split()
    for variable, kind in (("DATABASE_URL", "postgres"), ("REDIS_URL", "redis")):
        if not os.environ.get(variable) or variable in started_above:
            server = TestServer(kind, durable=False)
            _servers.append(server)
            server.start()
            os.environ[variable] = server.url
            os.environ[OURS] = f"{os.environ.get(OURS, '')} {variable}"
    # Not pytest_unconfigure, which is left out when settings or conftest cannot be loaded.
    atexit.register(_clean_up, state)
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shared = "live_system" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("live system" if shared else str(item.path)))


def _clean_up(state: Path) -> None:
    while _servers:
        _servers.pop().remove()
    shutil.rmtree(state, ignore_errors=True)
