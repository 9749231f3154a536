"""What is made from something else says the same, and what is written by hand says it all."""

import re
from pathlib import Path

import pytest

from finlo_inventory.made.environment import variables
from finlo_inventory.made.files import MADE
from finlo_inventory.schedule import SCHEDULE
from finlo_inventory.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
# Set by our own processes for one another, or by the test suite.
OURS = {"FINLO_RUN", "FINLO_STATUS_SOCKET", "FINLO_TEST_SERVERS", "FINLO_TEST_TEMPLATE"}


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_a_made_file_is_what_would_be_made(path: Path) -> None:
    assert path.read_text() == MADE[path](), "Run manage.py write_made_files and read the change."


def test_the_table_of_settings_names_each_variable_once() -> None:
    names = [name for name, _default, _meaning in variables()]
    assert len(names) == len(set(names))
    sources = [*ROOT.glob("finlo_inventory/**/*.py"), *ROOT.glob("bin/*")]
    read = {
        name
        for path in sources
        if path.is_file()
        for name in re.findall(r"\bFINLO_[A-Z_]*[A-Z]\b", path.read_text())
    }
    assert read - OURS <= set(names)


def test_the_version_is_the_newest_release_of_the_changelog() -> None:
    releases = re.findall(
        r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert releases[0] == VERSION


def test_the_table_of_tasks_names_each_with_its_queue_and_how_often() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]*) \| (\d+) (s|min|h)\b", text, re.MULTILINE)
    seconds = {"s": 1, "min": 60, "h": 3_600}
    told = {
        (task.rpartition(".")[2], queue, int(count) * seconds[unit])
        for tasks, queues, count, unit in rows
        for task in re.findall(r"`([\w.]+)`", tasks)
        for queue in queues.split(", ")
    }
    assert told == {
        (entry.task.rpartition(".")[2], entry.queue, entry.seconds) for entry in SCHEDULE.values()
    }
