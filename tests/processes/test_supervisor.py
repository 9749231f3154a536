"""What the supervisor promises, on small real processes."""

import errno
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from finlo_inventory.processes import procfs
from finlo_inventory.processes.errors import CannotStart, StoppedEarly
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.supervisor import Backoff
from tests.processes.conftest import Supervised, shell
from tests.waiting import until

FOREVER = "exec sleep 1000"


def is_gone(pid: int) -> bool:
    return procfs.started(pid) is None


def test_a_dead_process_is_restarted(supervised: Supervised) -> None:
    supervised.supervisor.start(shell(FOREVER))
    first = supervised.pid()
    assert first is not None
    supervised.watch()
    os.kill(first, signal.SIGKILL)
    until(lambda: supervised.pid() not in {None, first}, "it runs again")
    assert "script ended with status -9; restarting in 0.05 s" in supervised.text


def test_what_is_left_for_later_is_started_by_watching(supervised: Supervised) -> None:
    supervised.supervisor.leave_for_later(shell(FOREVER, lambda _: False))
    assert supervised.pid() is None
    supervised.watch()
    until(lambda: supervised.pid() is not None, "it runs")
    assert supervised.text == ""


def test_a_process_that_does_not_answer_is_restarted(supervised: Supervised) -> None:
    well = threading.Event()
    well.set()
    supervised.supervisor.start(shell(FOREVER, lambda _: well.is_set(), patience=0.2))
    first = supervised.pid()
    supervised.watch()
    well.clear()
    until(lambda: supervised.pid() not in {None, first}, "it runs again")
    assert "script did not answer for 0.2 seconds" in supervised.text


def test_a_process_is_not_blamed_for_the_time_when_nobody_asked(supervised: Supervised) -> None:
    supervised.supervisor.start(shell(FOREVER, patience=0))
    asked = threading.Event()
    [slot] = supervised.supervisor._slots
    slot.since -= 1000
    slot.service = replace(slot.service, ready=lambda _: asked.set() or True)  # type: ignore[func-returns-value,redundant-expr]
    first = supervised.pid()
    supervised.watch()
    assert asked.wait(10)
    assert supervised.pid() == first
    assert "restarting" not in supervised.text


def test_a_restarted_process_has_the_time_of_a_start(supervised: Supervised) -> None:
    supervised.supervisor.start(shell(FOREVER, patience=0, start_within=1000))
    [slot] = supervised.supervisor._slots
    first = supervised.pid()
    assert first is not None
    asked = threading.Semaphore(0)
    slot.service = replace(slot.service, ready=lambda _: asked.release() is not None)  # type: ignore[func-returns-value]
    os.kill(first, signal.SIGKILL)
    supervised.watch()
    until(lambda: supervised.pid() not in {None, first}, "it runs again")
    second = supervised.pid()
    for _ in range(5):
        assert asked.acquire(timeout=10)
    assert supervised.pid() == second


def test_the_children_of_a_dead_process_are_ended_with_it(
    supervised: Supervised, tmp_path: Path
) -> None:
    note = tmp_path / "child"
    supervised.supervisor.start(
        shell(
            f"sleep 1000 & echo $! >{note}.part; mv {note}.part {note}; wait",
            lambda _: note.exists(),
        )
    )
    child, leader = int(note.read_text()), supervised.pid()
    assert leader is not None
    supervised.watch()
    os.kill(leader, signal.SIGKILL)
    until(lambda: is_gone(child), "the orphan is gone")


def test_a_stop_leaves_no_process_even_of_the_stubborn(supervised: Supervised) -> None:
    supervised.supervisor.start(
        shell("trap '' TERM; sleep 1000 & echo up; while :; do wait; done", stop_within=0.3)
    )
    leader = supervised.pid()
    assert leader is not None
    until(lambda: "up" in supervised.text, "the script has set its trap")
    assert procfs.session_members(leader) != []
    supervised.stop()
    until(lambda: procfs.session_members(leader) == [], "nobody is left")
    assert list(supervised.pids.directory.iterdir()) == []


