"""Simultaneous sales of the last tickets: exactly as many are sold as there are, and a screen shows it at once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError
from time import monotonic

from allocations.models import SalesChannel
from common.addresses import change_url
from common.text import number
from golive.checks.limits import CREATED, SOLD_OUT
from golive.client import SECONDS, Answer, Screen, UnreachableError, watch
from golive.results import Finding, doubtful, failed, passed
from golive.stage import Stage
from sales.models import BookingLine
from sales.orders import MAX_PER_LINE

# The guide asks for ten and more.
AT_ONCE = 16
# Of them so many find tickets: the others show that nothing is oversold.
SUCCEED = 8
SHOWN_WITHIN = 1.0
# One booking takes so many away; of more stock than that the last are not reached.
MAX_AWAY = 10 * MAX_PER_LINE


@dataclass(frozen=True, slots=True)
class Target:
    """The listing that is sold out: of which channel, which item, and what one booking has."""

    channel: SalesChannel
    item: int
    name: str
    least: int
    sellable: int


def check(stage: Stage) -> Iterator[Finding]:
    """Raises ``UnreachableError``. Afterwards the items of the rehearsal have no maximum per booking."""
    stage.lift_maxima()
    target = _target(stage)
    if target is None:
        yield failed(
            "No channel can sell anything: no simultaneous sales were made.",
            "Give a channel stock of an item that it lists, and open it.",
            change_url(stage.event),
        )
        return
    with watch(stage.site, stage.copy.pk, stage.secrets[target.channel.pk]) as screen:
        left = _sell_down(target, stage)
        answers, seconds = _all_at_once(target, stage)
        yield from _judged(target, left, answers, seconds, stage)
        yield _screen(target, screen, stage)


def _target(stage: Stage) -> Target | None:
    """The listing with the most tickets, of those whose last ones can be reached."""
    targets = [
        Target(channel, row["id"], row["name"], row["min_per_booking"], row["sellable"])
        for channel in stage.channels
        for row in stage.availability(channel).body.get("items", ())
        if row["min_per_booking"] <= row["sellable"] <= MAX_AWAY
    ]
    return max(
        targets, key=lambda target: min(target.sellable, SUCCEED * target.least), default=None
    )


def _sell_down(target: Target, stage: Stage) -> int:
    """Leave tickets for half of the sales; returns how many there are. Raises ``UnreachableError``."""
    left = target.sellable
    while left > SUCCEED * target.least:
        away = min(left - SUCCEED * target.least, MAX_PER_LINE)
        if stage.book(target.channel, target.item, away, confirm=True).status != CREATED:
            break
        left -= away
    return left


def _all_at_once(target: Target, stage: Stage) -> tuple[list[Answer], float]:
    """What each sale was answered, and how long all of them took. Raises ``UnreachableError``."""
    ready = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        sales = [threads.submit(_sell_when, ready, target, stage) for _ in range(AT_ONCE)]
        answers = [sale.result() for sale in sales]
    return [answer for answer, _begun, _ended in answers], (
        max(ended for _answer, _begun, ended in answers)
        - min(begun for _answer, begun, _ended in answers)
    )


def _sell_when(ready: Barrier, target: Target, stage: Stage) -> tuple[Answer, float, float]:
    """Each on a connection of its own that is open before the first asks."""
    with stage.site.connection() as connection:
        try:
            ready.wait(SECONDS)
        except BrokenBarrierError:
            raise UnreachableError(
                f"{stage.site.address} does not take {AT_ONCE} at once."
            ) from None
        begun = monotonic()
        answer = stage.sell_on(connection, target.channel, target.item, target.least)
        return answer, begun, monotonic()


def _judged(
    target: Target, left: int, answers: Sequence[Answer], seconds: float, stage: Stage
) -> Iterator[Finding]:
    expected = min(left // target.least, AT_ONCE)
    sold = sum(answer.status == CREATED for answer in answers)
    others = [answer for answer in answers if answer.status != CREATED]
    wrong = [answer for answer in others if (answer.status, answer.code) != SOLD_OUT]
    what = (
        f"{number(AT_ONCE)} sales at once of {target.name} by {target.channel}, with "
        f"{number(expected)} to be had: {number(sold)} sold, {number(len(others))} refused"
    )
    address = change_url(target.channel)
    if sold > expected:
        yield failed(f"{what}. It was oversold.", "Do not go on sale. Call support.", address)
    elif wrong:
        yield failed(
            f"{what}; {number(len(wrong))} were answered {wrong[0].words}.",
            "See whether the system has room for so many at once, and run it again.",
            address,
        )
    elif sold < expected:
        yield failed(f"{what}. Too few were sold.", "Run it again; else call support.", address)
    elif not others:
        yield doubtful(
            f"{what}. The last tickets were not reached.",
            "See whether bookings are refused.",
            address,
        )
    else:
        yield passed(f"{what}, in {seconds:.2f} s.")
    yield from _counted(stage)


def _counted(stage: Stage) -> Iterator[Finding]:
    """What is sold by the bookings is what is gone from the stock, and no row has sold more than it has."""
    rows = list(stage.copy.stock.all())
    oversold = [row for row in rows if row.held + row.sold > row.quantity and row.channel_id]
    lines = BookingLine.objects.filter(booking__event=stage.copy)
    units = sum(
        line.kept * component.units
        for line in lines.select_related("item").prefetch_related("item__components")
        for component in line.item.components.all()
    )
    counted = sum(row.held + row.sold for row in rows if row.channel_id)
    if oversold or units != counted:
        yield failed(
            f"Bookings have {number(units)} units, and the stock counts {number(counted)}.",
            "Do not go on sale. Call support.",
            change_url(stage.event),
        )
    else:
        yield passed(f"Bookings and stock agree on {number(units)} units; no part is oversold.")


def _screen(target: Target, screen: Screen, stage: Stage) -> Finding:
    next_step = "See whether the live server runs, and whether the proxy lets /ws/ through."
    if screen.failure:
        return failed(f"No screen could watch: {screen.failure}", next_step)
    items = stage.availability(target.channel).body.get("items", ())
    count = next((row["sellable"] for row in items if row["id"] == target.item), None)
    copy = stage.copy_of(target.channel).pk
    seconds = None if count is None else screen.wait_for(target.item, copy, count, SHOWN_WITHIN)
    if seconds is None:
        return failed(
            f"A screen did not show {count} of {target.name} within {SHOWN_WITHIN:.0f} s; it showed "
            f"{screen.shows(target.item, copy)}.",
            next_step,
        )
    if not screen.is_live:
        return doubtful(
            "The screen was right, and says that it is not live.", "See whether Redis runs."
        )
    return passed(f"A screen that watched showed {count} of {target.name} after {seconds:.2f} s.")
