"""Each function of the database has one text, where its name says; no migration holds SQL of its own."""

import re
from pathlib import Path

from common.sql import is_function

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
