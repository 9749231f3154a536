"""What a person sees of a sales file while saying which of its columns is what."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.names import name_key
from exchange.cell_types import plain
from exchange.sales_files.rows import TITLE_ROWS, lines_of

SHOWN = 10
# Words are gathered of so many rows, and so many of each column: the page waits for it.
ROWS_READ = 5_000
MAX_WORDS = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """``rows``: number and texts of the first; ``headings``: those of the row ``heading_row``."""

    rows: Sequence[tuple[int, Sequence[str]]]
    heading_row: int
    headings: Sequence[str]
    below: Sequence[Sequence[str]]

    def words(self, heading: str) -> list[str]:
        """The distinct words of a column, as they first come."""
        places = [place for place, text in enumerate(self.headings) if text == heading]
        words: dict[str, str] = {}
        for texts in self.below:
            for place in places[:1]:
                if place < len(texts) and texts[place]:
                    words.setdefault(name_key(texts[place]), texts[place])
        return list(words.values())[:MAX_WORDS]


def preview_of(content: bytes, heading_row: str = "") -> Preview:
    """The beginning of a file, whose headings stand in ``heading_row``, or else in the first of its fullest rows.

    Raises ``FileRefusedError`` for what is no such file.
    """
    rows: list[tuple[int, list[str]]] = []
    for number, cells, _faults in lines_of(content):
        texts = ["" if cell is None else plain(cell) for cell in cells]
        if any(texts):
            rows.append((number, texts))
        if len(rows) >= ROWS_READ:
            break
    top = rows[:TITLE_ROWS]
    chosen = next(
        (place for place, (number, _) in enumerate(top) if str(number) == heading_row), None
    )
    if chosen is None and top:
        fullness = [sum(1 for text in texts if text) for _number, texts in top]
        chosen = fullness.index(max(fullness))
    if chosen is None:
        return Preview((), 0, (), ())
    number, headings = rows[chosen]
    return Preview(
        rows[: max(SHOWN, chosen + 3)],
        number,
        headings,
        [texts for _number, texts in rows[chosen + 1 :]],
    )
