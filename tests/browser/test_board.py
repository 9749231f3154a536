"""The live board in Chromium, against the real processes: what a person at the counter sees."""

import re
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import SCHEMES, expect_accessible, violations
from tests.browser.counter import HOSTILE, PATIENCE_MS, Counter, Wire, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(300)]


def cell(page: Page, counter: Counter) -> Any:
    return page.locator(f'[data-listing="{counter.listing}"]')


def expect_count(page: Page, counter: Counter, count: int) -> None:
    expect(cell(page, counter).locator("[data-count]")).to_have_text(
        str(count), timeout=PATIENCE_MS
    )


def expect_connection(page: Page, state: str) -> None:
    expect(page.locator("#board")).to_have_attribute("data-connection", state, timeout=PATIENCE_MS)


def test_a_sale_over_the_api_changes_the_number_without_reload(
    board: Page, counter: Counter
) -> None:
    expect_count(board, counter, 400)
    board.evaluate("window.notReloaded = true")
    counter.sell(3)
    expect_count(board, counter, 397)
    expect(cell(board, counter)).to_have_attribute("data-latest", "down")
    expect(cell(board, counter).locator("[data-delta]")).to_have_text("−3")
    pool = board.locator(f'[data-pool="{counter.pool}"]')
    expect(pool.locator('[data-sum="sold"]')).to_have_text("3")
    expect(pool.locator('[data-sum="left"]')).to_have_text("497")
    assert board.evaluate("window.notReloaded") is True


# Four daily reports of twenty tickets by the pool's first channel, the last one twelve hours ago.
REPORTS = """
WITH late AS (
    UPDATE allocations_saleschannel SET connectivity = 'PERIODIC'
     WHERE id = (SELECT channel_id FROM allocations_stock
                  WHERE pool_id = %s AND channel_id IS NOT NULL ORDER BY id LIMIT 1)
    RETURNING id
), sync AS (
    INSERT INTO offline_sync (uuid, channel_id, received_at, accepted, duplicates, conflicts, unreadable)
    SELECT gen_random_uuid(), id, now() - interval '12 hours' - day * interval '1 day', 1, 0, 0, 0
      FROM late, generate_series(3, 0, -1) day
    RETURNING id
)
INSERT INTO offline_reportedunits (sync_id, pool_id, units) SELECT id, %s, 20 FROM sync RETURNING id
"""
ESTIMATE = """
from django.utils import timezone
from offline.unreported import estimate_all

estimate_all(timezone.now())
"""
REPORTED = """
UPDATE allocations_unreportedsales SET about = 0, low = 0, high = 0, at_risk = 0
 WHERE event_id = %s RETURNING stock_id
"""


def test_what_a_late_channel_has_sold_is_told_reported_and_estimated_apart(
    page: Page, counter: Counter, complaints: list[str]
) -> None:
    counter.sell(12)
    counter.system.query(REPORTS, counter.pool, counter.pool)
    counter.system.manage("shell", "-v0", "-c", ESTIMATE)
    sign_in(page, counter)
    expect_connection(page, "live")
    late = cell(page, counter).locator("[data-late]")
    text = late.text_content() or ""
    # As the server has drawn it, and then as the script writes it after a change.
    parts = re.fullmatch(r"12 reported (\d+ \w+ )?(\d\d:\d\d) · about (\d+) \((\d+)–(\d+)\)", text)
    assert parts is not None
    day, minute, *numbers = parts.groups()
    about, low, high = (int(number) + 2 for number in numbers)
    counter.sell(2)
    told = f"14 reported {day or ''}{minute} · about {about} ({low}–{high})"
    expect(late).to_have_text(told, timeout=PATIENCE_MS)
    # No stock has moved: what is estimated comes by itself.
    counter.system.query(REPORTED, counter.event)
    expect(late).to_have_text(
        f"14 reported {day or ''}{minute} · about 14 (14–14)", timeout=PATIENCE_MS
    )
    expect_count(page, counter, 386)


def test_redis_stops_and_comes_back(board: Page, counter: Counter) -> None:
    before = [counter.sell() for _ in range(15)]
    expect_count(board, counter, 385)
    counter.system.stop_redis()
    try:
        during = [counter.sell() for _ in range(15)]
        expect_connection(board, "noRedis")
        expect(board.locator("[data-banner]")).to_be_visible()
        expect(board.locator("[data-connection-word]")).to_have_text(
            re.compile(r"Not live since \d\d:\d\d:\d\d")
        )
        # It is not live, but neither does it stay wrong: it compares.
        expect_count(board, counter, 370)
    finally:
        counter.system.start_redis()
    # At the same speed; twice the time is for what else the machine is doing.
    assert median(during) < 2 * median(before) + 0.02
    expect_connection(board, "live")
    expect(board.locator("[data-banner]")).to_be_hidden()
    counter.sell(5)
    expect_count(board, counter, 365)


