"""Sales files among leases, syncs, live sales and conflicts: what the reports of a series add up to is what was said last."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from common.actor import SYSTEM
from exchange.sales_files.booking import book_file, summary_of, take_back_gone, undo_file
from exchange.sales_files.reading import read_file
from offline.enums import ReportKind, Resolution
from offline.models import ConflictLine, Report, SalesFile
from sales.models import BookingLine
from tests.exchange.sales_files.files import csv
from tests.model.late_sales import CHANNELS, LateSales, channels, items

# Reference and item.
Series = tuple[str, str]

# Few references: most files correct one of before.
prices = st.sampled_from(("", "8.00", "9.00"))
written = st.lists(
    st.tuples(st.integers(0, 3), items, st.integers(0, 4), prices), min_size=1, max_size=4
)


@dataclass(slots=True)
class Booked:
    """A file that was booked, and by how many tickets it has changed each series."""

    file: SalesFile
    channel: str
    changes: Counter[Series] = field(default_factory=Counter)


class SalesFiles(LateSales):
    def __init__(self) -> None:
        super().__init__()
        self.says: dict[str, Counter[Series]] = {channel: Counter() for channel in CHANNELS}
        self.files: list[Booked] = []

    def set_tickets(self, booked: Booked, series: Series, tickets: int) -> None:
        says = self.says[booked.channel]
        booked.changes[series] += tickets - says[series]
        says[series] = tickets

    @rule(channel=channels, rows=written, is_whole=st.booleans())
    def book_a_file(
        self, channel: str, rows: list[tuple[int, str, int, str]], *, is_whole: bool
    ) -> None:
        """And the same file again, which changes nothing."""
        content = csv(
            [
                [self.stage.event.name, "", item, count, price, f"F{number}", ""]
                for number, item, count, price in rows
            ]
        )
        said: Counter[Series] = Counter()
        for number, item, count, _price in rows:
            said[f"F{number}", item] += count
        booked = Booked(self.book(channel, content, is_whole=is_whole), channel)
        for series, tickets in said.items():
            self.set_tickets(booked, series, tickets)
        self.files.append(booked)
        before = Report.objects.count()
        self.book(channel, content, is_whole=is_whole)
        assert Report.objects.count() == before

    def book(self, channel: str, content: bytes, *, is_whole: bool) -> SalesFile:
        file = read_file(
            channel=self.stage.channels[channel],
            name="a.csv",
            content=content,
            by=SYSTEM,
            is_whole=is_whole,
        )
        assert summary_of(file).unreadable == 0
        book_file(file, by=SYSTEM)
        return file

    @precondition(lambda self: self.files)
    @rule(index=st.integers(0, 5))
    def undo(self, index: int) -> None:
        """What later files have changed stays; of fewer tickets than are there none are taken."""
        booked = self.files[index % len(self.files)]
        undo_file(booked.file, by=SYSTEM)
        for series, change in list(booked.changes.items()):
            self.set_tickets(booked, series, max(0, self.says[booked.channel][series] - change))

    @precondition(lambda self: self.files and self.files[-1].file.is_whole)
    @rule()
    def refund_what_is_gone(self) -> None:
        """From the last file, if it holds all: whatever it does not name."""
        booked = self.files[-1]
        names = {
            (line.series.partition("|")[0], self.item_of(line.series))
            for line in booked.file.lines.all()
        }
        take_back_gone(booked.file, by=SYSTEM)
        for series in self.says[booked.channel].keys() - names:
            self.set_tickets(booked, series, 0)

    def item_of(self, series: str) -> str:
        names = {item.pk: name for name, item in self.stage.items.items()}
        return names[int(series.rpartition("|")[2])]

    def reported(self, channel: str) -> Counter[Series]:
        sums: Counter[Series] = Counter()
        reports = Report.objects.filter(channel=self.stage.channels[channel]).exclude(series="")
        for kind, series, tickets in reports.values_list("kind", "series", "tickets"):
            key = series.partition("|")[0], self.item_of(series)
            sums[key] += tickets if kind == ReportKind.SALE else -tickets
        return sums

    @invariant()
    def reports_of_a_series_add_up_to_what_was_said(self) -> None:
        for channel, says in self.says.items():
            assert +self.reported(channel) == +says

    @invariant()
    def what_was_said_is_booked_or_in_conflict(self) -> None:
        for channel, says in self.says.items():
            of_files = Report.objects.filter(
                channel=self.stage.channels[channel], kind=ReportKind.SALE
            ).exclude(series="")
            booked = sum(
                line.kept
                for line in BookingLine.objects.filter(booking__reports__in=of_files).distinct()
            )
            lines = ConflictLine.objects.filter(conflict__report__in=of_files)
            waiting = sum(lines.filter(conflict__status="OPEN").values_list("quantity", flat=True))
            assert booked + waiting <= says.total()
            # What was settled without a booking is said, and nowhere.
            if not lines.filter(conflict__resolution=Resolution.SETTLED).exists():
                assert booked + waiting == says.total()
