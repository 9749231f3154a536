"""One system at a time in a state directory, and its secrets for its owner alone."""

import json
import os
from pathlib import Path

import pytest

from finlo_inventory.processes import state
from finlo_inventory.processes.errors import CannotStart


def test_a_second_system_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with (
        state.exclusive(tmp_path),
        pytest.raises(CannotStart, match=f"already runs here: process {os.getpid()} "),
        state.exclusive(tmp_path),
    ):
        pass


def test_the_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    with state.exclusive(tmp_path):
        pass
    with state.exclusive(tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_refused_with_the_variable_to_set(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(CannotStart, match="FINLO_STATE_DIR"),
        state.exclusive(tmp_path / "file" / "state"),
    ):
        pass


def test_addresses_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    state.write_addresses(tmp_path, {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"})
    path = tmp_path / state.ADDRESSES
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}
    state.forget_addresses(tmp_path)
    assert not path.exists()


def test_counters_are_in_memory_unless_somebody_else_has_the_place(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    found = state.metrics_directory(tmp_path, memory)
    assert found.parent == memory
    assert found.stat().st_mode & 0o777 == 0o700
    (found / "old.db").touch()
    assert list(state.metrics_directory(tmp_path, memory).iterdir()) == []
    state.forget_metrics(found)
    found.symlink_to(tmp_path)
    assert state.metrics_directory(tmp_path, memory) == tmp_path / "metrics"