def test_the_live_server_goes_away_and_comes_back(
    page: Page, counter: Counter, complaints: list[str]
) -> None:
    wire = Wire()
    page.route_web_socket("**/ws/**", wire.connect)
    sign_in(page, counter)
    expect_connection(page, "live")
    wire.cut_off = True
    wire.cut()
    expect_connection(page, "noSocket")
    counter.sell(2)
    expect(page.locator("[data-banner-text]")).to_have_text(
        re.compile(r"numbers are [1-9]\d* s old"), timeout=PATIENCE_MS
    )
    expect(page.locator("[data-banner-retry]")).to_have_text(re.compile(r"in \d+ s|Reconnecting"))
    expect_count(page, counter, 400)
    wire.cut_off = False
    expect_connection(page, "live")
    expect_count(page, counter, 398)


def test_a_sign_in_that_has_ended_is_said(
    page: Page, counter: Counter, complaints: list[str]
) -> None:
    wire = Wire()
    page.route_web_socket("**/ws/**", wire.connect)
    sign_in(page, counter)
    expect_connection(page, "live")
    page.context.clear_cookies()
    wire.cut()
    expect_connection(page, "signedOut")
    expect(page.locator("[data-banner-text]")).to_contain_text("You are signed out")
    expect(page.locator("[data-retry]")).to_be_hidden()


def test_a_change_of_the_set_up_is_drawn_without_reload(board: Page, counter: Counter) -> None:
    board.evaluate("window.notReloaded = true")
    board.locator("summary").first.click()
    counter.system.query(
        "UPDATE events_item SET stop_reason = %s, name = %s WHERE id = %s RETURNING 1",
        "Rain " + HOSTILE,
        "Seat " + HOSTILE,
        counter.item,
    )
    expect(cell(board, counter)).to_have_attribute("data-level", "stopped", timeout=PATIENCE_MS)
    expect(cell(board, counter).locator("[data-word]")).to_have_text("Stopped")
    expect(board.locator(".item").first).to_have_text("Seat " + HOSTILE, timeout=PATIENCE_MS)
    expect(board.locator("details").first).to_have_attribute("open", "")
    assert board.evaluate("window.notReloaded") is True


def test_names_are_text_whatever_they_contain(board: Page, counter: Counter) -> None:
    assert HOSTILE in counter.name
    expect(board.locator("h1")).to_have_text(counter.name)
    expect(board.locator(".item").last).to_have_text("Bundle " + HOSTILE)
    assert board.locator("#main img").count() == 0


# The parts of the page that the script writes, as the server has drawn them and as it has.
DRAWN = """(root) => [...root.querySelectorAll("[data-listing], [data-stock], [data-pool]")].map(
  (place) => [
    place.dataset.level ?? "", place.title ?? "",
    ...[...place.querySelectorAll("[data-count], [data-word], [data-number], [data-sum]")].map(
      (found) => found.textContent.trim()),
    ...[...place.querySelectorAll("[data-part]")].map(
      (found) => found.getAttribute("x") + found.getAttribute("width")),
  ])"""


def test_what_the_script_shows_is_what_the_server_would_draw(board: Page, counter: Counter) -> None:
    counter.sell(37)
    counter.sell(1)
    expect_count(board, counter, 362)
    fresh = f"""async () => {{
      const page = await (await fetch(location.href)).text();
      const root = new DOMParser().parseFromString(page, "text/html");
      return ({DRAWN})(root);
    }}"""
    assert board.evaluate(f"({DRAWN})(document)") == board.evaluate(fresh)


SHUFFLED = """async () => {
  const { State } = await import("#state");
  const row = (stock, version) => ({ stock, version, quantity: 100, held: 0, sold: version, drawn: 0 });
  const head = { live: true, database: true, as_of: "2026-01-01T00:00:00.000Z", config_version: 1 };
  const snapshot = (version) => ({ ...head, type: "snapshot", listings: [],
    rows: [1, 2, 3].map((stock) => ({ ...row(stock, version), pool: 7, kind: "CHANNEL" })) });
  const news = [1, 2, 3].flatMap((stock) => Array.from({ length: 20 }, (_, i) => row(stock, i + 1)));
  for (let round = 0; round < 50; round++) {
    const state = new State();
    state.apply(snapshot(0));
    const shuffled = [...news, ...news].sort(() => Math.random() - 0.5);
    while (shuffled.length) {
      state.apply({ ...head, type: "changes", listings: [], rows: shuffled.splice(0, 5) });
    }
    const fresh = new State();
    fresh.apply(snapshot(20));
    const same = (one) => JSON.stringify([...one.rows].map(([id, r]) => [id, r.version, r.sold]));
    if (same(state) !== same(fresh) || state.pool(7).sold !== 60) return "differs";
  }
  return "same";
}"""