def test_a_stubborn_process_keeps_nobody_from_being_restarted(supervised: Supervised) -> None:
    well = threading.Event()
    well.set()
    stubborn = shell(
        "trap '' TERM; echo up; while :; do sleep 1; done",
        lambda _: well.is_set(),
        patience=0.1,
        stop_within=1000,
    )
    supervised.supervisor.start(stubborn)
    supervised.supervisor.start(replace(shell(FOREVER), name="other"))
    until(lambda: "up" in supervised.text, "the script has set its trap")
    slow, other = supervised.supervisor._slots
    assert other.child is not None
    first = other.child.pid
    supervised.watch()
    well.clear()
    until(lambda: slow.stop_by is not None, "the first is being stopped")
    os.kill(first, signal.SIGKILL)
    until(lambda: other.child is not None and other.child.pid != first, "the other runs again")
    assert "did not answer" not in supervised.text
    slow.stop_by = 0
    until(lambda: "script did not answer for 0.1 seconds" in supervised.text, "it is killed")


def test_a_full_disk_ends_no_supervisor(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    supervised.supervisor.start(shell(FOREVER))
    first = supervised.pid()
    assert first is not None
    monkeypatch.setattr(PidFiles, "write", fail)
    supervised.watch()
    os.kill(first, signal.SIGKILL)
    until(lambda: supervised.pid() not in {None, first}, "it runs again")
    assert "its process id is not written down: No space left on device" in supervised.text


def test_a_question_that_cannot_be_asked_is_no_answer(supervised: Supervised) -> None:
    asked = threading.Semaphore(0)

    def ask(_: float) -> bool:
        asked.release()
        raise OSError(errno.EMFILE, "Too many open files")

    supervised.supervisor.start(shell(FOREVER, patience=0))
    [slot] = supervised.supervisor._slots
    first = supervised.pid()
    slot.service = replace(slot.service, ready=ask)
    supervised.watch()
    for _ in range(3):
        assert asked.acquire(timeout=10)
    assert supervised.pid() == first
    assert supervised.text.count("could not be asked") == 1


def test_the_same_trouble_is_said_once(supervised: Supervised) -> None:
    supervised.supervisor.start(shell(FOREVER))
    [slot] = supervised.supervisor._slots
    slot.service = replace(slot.service, command=["sh", "-c", "exit 7"])
    supervised.watch()
    first = supervised.pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(
        lambda: "ended with status 7; restarting every 0.2 s" in supervised.text,
        "it is said for good",
    )
    seen = slot.since
    until(lambda: slot.since > seen + 0.5, "it is tried again")
    assert supervised.text.count("restarting every") == 1


def test_processes_are_stopped_in_reverse_order(supervised: Supervised) -> None:
    for name in ("database", "web"):
        service = shell(FOREVER)
        supervised.supervisor.start(replace(service, name=name))
    supervised.stop()
    assert supervised.text.index("web is stopped") < supervised.text.index("database is stopped")


def test_a_process_that_ends_at_once_fails_the_start(supervised: Supervised) -> None:
    with pytest.raises(CannotStart, match="script ended at once with status 3"):
        supervised.supervisor.start(shell("echo why; exit 3", lambda _: False))
    assert "script   | why" in supervised.text


def test_a_process_that_never_gets_ready_fails_the_start(supervised: Supervised) -> None:
    service = shell(FOREVER, lambda _: False, start_within=0.2)
    with pytest.raises(CannotStart, match="script was not ready within"):
        supervised.supervisor.start(service)


def test_a_program_that_does_not_exist_fails_the_start(supervised: Supervised) -> None:
    service = replace(shell(""), command=["/no/such/program"])
    with pytest.raises(CannotStart, match="Cannot run /no/such/program"):
        supervised.supervisor.start(service)


def test_a_stop_during_the_start_is_obeyed(supervised: Supervised) -> None:
    supervised.stopping.set()
    with pytest.raises(StoppedEarly):
        supervised.supervisor.start(shell(FOREVER, lambda _: False))


def test_one_command_is_run_to_its_end(supervised: Supervised) -> None:
    supervised.supervisor.run_once(shell("echo done"))
    assert "script   | done" in supervised.text
    with pytest.raises(CannotStart, match="script ended with status 4"):
        supervised.supervisor.run_once(shell("exit 4"))


def test_restarts_come_slower_each_time_until_it_has_run_calmly() -> None:
    backoff = Backoff(first=1, maximum=5, calm=60)
    assert [backoff.after_running(0) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert backoff.after_running(61) == 1
