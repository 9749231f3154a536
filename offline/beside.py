"""What another app writes with a sync, in its transaction."""

from collections.abc import Sequence
from typing import Protocol

from offline.reports import Verdict


class SyncBeside(Protocol):
    """Asked twice: before anything of the stock is locked, and once all that came is decided and written.

    What it raises undoes the whole. A try that is repeated asks again.
    """

    def lock(self) -> None:
        """Lock what it will write to: after bookings, before leases and stock (docs/ledger.md)."""
        ...

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """Write. Each verdict knows its report, and its booking if there is one."""
        ...


class NothingBeside:
    def lock(self) -> None:
        """There is nothing to lock."""

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """There is nothing to write."""
