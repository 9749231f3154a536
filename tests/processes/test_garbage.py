"""Each long-running process looks for garbage rarely: a third of the time of a large call went into it."""

import asyncio
import gc
import os
import runpy
import sys
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
import uvicorn
from celery.signals import worker_process_init, worker_ready
from celery.utils.dispatch import Signal

from finlo_inventory import celery, live
from finlo_inventory.processes.garbage import THRESHOLDS


@pytest.fixture(autouse=True)
def _as_python_does() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_a_web_process_looks_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(main: Coroutine[Any, Any, None]) -> None:
        seen.append(gc.get_threshold())
        main.close()

    monkeypatch.setattr(asyncio, "run", run)
    monkeypatch.setattr(os, "_exit", lambda _status: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _seconds: None)
    runpy.run_module("finlo_inventory.front", run_name="__main__")
    assert seen == [THRESHOLDS]


def test_a_live_process_looks_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(live, "listen", lambda _config: None)
    monkeypatch.setattr(
        uvicorn.Server, "run", lambda *_args, **_kwargs: seen.append(gc.get_threshold())
    )
    live.run("127.0.0.1", 0)
    assert seen == [THRESHOLDS]


@pytest.mark.parametrize("began", [worker_process_init, worker_ready])
def test_a_worker_looks_rarely(began: Signal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery, "_leave", lambda _key: None)
    began.send(sender=celery.app.WorkController(app=celery.app))
    assert gc.get_threshold() == THRESHOLDS
