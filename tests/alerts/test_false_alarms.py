"""The order of magnitude of the table in docs/velocity.md, over fewer weeks."""

from alerts.velocity import PROBABILITY
from bench.false_alarms import LIMITS, Demand, false_alarms, minutes_to_find

TWENTY = Demand(20)


def test_quiet_demand_hardly_ever_raises_an_alarm_and_a_looser_limit_does() -> None:
    demands = (TWENTY, Demand(1), Demand(20, tide=True, dispersion=3))
    quiet = [false_alarms(demand, 8) for demand in demands]
    assert PROBABILITY in LIMITS
    # The control: the same weeks at a limit a hundred times as large.
    assert 0.25 <= quiet[0][1e-3] <= 2
    assert all(found[1e-3] > 0 for found in quiet)
    assert sum(found[PROBABILITY] for found in quiet) <= 1 / 8
    # And in its first two weeks, with hardly a past.
    assert false_alarms(Demand(20, tide=True), 4, new=True)[PROBABILITY] == 0


def test_a_change_is_found_within_the_hour() -> None:
    for times in (5, 3, 0):
        found = minutes_to_find(TWENTY, times, 9)[PROBABILITY]
        assert found is not None
        assert found <= 60
