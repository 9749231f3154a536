"""Starts a system of its own with the demo season, and photographs it."""

import argparse
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from bench.running import CHECKOUT, running_system
from screenshots.camera import camera, too_large
from screenshots.shots import ADMIN, DESKTOP, PHONE, SCHEMES, SHOTS, Shot

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET = CHECKOUT / "docs" / "screenshots"
LARGEST = 250_000

Picture = tuple[Shot, str, Path]


def declared(names: "Iterable[str]") -> list[Picture]:
    from screenshots.pages import found

    wanted = set(names)
    return [
        (shot, found(shot.path), TARGET / f"{shot.name}.png")
        for shot in SHOTS
        if not wanted or shot.name in wanted
    ]


def everything(target: Path) -> list[Picture]:
    """Every page, at both widths, light and dark."""
    from screenshots.pages import every_page

    return [
        (
            Shot(name, path, ADMIN, width, 0, scheme, wait),
            path,
            target / f"{name}-{width}-{scheme}.png",
        )
        for (name, path, wait), width, scheme in product(every_page(), (DESKTOP, PHONE), SCHEMES)
    ]


def take(url: str, pictures: list[Picture]) -> None:
    with camera(url) as taking:
        for shot, path, target in pictures:
            taking.take(shot, path, target)
            sys.stdout.write(f"{target}  {target.stat().st_size // 1000} kB\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    known = [shot.name for shot in SHOTS]
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--all", type=Path, metavar="DIR", help="every page instead, into DIR")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    with running_system({"FINLO_LOG_LEVEL": "WARNING"}) as url:
        # Django reads its settings at import: only now do they name the system's database.
        import django

        django.setup()
        pictures = everything(options.all) if options.all else declared(options.names)
        take(url, pictures)
    if not options.all:
        large = too_large((target for _shot, _path, target in pictures), LARGEST)
        if large:
            sys.exit(f"Too large for the repository: {', '.join(large)}")


if __name__ == "__main__":
    main()
