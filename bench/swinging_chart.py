"""Draws docs/transfers-no-swinging.svg: ``python -m bench.swinging_chart``."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench.swinging import (
    BEGIN,
    CAPACITY,
    END,
    NO_RULES,
    ONE_HOUR,
    STEP,
    Run,
    customers,
    run,
)
from transfers.dynamic.forecast import HOUR

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "transfers-no-swinging.svg"
WIDTH, HEIGHT = 960, 640
LEFT, RIGHT = 60.0, 944.0
DAYS = (END - BEGIN).days
STEPS_AN_HOUR = HOUR // STEP
DEMAND_HOURS = 3  # one point of the curves of demand

Point = tuple[float, float]

STYLE = """
    .paper { fill: #ffffff } text { fill: #1b1b2b } .note { font-size: 12.5px; fill: #475467 }
    .title { font-weight: 650 } .grid { stroke: #d0d5dd; stroke-width: 1 }
    .a { stroke: #5b46c9 } .b { stroke: #b26a00 } .a, .b { fill: none; stroke-width: 1.8 }
    .move { fill: #ffffff; stroke: #5b46c9; stroke-width: 1.8 }
    text.a { fill: #5b46c9; stroke: none } text.b { fill: #b26a00; stroke: none }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #14141f } text { fill: #ececf4 } .note { fill: #a9b0bf }
      .grid { stroke: #3a3d4d } .a { stroke: #a99bff } .b { stroke: #f0b35a }
      .move { fill: #14141f; stroke: #a99bff }
      text.a { fill: #a99bff } text.b { fill: #f0b35a }
    }
"""


class Panel:
    """A part of the picture, with a scale from 0 to ``maximum``."""

    def __init__(self, top: float, height: float, maximum: float) -> None:
        self.top, self.height, self.maximum = top, height, maximum
        self.elements: list[str] = []

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value / self.maximum)

    def title(self, text: str, note: str) -> None:
        self.text(LEFT, self.top - 28, "title", text)
        self.text(LEFT, self.top - 10, "note", note)

    def text(self, x: float, y: float, kind: str, text: str, anchor: str = "start") -> None:
        self.elements.append(
            f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'
        )

    def scale(self, values: Sequence[int]) -> None:
        for value in values:
            y = self.y(value)
            self.elements.append(f'<path class="grid" d="M{LEFT:.0f} {y:.1f}H{RIGHT:.0f}"/>')
            self.text(LEFT - 8, y + 4, "note", f"{value:,}", "end")

    def line(self, kind: str, points: Sequence[Point]) -> None:
        path = "L".join(f"{x:.1f} {self.y(value):.1f}" for x, value in points)
        self.elements.append(f'<path class="{kind}" d="M{path}"/>')


def x_of(since: timedelta) -> float:
    return LEFT + (RIGHT - LEFT) * (since / (END - BEGIN))


def demand_panel(demand: Sequence[tuple[int, int]]) -> Panel:
    panel = Panel(66, 110, 10)
    panel.title(
        "Customers an hour",
        "A by day and B by night · every three hours the other one · A for good",
    )
    panel.scale((0, 5, 10))
    size = DEMAND_HOURS * STEPS_AN_HOUR
    for at, kind in enumerate("ab"):
        points = [
            (
                x_of((begin + size / 2) * STEP),
                sum(counts[at] for counts in demand[begin : begin + size]) / DEMAND_HOURS,
            )
            for begin in range(0, len(demand), size)
        ]
        panel.line(kind, points)
    panel.text(RIGHT - 24, panel.top - 28, "a", "A", "end")
    panel.text(RIGHT, panel.top - 28, "b", "B", "end")
    return panel


def stock_panel(top: float, title: str, outcome: Run, *, mark: bool) -> Panel:
    panel = Panel(top, 150, CAPACITY)
    panel.title(
        title,
        f"{len(outcome.moved):,} moves, {outcome.reversals:,} of them against the one before; "
        f"{outcome.units:,} units moved; {outcome.sold:,} sold, {outcome.turned_away:,} turned away",
    )
    panel.scale((0, CAPACITY // 2, CAPACITY))
    for at, kind in enumerate("ab"):
        panel.line(kind, steps([pair[at] for pair in outcome.quantities]))
    if mark:
        # A move is at the end of a step, and the first of those that show it.
        for move in outcome.moved:
            quantity = outcome.quantities[(move.at - BEGIN) // STEP - 1][0]
            panel.elements.append(
                f'<circle class="move" r="3.5" cx="{x_of(move.at - BEGIN):.1f}"'
                f' cy="{panel.y(quantity):.1f}"/>'
            )
    return panel


def steps(quantities: Sequence[int]) -> list[Point]:
    """By the hour: of more nothing could be seen."""
    points: list[Point] = []
    for step in range(0, len(quantities), STEPS_AN_HOUR):
        x = x_of(step * STEP)
        if points and points[-1][1] != quantities[step]:
            points.append((x, points[-1][1]))
            points.append((x, quantities[step]))
        elif not points:
            points.append((x, quantities[step]))
    points.append((RIGHT, quantities[-1]))
    return points


def picture(demand: Sequence[tuple[int, int]], never: Run, ruled: Run, bare: Run) -> str:
    panels = [
        demand_panel(demand),
        stock_panel(250, "Units of A and B, moved by forecast and rules", ruled, mark=True),
        stock_panel(462, "The same without band, rest and memory", bare, mark=False),
    ]
    panels[1].text(
        RIGHT,
        panels[1].top - 28,
        "note",
        f"had nothing ever moved: {never.sold:,} sold, {never.turned_away:,} turned away",
        "end",
    )
    axis = panels[-1]
    for day in range(0, DAYS + 1, 7):
        anchor = "end" if day == DAYS else "start"
        axis.text(x_of(timedelta(days=day)), 632, "note", f"day {day}", anchor)
    body = "\n".join(f"  {line}" for panel in panels for line in panel.elements)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="system-ui, sans-serif" font-size="15" role="img"'
        ' aria-label="Demand of two channels that takes turns, and how their units follow">\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    demand = customers()
    runs = run(demand, None), run(demand), run(demand, NO_RULES, ONE_HOUR)
    PICTURE.write_text(picture(demand, *runs))


if __name__ == "__main__":
    main()
