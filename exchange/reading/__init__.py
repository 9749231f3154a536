"""From bytes to rows of cells: a file that cannot be read is refused with a sentence."""

from exchange.reading.sheets import Problem, Sheet, read_file

__all__ = ["Problem", "Sheet", "read_file"]
