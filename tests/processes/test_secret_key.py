"""The secret of a development system."""

import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from demo.passwords import demo_password
from demo.season import PASSWORD
from finlo_inventory.secret_key import kept_secret


def test_processes_that_start_at_once_find_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secret-key"
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(kept_secret(path, "FINLO_X")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret-key"]


def test_each_state_directory_has_its_own(tmp_path: Path) -> None:
    assert kept_secret(tmp_path / "a", "FINLO_X") != kept_secret(tmp_path / "b", "FINLO_X")


def test_a_file_without_a_secret_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    path.write_text("")  # as a full disk leaves it
    with pytest.raises(ImproperlyConfigured, match="holds no secret"):
        kept_secret(path, "FINLO_X")


def test_the_demo_has_a_secret_password_where_others_can_reach_it(settings: Settings) -> None:
    demo_password.cache_clear()
    assert demo_password() == PASSWORD
    demo_password.cache_clear()
    settings.ONLY_THIS_MACHINE = False
    assert demo_password() not in {"", PASSWORD}
    demo_password.cache_clear()
