"""What a killed supervisor leaves behind is ended by the next one; strangers are not."""

import json
import os
import signal
import subprocess
from pathlib import Path

from finlo_inventory.processes import procfs
from finlo_inventory.processes.pidfiles import RUN_VARIABLE, PidFiles


def start(script: str, run: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["sh", "-c", script],
        env={"PATH": "/usr/bin:/bin", RUN_VARIABLE: run},
        start_new_session=True,
    )


def test_a_process_of_an_earlier_run_is_stopped(tmp_path: Path) -> None:
    earlier, said = PidFiles(tmp_path), list[str]()
    with start("exec sleep 1000", earlier.run) as process:
        earlier.write("web", process.pid, signal.SIGTERM)
        PidFiles(tmp_path).sweep(said.append)
        assert process.wait(10) == -signal.SIGTERM
    assert said == ["stopping web, left behind by an earlier run"]
    assert list(tmp_path.iterdir()) == []


def test_the_children_of_a_process_that_is_gone_are_stopped(tmp_path: Path) -> None:
    earlier = PidFiles(tmp_path)
    with start("sleep 1000 & exec sleep 1000", earlier.run) as process:
        earlier.write("web", process.pid, signal.SIGTERM)
        while len(procfs.session_members(process.pid)) < 2:
            pass
        process.kill()
    assert len(procfs.session_members(process.pid)) == 1
    PidFiles(tmp_path).sweep(lambda _: None)
    assert procfs.session_members(process.pid) == []


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    earlier, said = PidFiles(tmp_path), list[str]()
    with start("exec sleep 1000", "not ours") as stranger:
        content = {"pid": stranger.pid, "started": "1", "run": earlier.run, "signal": 15}
        (tmp_path / "web.json").write_text(json.dumps(content))
        PidFiles(tmp_path).sweep(said.append)
        assert procfs.started(stranger.pid) is not None
        stranger.kill()
    assert said == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_says_nothing_is_removed(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text("{")
    PidFiles(tmp_path).sweep(lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_our_own_process_is_found_by_its_start() -> None:
    assert procfs.started(os.getpid()) is not None
    assert procfs.started(2**22 + 1) is None
