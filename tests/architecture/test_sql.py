"""Each function of the database has one text, where its name says; migrations load it, and hold none of their own."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError

from common.sql import is_function
from finlo_inventory.made.loaded_sql import PLACE, loaded

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = [path for path in sorted(ROOT.glob("*/sql/*.sql")) if is_function(path.stem)]
CREATED = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+(\w+)", re.IGNORECASE)


def test_each_function_stands_in_one_file_named_as_it() -> None:
    apps = {path.parent.parent for path in FUNCTIONS}
    created = [
        (name, path.relative_to(ROOT))
        for app in apps
        for path in sorted(app.rglob("*.*"))
        if path.suffix in {".sql", ".py"}
        for name in CREATED.findall(path.read_text())
    ]
    assert len(created) > 60
    assert sorted(created) == sorted((path.stem, path.relative_to(ROOT)) for path in FUNCTIONS)


def test_the_first_line_of_a_function_says_what_it_decides() -> None:
    assert [path.stem for path in FUNCTIONS if not path.read_text().startswith("-- ")] == []


def test_no_migration_holds_sql_of_its_own() -> None:
    assert sorted(ROOT.glob("*/migrations/*.sql")) == []
    holds = re.compile(r"RunSQL|\.execute\(|CREATE |DROP ")
    migrations = sorted(ROOT.glob("*/migrations/0*.py"))
    assert len(migrations) > 10
    assert [path for path in migrations if holds.search(path.read_text())] == []


# --- A text that changes reaches databases that are there ----------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One app with two functions, which its migration of SQL loads, and the file that says so."""
    for folder in ("common/sql", "events/sql", "events/migrations"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("events_day", "events_end"):
        (tmp_path / f"events/sql/{name}.sql").write_text("-- The first.\nSELECT 1;\n")
    migrate(tmp_path, "0002_sql", 'load_sql("events")')
    write(tmp_path)
    return tmp_path


def migrate(root: Path, name: str, load: str) -> None:
    (root / f"events/migrations/{name}.py").write_text(load)


def write(root: Path) -> list[str]:
    """The migration of each file, in the order of their names."""
    text = loaded(root)
    (root / PLACE).write_text(text)
    return re.findall(r" events\.(\w+) ", text)


def test_a_changed_text_needs_a_migration_that_loads_it_again(root: Path) -> None:
    changed = root / "events/sql/events_day.sql"
    changed.write_text("-- The first.\nSELECT 2;\n")
    migrate(root, "0003_end", "load_sql('events', 'events_end')")
    with pytest.raises(CommandError, match=r"events_day\.sql has changed since events\.0002_sql"):
        loaded(root)
    migrate(root, "0004_day", 'load_sql(\n    "events",\n    "events_day",\n)')
    assert write(root) == ["0004_day", "0003_end"]
    changed.write_text("-- The first.\nSELECT 3;\n")
    with pytest.raises(CommandError, match=r"since events\.0004_day"):
        loaded(root)


def test_a_new_file_beside_others_needs_a_migration_that_loads_it(root: Path) -> None:
    (root / "events/sql/events_new.sql").write_text("SELECT 1;\n")
    with pytest.raises(CommandError, match=r'load_sql\("events", "events_new"\)'):
        loaded(root)
    migrate(root, "0003_new", 'load_sql("events", "events_new")')
    assert write(root) == ["0002_sql", "0002_sql", "0003_new"]


def test_another_comment_needs_no_migration(root: Path) -> None:
    before = loaded(root)
    (root / "events/sql/events_day.sql").write_text("-- The day\n-- itself.\nSELECT 1;\n")
    assert loaded(root) == before
