"""The columns of tickets sold, and the scale beside them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from allocations.enums import ChannelKind
from backoffice.kit.charts import PLOT, TOP, Place, curved
from backoffice.overview.charts import DAYS, HOURS, begins, draw

KOLKATA, BERLIN = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 12, 10, tzinfo=UTC)


def test_hours_are_those_of_the_venue() -> None:
    chart = draw({}, NOW, KOLKATA, daily=False)
    assert len(chart.columns) == HOURS
    assert chart.columns[-1].place.key.isoformat() == "2026-11-24T17:00:00+05:30"
    assert chart.columns[0].place.key == begins(NOW, KOLKATA, daily=False)
    assert chart.columns[-1].place.key - chart.columns[0].place.key == timedelta(hours=HOURS - 1)


def test_days_begin_at_the_venues_midnight_also_when_the_clock_changes() -> None:
    after = datetime(2026, 10, 26, 12, tzinfo=UTC)
    chart = draw({}, after, BERLIN, daily=True)
    assert len(chart.columns) == DAYS
    assert [column.place.key.isoformat() for column in chart.columns[-3:]] == [
        "2026-10-24T00:00:00+02:00",
        "2026-10-25T00:00:00+02:00",
        "2026-10-26T00:00:00+01:00",
    ]


def test_the_hour_that_the_clock_repeats_is_there_twice() -> None:
    after = datetime(2026, 10, 25, 3, 30, tzinfo=UTC)
    columns = draw({}, after, BERLIN, daily=False).columns
    moments = [column.place.key for column in columns]
    assert len({moment.astimezone(UTC) for moment in moments}) == HOURS
    assert [moment.hour for moment in moments[-4:]] == [2, 2, 3, 4]


def test_parts_stand_on_one_another_and_are_as_high_as_their_tickets() -> None:
    hour = NOW.astimezone(KOLKATA).replace(minute=0)
    sold = {(hour, ChannelKind.DIRECT): 6, (hour, ChannelKind.HIDDEN): 2}
    chart = draw(sold, NOW, KOLKATA, daily=False)
    lower, upper = chart.columns[-1].parts
    assert [lower.series.pattern, upper.series.pattern] == [ChannelKind.DIRECT, ChannelKind.HIDDEN]
    assert lower.height == pytest.approx(PLOT * 6 / 8)
    assert upper.height == pytest.approx(PLOT * 2 / 8)
    assert lower.top + lower.height == pytest.approx(TOP + PLOT)
    assert upper.top + upper.height == pytest.approx(lower.top)
    assert chart.columns[-1].counts == (6, 0, 0, 0, 2)
    assert (chart.columns[-1].total, chart.total) == (8, 8)
    assert (chart.series[0].pattern, chart.series[0].total) == (ChannelKind.DIRECT, 6)


@pytest.mark.parametrize(
    ("maximum", "values"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (9, [0, 5, 10]),
        (8, [0, 2, 4, 6, 8]),
        (41, [0, 20, 40, 60]),
        (1_234, [0, 500, 1_000, 1_500]),
    ],
)
def test_the_scale_has_few_lines_at_round_numbers(maximum: int, values: list[int]) -> None:
    hour = NOW.astimezone(KOLKATA).replace(minute=0)
    chart = draw({(hour, ChannelKind.DIRECT): maximum}, NOW, KOLKATA, daily=False)
    assert [line.value for line in chart.lines] == values


def test_a_curve_ends_where_its_counts_do_and_has_the_last_of_them_as_its_total() -> None:
    places = [
        Place(day, f"{day}", "", (counts)) for day, counts in enumerate([(0, 0), (2, 4), (None, 8)])
    ]
    chart = curved(places, [("DIRECT", "This event"), ("PHYSICAL", "Before")])
    assert [series.total for series in chart.series] == [2, 8]
    assert [len(curve.points.split()) for curve in chart.curves] == [2, 3]
    assert chart.curves[1].points.endswith(f",{TOP:.1f}")