def test_an_old_snapshot_with_all_changes_in_any_order_is_a_fresh_one(board: Page) -> None:
    assert board.evaluate(SHUFFLED) == "same"


def test_nothing_is_cut_off_at_any_width(board: Page) -> None:
    numbers = board.locator("#board .count b, #board h1, #board h2")
    assert numbers.count() > 6
    for width in (360, 390, 768, 1280, 1920):
        for scheme in SCHEMES:
            board.emulate_media(color_scheme=scheme)
            board.set_viewport_size({"width": width, "height": 900})
            assert board.evaluate("document.documentElement.scrollWidth") <= width
            for box in [place.bounding_box() for place in numbers.all()]:
                assert box is not None
                assert box["width"] > 0


def test_every_control_is_reached_by_keyboard(board: Page) -> None:
    reached = []
    board.locator("body").press("Tab")
    for _ in range(12):
        reached.append(board.evaluate("document.activeElement.textContent.trim().slice(0, 30)"))
        board.keyboard.press("Tab")
    text = " ".join(reached)
    for name in ("Skip to the content", "Finlo Inventory", "Boards", "Sign out", "By channel"):
        assert name in text
    assert "scroll" in board.evaluate(
        "[...document.querySelectorAll('[tabindex=\"0\"]')].map((one) => one.className).join()"
    )


def test_without_motion_a_change_is_marked_but_does_not_move(board: Page, counter: Counter) -> None:
    board.emulate_media(reduced_motion="reduce")
    board.evaluate(
        """() => {
          window.moved = 0;
          const animate = Element.prototype.animate;
          Element.prototype.animate = function (...given) {
            window.moved += 1;
            return animate.apply(this, given);
          };
        }"""
    )
    counter.sell()
    expect_count(board, counter, 399)
    expect(cell(board, counter)).to_have_attribute("data-latest", "down")
    assert board.evaluate("window.moved") == 0
    assert board.locator("[data-part]").first.evaluate(
        "(part) => getComputedStyle(part).transitionDuration"
    ) in {"0s", ""}


def test_the_list_leads_to_the_board(board: Page, counter: Counter) -> None:
    board.get_by_role("link", name="Boards").click()
    link = board.locator(".card h2 a").first
    name = str(link.text_content())
    link.click()
    expect(board.locator("#board h1")).to_have_text(name)


def test_axe_finds_nothing_on_a_board_or_the_list_of_boards(board: Page, counter: Counter) -> None:
    board.locator("summary").first.click()
    expect_accessible(board)
    board.get_by_role("link", name="Boards").click()
    board.get_by_role("heading", name="On sale now").wait_for()
    expect_accessible(board)


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<main><img src='data:,'></main>")
    assert any(line.startswith("image-alt") for line in violations(page))


STEP = """
from django.db import transaction
from common.actor import SYSTEM
from events.services import {step}_event

with transaction.atomic():
    {step}_event(event_id={event}, by=SYSTEM, reason="Storm")
"""


def test_a_board_whose_event_is_paused_says_so_and_is_no_longer_green(
    board: Page, counter: Counter, complaints: list[str]
) -> None:
    board.emulate_media(color_scheme="light")
    state, chip = board.locator("[data-layout=state]"), board.locator("[data-chip] .chip")
    green = chip.evaluate("chip => getComputedStyle(chip).borderColor")
    expect(state).to_be_hidden()
    board.evaluate("window.notReloaded = true")
    counter.system.manage("shell", "-v0", "-c", STEP.format(step="pause", event=counter.event))
    expect(state).to_be_visible(timeout=PATIENCE_MS)
    expect(state).to_contain_text("Sales are paused")
    expect(board.locator("#board")).to_have_attribute("data-connection", "live")
    assert chip.evaluate("chip => getComputedStyle(chip).borderColor") != green
    expect(board.locator("[data-state-announcer]")).to_have_text("Sales are paused")
    assert board.evaluate("window.notReloaded") is True
    expect_accessible(board)
    board.emulate_media(color_scheme="light")
    assert complaints == []
    # The web server goes away, and the socket stays: what is drawn is then of before.
    board.route("**/board/**", lambda route: route.abort())
    counter.system.manage("shell", "-v0", "-c", STEP.format(step="publish", event=counter.event))
    expect_connection(board, "noPage")
    expect(board.locator("[data-banner-text]")).to_contain_text("The web server does not answer")
    board.unroute("**/board/**")
    expect_connection(board, "live")
    expect(state).to_be_hidden()
    assert chip.evaluate("chip => getComputedStyle(chip).borderColor") == green
    # That it was cut off.
    assert {text for text in complaints if "ERR_FAILED" not in text} == set()
    complaints.clear()
