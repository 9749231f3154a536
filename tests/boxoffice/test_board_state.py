"""Old snapshot + messages = fresh snapshot, for any messages in any order. No database."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from allocations.counters import Numbers, Reading
from allocations.enums import ChannelKind, Connectivity, Pricing, StockKind
from allocations.setup import (
    ChannelSetup,
    EventSetup,
    ItemSetup,
    ListingSetup,
    RowSetup,
    Window,
)
from allocations.unreported import Unreported
from boxoffice.board import Audience, Board
from boxoffice.doors import Hours
from boxoffice.presentation import board_context
from boxoffice.selectors import Layout
from common.clock import utc
from events.enums import EventStatus, ItemKind
from tests.boxoffice.watching import Mirror

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVENT, POOL, LOT, WEB, AGENT = 1, 1, 2, 1, 2
TICKET, BUNDLE = 1, 2
OPEN, WEB_ROW, AGENT_ROW, WEB_LOT, AGENT_LOT, LIMIT = 1, 2, 3, 4, 5, 6
ALWAYS = Window(None, None)
# The agent may draw for one more hour, and the bundle is sold for two.
DRAWS = Window(None, NOW + timedelta(hours=1))
SOLD = Window(None, NOW + timedelta(hours=2))


def _item(item: int, units: dict[int, int], window: Window) -> ItemSetup:
    limit = LIMIT if item == BUNDLE else None
    return ItemSetup(item, f"Item {item}", ItemKind.STANDALONE, units, 1, None, window, "", limit)


def _row(row: int, kind: StockKind, pool: int | None, channel: int | None) -> RowSetup:
    draws_on = OPEN if row in {WEB_ROW, AGENT_ROW} else None
    window = DRAWS if row == AGENT_ROW else ALWAYS
    ceiling = 60 if row == AGENT_ROW else None
    return RowSetup(row, kind, pool, channel, draws_on, window, ceiling, name="")


def _listing(item: int, channel: int) -> ListingSetup:
    number = 10 * item + channel
    return ListingSetup(number, item, channel, Decimal(10), None, None, True, ALWAYS, "", None)


LAYOUT = Layout(
    setup=EventSetup(
        id=EVENT,
        config_version=1,
        venue_id=1,
        name="Night",
        status=EventStatus.ON_SALE,
        starts_at=NOW + timedelta(days=1),
        window=ALWAYS,
        day=ALWAYS,
        stop_reason="",
        zone=ZoneInfo("Asia/Kolkata"),
        currency="INR",
        items={
            TICKET: _item(TICKET, {POOL: 1}, ALWAYS),
            BUNDLE: _item(BUNDLE, {POOL: 2, LOT: 1}, SOLD),
        },
        channels={
            channel: ChannelSetup(
                channel,
                f"Channel {channel}",
                ChannelKind.DIRECT,
                Pricing.FIXED,
                0,
                60,
                60,
                Connectivity.REAL_TIME,
                24,
                120,
                True,
                10_000,
                50,
                "",
            )
            for channel in (WEB, AGENT)
        },
        listings={
            (item, channel): _listing(item, channel)
            for item in (TICKET, BUNDLE)
            for channel in (WEB, AGENT)
        },
        rows={
            OPEN: _row(OPEN, StockKind.OPEN, POOL, None),
            WEB_ROW: _row(WEB_ROW, StockKind.CHANNEL, POOL, WEB),
            AGENT_ROW: _row(AGENT_ROW, StockKind.CHANNEL, POOL, AGENT),
            WEB_LOT: _row(WEB_LOT, StockKind.CHANNEL, LOT, WEB),
            AGENT_LOT: _row(AGENT_LOT, StockKind.CHANNEL, LOT, AGENT),
            LIMIT: _row(LIMIT, StockKind.LIMIT, None, None),
        },
        pool_names={POOL: "GA", LOT: "Lot"},
        channel_rows={
            (POOL, WEB): WEB_ROW,
            (POOL, AGENT): AGENT_ROW,
            (LOT, WEB): WEB_LOT,
            (LOT, AGENT): AGENT_LOT,
        },
    ),
    venue="Venue",
    hours=Hours(
        starts_at=NOW + timedelta(days=1),
        over_at=NOW + timedelta(days=1, hours=3),
        all_day=False,
        opens_at=None,
        closes_at=None,
        closes_on_next_day=False,
        zone=ZoneInfo("Asia/Kolkata"),
    ),
    channel_kinds={WEB: ChannelKind.DIRECT, AGENT: ChannelKind.PARTNER},
)
START = {row: Numbers(0, 50, 0, 0, 0) for row in LAYOUT.setup.rows}


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Rows of news as the ledger writes them: each row's versions with their numbers."""
    news: list[tuple[int, ...]] = []
    for row in LAYOUT.setup.rows:
        for version in range(1, draw(st.integers(1, 6))):
            held, sold = draw(st.integers(0, 20)), draw(st.integers(0, 20))
            quantity = held + sold + draw(st.integers(0, 30))
            if row == OPEN:
                held = sold = 0
            news.append((row, EVENT, version, quantity, held, sold, 0))
    return news


