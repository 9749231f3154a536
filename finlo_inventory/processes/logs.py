"""One stream of lines from many processes, each with the name of its process in front."""

import os
import sys
import threading
from typing import IO, TextIO

PALETTE = (36, 33, 32, 35, 34, 96, 93, 92)
NAME_WIDTH = 8


class Log:
    """Writes whole lines, one at a time, from any thread."""

    def __init__(self, stream: TextIO | None = None, *, color: bool | None = None) -> None:
        self._stream = stream or sys.stdout
        if color is None:
            color = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._color = color
        self._colors: dict[str, int] = {}
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} |"
        with self._lock:
            if self._color:
                number = self._colors.setdefault(name, PALETTE[len(self._colors) % len(PALETTE)])
                prefix = f"\x1b[{number}m{prefix}\x1b[0m"
            self._write(f"{prefix} {text}\n")

    def plain(self, text: str) -> None:
        with self._lock:
            self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read our output is gone (a closed terminal, `| head`). The system goes on.
            return

    def follow(self, name: str, pipe: IO[bytes]) -> threading.Thread:
        """Copy `pipe` to the log until it is closed.

        A thread of its own for each pipe, and never joined for long: an orphan that still
        holds the pipe must not hold us.
        """
        thread = threading.Thread(target=self._copy, args=(name, pipe), daemon=True)
        thread.start()
        return thread

    def _copy(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                text = raw.decode(errors="replace").rstrip()
                if text:
                    self.line(name, text)
