"""Whoever adds a constraint or a trigger adds the test that makes it fire."""

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "events", "allocations", "sales", "transfers", "offline", "alerts", "boxoffice")


def guards() -> set[str]:
    """The names of all constraints of models, and those that triggers raise."""
    found = {
        constraint.name
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    }
    for app in APPS:
        for script in (ROOT / app).glob("sql/*.sql"):
            text = script.read_text()
            found |= set(re.findall(r"CONSTRAINT = '(\w+)'", text))
            # These raise under the trigger's own name.
            found |= set(
                re.findall(r"REPLACE TRIGGER (\w+)[^;]*EXECUTE FUNCTION events_setup_moved", text)
            )
    return found


def test_every_guard_of_the_database_is_named_by_a_test() -> None:
    tests = "\n".join(
        path.read_text() for app in APPS for path in (ROOT / "tests" / app).rglob("*.py")
    )
    assert {name for name in guards() if f'"{name}"' not in tests} == set()