def newest(news: list[tuple[int, ...]]) -> dict[int, Numbers]:
    found = dict(START)
    for row, _event, *numbers in news:
        if numbers[0] > found[row].version:
            found[row] = Numbers(*numbers)
    return found


def sent(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """A message as it comes out at the other end."""
    head = {"type": kind, "live": True, "database": True, "as_of": ""}
    message: dict[str, Any] = json.loads(json.dumps({**head, **content}))
    return message


@given(
    histories(),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 180), min_size=1, max_size=6),
    st.sampled_from((None, WEB, AGENT, frozenset({WEB}))),
)
def test_any_order_any_batches_any_repeats(
    news: list[tuple[int, ...]], chance: Any, minutes: list[int], audience: Audience
) -> None:
    board = Board(LAYOUT, Reading(1, NOW, START))
    mirror = Mirror()
    mirror.apply(sent("snapshot", board.snapshot(audience)))
    told = [*news, *chance.sample(news, len(news) // 2)]
    chance.shuffle(told)
    times = sorted(minutes)
    for index, minute in enumerate(times):
        batch = told[index :: len(times)]
        # The windows are looked at with every comparison, and at the end.
        everything = index % 2 == 1 or index == len(times) - 1
        changed = board.apply(batch, NOW + timedelta(minutes=minute), everything=everything)
        visible = board.changes(changed, audience)
        if visible is not None:
            mirror.apply(sent("changes", visible))
    end = NOW + timedelta(minutes=times[-1])
    fresh = Mirror()
    fresh.apply(sent("snapshot", Board(LAYOUT, Reading(1, end, newest(news))).snapshot(audience)))
    assert mirror.numbers == fresh.numbers


def test_a_key_is_told_nothing_of_what_others_sold() -> None:
    board = Board(LAYOUT, Reading(1, NOW, START))
    changed = board.apply([(WEB_LOT, EVENT, 1, 50, 0, 9, 0)], NOW)
    assert board.changes(changed, WEB) is not None
    assert board.changes(changed, AGENT) is None
    snapshot = board.snapshot(AGENT)
    assert {row["stock"] for row in snapshot["rows"]} == {AGENT_ROW, AGENT_LOT}
    assert {found["channel"] for found in snapshot["listings"]} == {AGENT}
    assert {found["channel"] for found in snapshot["channels"]} == {AGENT}


def test_what_is_not_reported_is_told_beside_the_counters_and_to_its_channel_alone() -> None:
    def estimate(about: int | None) -> Unreported:
        return Unreported(about, about and 0, about and 9, 0, NOW, NOW)

    board = Board(LAYOUT, Reading(1, NOW, START, unreported={WEB_LOT: estimate(4)}))
    told = {"stock": WEB_LOT, "about": 4, "low": 0, "high": 9, "utc_reported_at": utc(NOW)}
    assert board.snapshot(WEB)["unreported"] == [told]
    assert board.snapshot(AGENT)["unreported"] == []
    assert not board.apply([], NOW, unreported={WEB_LOT: estimate(4)})
    changed = board.apply([], NOW, unreported={WEB_LOT: estimate(None)})
    unknown = told | {"about": None, "low": None, "high": None}
    assert board.changes(changed, None) == {"rows": [], "listings": [], "unreported": [unknown]}
    assert board.changes(changed, AGENT) is None
    assert board.counters[WEB_LOT] == START[WEB_LOT]


def test_the_levels_of_what_is_left() -> None:
    def status(sold: int) -> str:
        numbers = {**START, OPEN: Numbers(1, 0, 0, 0, 0), WEB_ROW: Numbers(1, 50, 0, sold, 0)}
        return Board(LAYOUT, Reading(1, NOW, numbers)).offers[10 * TICKET + WEB].status

    assert [status(sold) for sold in (0, 25, 26, 49, 50)] == [
        "AVAILABLE",
        "AVAILABLE",
        "LIMITED",
        "LIMITED",
        "SOLD_OUT",
    ]


def test_who_sells_through_one_channel_sees_all_stock_and_the_listings_of_this_one_alone() -> None:
    board = Board(LAYOUT, Reading(1, NOW, START))
    clerk = frozenset({WEB})
    seen = board.snapshot(clerk)
    assert {listing["channel"] for listing in seen["listings"]} == {WEB}
    assert {row["stock"] for row in seen["rows"]} == set(LAYOUT.setup.rows)
    page = board_context(board, NOW, clerk)
    assert [channel["id"] for channel in page["channels"]] == [WEB]
    assert {len(item["cells"]) for item in page["items"]} == {1}
    changed = board.apply([(AGENT_LOT, EVENT, 1, 50, 0, 9, 0)], NOW)
    told = board.changes(changed, clerk)
    assert told is not None
    assert told["listings"] == []
