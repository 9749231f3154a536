"""What the supervisor has to know about one process in order to keep it running."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finlo_inventory.processes.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One long-running process.

    `ready` is asked with the unix time at which the process was started; it returns within two
    seconds. It is asked until it says yes at the start, and again every few seconds afterwards:
    a process that says no for `patience` seconds is restarted.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[float], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = Path("/")
    account: Account | None = None
    # Written to its standard input, which is then closed: secrets do not belong into the
    # command, which everybody on the machine can read.
    standard_input: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    start_within: float = 60
    stop_within: float = 15
    patience: float = 30
