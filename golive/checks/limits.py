"""Each channel's limits are overrun, and refused with the right code: per booking, of an item or listing, of its part."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from allocations.models import SalesChannel
from common.addresses import change_url
from common.text import number
from golive.results import Finding, doubtful, failed, passed
from golive.stage import Stage
from sales.orders import MAX_PER_LINE

CREATED = 201
SOLD_OUT = (409, "SOLD_OUT")
PER_BOOKING = (400, "VALIDATION")
# Beyond so many items of a channel, more of them show nothing new.
MAX_ITEMS = 10
# The words for what a sale is limited by.
LIMITS = {
    "stock": "its part of the stock",
    "listing": "the limit of its listing",
    "item": "the limit of the item",
    "plan": "the ceiling of its plan",
    "open": "the open stock",
}
Item = Mapping[str, Any]


def check(stage: Stage) -> Iterator[Finding]:
    """Raises ``UnreachableError``. Afterwards the items of the rehearsal have no maximum per booking."""
    if not stage.channels:
        yield failed(
            "No channel sells the event: there is no limit to overrun.",
            "List its items with the channels that shall sell them.",
            change_url(stage.event),
        )
    before = {channel.pk: _items(channel, stage) for channel in stage.channels}
    for channel in stage.channels:
        stage.go_on()
        yield from _per_booking(channel, before[channel.pk], stage)
    stage.lift_maxima()
    for channel in stage.channels:
        stage.go_on()
        yield from _stock(channel, before[channel.pk], stage)
    for channel in stage.channels:
        after = {row["id"]: row["sellable"] for row in _items(channel, stage)}
        if after != {row["id"]: row["sellable"] for row in before[channel.pk]}:
            yield failed(
                f"{channel} can sell another number after its overruns were refused.",
                "Run it again; if it stays so, call support.",
                change_url(channel),
            )


def _items(channel: SalesChannel, stage: Stage) -> Sequence[Item]:
    """What is open for the channel; of what is closed nothing can be asked for."""
    items = stage.availability(channel).body.get("items", ())
    return [row for row in items if row["status"] != "CLOSED"][:MAX_ITEMS]


def _per_booking(channel: SalesChannel, items: Sequence[Item], stage: Stage) -> Iterator[Finding]:
    count = 0
    for row in items:
        for quantity in _beyond(row):
            count += 1
            answer = stage.book(channel, row["id"], quantity)
            if (answer.status, answer.code) != PER_BOOKING:
                yield _let_pass(channel, row, quantity, "what one booking may have", answer)
    if count:
        yield passed(f"{channel}: beyond what one booking may have, refused: {number(count)}.")


def _beyond(row: Item) -> Iterator[int]:
    if row["min_per_booking"] > 1:
        yield row["min_per_booking"] - 1
    if row["max_per_booking"] is not None and row["max_per_booking"] < MAX_PER_LINE:
        yield row["max_per_booking"] + 1


def _stock(channel: SalesChannel, items: Sequence[Item], stage: Stage) -> Iterator[Finding]:
    refused = []
    for row in items:
        quantity = max(row["sellable"] + 1, row["min_per_booking"])
        if quantity > MAX_PER_LINE:
            continue
        answer = stage.book(channel, row["id"], quantity)
        if (answer.status, answer.code) != SOLD_OUT:
            yield _let_pass(channel, row, quantity, "what it can sell", answer)
        else:
            limit = LIMITS.get(str(answer.body.get("limited_by")), "its limit")
            refused.append(
                f"{number(quantity)} of {row['name']}, {number(row['sellable'])} to sell ({limit})"
            )
    if refused:
        yield passed(f"{channel}: refused as sold out: {'; '.join(refused)}.")
    elif not items:
        yield doubtful(
            f"{channel} has nothing open: no limit of it was overrun.",
            "See why nothing of it can be sold.",
            change_url(stage.event),
        )


def _let_pass(channel: SalesChannel, row: Item, quantity: int, limit: str, answer: Any) -> Finding:
    happened = "sold" if answer.status == CREATED else f"answered {answer.words}"
    return failed(
        f"{channel}: {number(quantity)} of {row['name']}, beyond {limit}, was {happened}.",
        "Do not go on sale. See the limit of the item, its listing and the channel's part.",
        change_url(channel),
    )
