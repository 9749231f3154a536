"""`common/sql/loaded.txt`: each file of SQL in the database, the newest migration that loads it, and a digest of its text.

A database that is there already has the text that its migrations have loaded. So a line is made anew only where a newer
migration loads the changed file.
"""

import re
from ast import literal_eval
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError

PLACE = Path("common") / "sql" / "loaded.txt"
LOADS = re.compile(r"\bload_sql\(([^)]*)\)")
COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """A migration that loads a file: by its name, or with all that its app had in the beginning."""

    migration: str
    by_name: bool


def loaded(root: Path = settings.BASE_DIR) -> str:
    """The whole file. Raises ``CommandError`` of a change that no migration brings to a database that is there."""
    before = _lines_of(root / PLACE)
    apps = {name.partition("/")[0] for name in before}
    loads = _newest_loads(root)
    lines = []
    for path in _files(root):
        name = _name_of(path)
        # A comment changes nothing that the database does.
        digest = sha256(COMMENT.sub("", path.read_text()).encode()).hexdigest()[:16]
        load = loads[name]
        line = f"{load.migration} {digest}"
        if name in before:
            is_missed = before[name] != line and before[name].startswith(f"{load.migration} ")
        else:
            is_missed = path.parent.parent.name in apps and not load.by_name
        if is_missed:
            raise CommandError(
                f"{path.relative_to(root)} has changed since {load.migration} loaded it. Add a migration that loads it"
                f' again: load_sql("{path.parent.parent.name}", "{path.stem}"). If that is the one, and no other database'
                f" has run it yet, delete the line of {name} in {PLACE}."
            )
        lines.append(f"{name} {line}\n")
    return "".join(lines)


def _files(root: Path) -> list[Path]:
    """Rows of the beginning are not loaded again."""
    paths = sorted(root.glob("*/sql/*.sql"))
    return [path for path in paths if path.stem != "first_rows"]


def _name_of(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


def _lines_of(path: Path) -> Mapping[str, str]:
    """File → the rest of its line."""
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split(" ", 1) for line in lines)


def _newest_loads(root: Path) -> Mapping[str, Load]:
    loads = {}
    for path in sorted(root.glob("*/migrations/0*.py")):
        migration = f"{path.parent.parent.name}.{path.stem}"
        for arguments in LOADS.findall(path.read_text()):
            app, *names = literal_eval(f"[{arguments}]")
            whole = [file.stem for file in (root / app / "sql").glob("*.sql")]
            for name in names or whole:
                loads[f"{app}/{name}"] = Load(migration, by_name=bool(names))
    return loads
