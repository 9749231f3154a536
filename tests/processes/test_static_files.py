"""Two systems that start from one checkout at once collect its static files once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from finlo_inventory import static_files
from tests.waiting import until


def somebody_waits() -> bool:
    """For a lock that this process has."""
    return any(
        "->" in line and f" {os.getpid()} " in line
        for line in Path("/proc/locks").read_text().splitlines()
    )


def test_who_comes_second_waits_and_finds_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STATIC_ROOT", tmp_path / "static")
    collected: list[str] = []

    def collect(command: str, **_options: Any) -> None:
        collected.append(command)
        until(somebody_waits, "the second one waits", 30)

    monkeypatch.setattr(static_files, "call_command", collect)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: static_files.collect(), range(2)))
    assert sorted(answers) == [False, True]
    assert collected == ["collectstatic"]
    assert static_files.collect() is False
