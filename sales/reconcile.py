"""Proof, row by row, that stock, ledger and bookings say the same (docs/domain.md, 4).

One statement for each check: each sees one moment, and none keeps a snapshot open long enough to
slow the sales that go on meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Check:
    """``looked_at`` counts the rows examined; ``query`` returns a line of text for each that differs."""

    name: str
    looked_at: str
    query: str


@dataclass(frozen=True, slots=True)
class Result:
    check: Check
    rows: int
    differences: list[str]


COUNTERS = Check(
    "Counters are lawful",
    "SELECT count(*) FROM allocations_stock",
    """
    SELECT format('stock %s: quantity %s, held %s, sold %s, drawn %s, ceiling %s',
                  id, quantity, held, sold, drawn, ceiling)
      FROM allocations_stock
     WHERE held < 0 OR sold < 0 OR held + sold > quantity
        OR drawn < 0 OR drawn > held + sold OR quantity > ceiling
        OR kind IN ('OPEN', 'KILLED') AND (held, sold, drawn) <> (0, 0, 0)
     ORDER BY id
    """,
)
CAPACITY = Check(
    "A pool's stock adds up to its capacity",
    "SELECT count(*) FROM events_pool",
    """
    SELECT format('pool %s: capacity %s, stock %s', p.id, p.capacity, coalesce(sum(s.quantity), 0))
      FROM events_pool p LEFT JOIN allocations_stock s ON s.pool_id = p.id
     GROUP BY p.id HAVING coalesce(sum(s.quantity), 0) <> p.capacity
     ORDER BY p.id
    """,
)
LIMITS = Check(
    "A limit and its counter say the same",
    "SELECT count(*) FROM allocations_stock WHERE kind = 'LIMIT'",
    """
    SELECT format('%s %s: limit %s, counter %s', what, id, "limit", quantity)
      FROM (SELECT 'item' AS what, i.id, i."limit", s.quantity
              FROM events_item i LEFT JOIN allocations_stock s ON s.item_id = i.id
             UNION ALL
            SELECT 'listing', l.id, l."limit", s.quantity
              FROM allocations_listing l LEFT JOIN allocations_stock s ON s.listing_id = l.id
           ) owner
     WHERE coalesce("limit", 0) <> coalesce(quantity, 0)
     ORDER BY what, id
    """,
)
MOVEMENTS = Check(
    "Movements add up to the counters, versions without a gap",
    "SELECT count(*) FROM allocations_movement",
    """
    SELECT format('stock %s: version %s of %s movements up to %s; '
                  'quantity %s/%s, held %s/%s, sold %s/%s, drawn %s/%s',
                  s.id, s.version, coalesce(m.lines, 0), coalesce(m.last, 0), s.quantity,
                  m.quantity, s.held, m.held, s.sold, m.sold, s.drawn, m.drawn)
      FROM allocations_stock s
      LEFT JOIN (SELECT stock_id, count(*) AS lines, min(version) AS first, max(version) AS last,
                        sum(delta_quantity) AS quantity, sum(delta_held) AS held,
                        sum(delta_sold) AS sold, sum(delta_drawn) AS drawn
                   FROM allocations_movement GROUP BY stock_id) m ON m.stock_id = s.id
     WHERE (s.version, s.version, s.quantity, s.held, s.sold, s.drawn) IS DISTINCT FROM
           (coalesce(m.lines, 0), coalesce(m.last, 0), coalesce(m.quantity, 0),
            coalesce(m.held, 0), coalesce(m.sold, 0), coalesce(m.drawn, 0))
        OR m.first <> 1
     ORDER BY s.id
    """,
)
BALANCES = Check(
    "Each movement's balances follow from the one before",
    "SELECT count(*) FROM allocations_movement",
    """
    SELECT format('stock %s, version %s: balances do not follow', stock_id, version)
      FROM (SELECT stock_id, version,
                   (quantity, held, sold, drawn) IS DISTINCT FROM
                   (coalesce(lag(quantity) OVER past, 0) + delta_quantity,
                    coalesce(lag(held) OVER past, 0) + delta_held,
                    coalesce(lag(sold) OVER past, 0) + delta_sold,
                    coalesce(lag(drawn) OVER past, 0) + delta_drawn) AS broken
              FROM allocations_movement
            WINDOW past AS (PARTITION BY stock_id ORDER BY version)) chain
     WHERE broken
     ORDER BY stock_id, version
    """,
)
BOOKINGS = Check(
    "Held and sold are what bookings, leases and named holds say",
    "SELECT count(*) FROM sales_booking WHERE status IN ('ON_HOLD', 'CONFIRMED')",
    """
    WITH booked AS (
        SELECT b.channel_id, l.item_id, l.listing_id,
               sum(CASE WHEN b.status = 'ON_HOLD' THEN l.quantity ELSE 0 END) AS held,
               sum(CASE WHEN b.status = 'CONFIRMED' THEN l.quantity - l.refunded ELSE 0 END)
                   AS sold
          FROM sales_booking b JOIN sales_bookingline l ON l.booking_id = b.id
         WHERE b.status IN ('ON_HOLD', 'CONFIRMED')
         GROUP BY b.channel_id, l.item_id, l.listing_id
         UNION ALL
        SELECT b.channel_id, l.item_id, l.listing_id, sum(l.quantity - l.sold - l.handed_back), 0
          FROM sales_block b JOIN sales_blockline l ON l.block_id = b.id
         WHERE b.status = 'ACTIVE'
         GROUP BY b.channel_id, l.item_id, l.listing_id
    ), counted AS (
        SELECT s.id, k.held * c.units AS held, k.sold * c.units AS sold
          FROM booked k
          JOIN events_component c ON c.item_id = k.item_id
          JOIN allocations_stock s ON s.pool_id = c.pool_id AND s.channel_id = k.channel_id
         UNION ALL
        SELECT s.id, k.held, k.sold
          FROM booked k
          JOIN allocations_listing l ON l.id = k.listing_id AND l."limit" IS NOT NULL
          JOIN allocations_stock s ON s.listing_id = l.id
         UNION ALL
        SELECT s.id, k.held, k.sold
          FROM booked k
          JOIN events_item i ON i.id = k.item_id AND i."limit" IS NOT NULL
          JOIN allocations_stock s ON s.item_id = i.id
    ), expected AS (
        SELECT id, sum(held) AS held, sum(sold) AS sold FROM counted GROUP BY id
    )
    SELECT format('stock %s: held %s, bookings and blocks say %s; sold %s, bookings say %s',
                  s.id, s.held, coalesce(e.held, 0), s.sold, coalesce(e.sold, 0))
      FROM allocations_stock s LEFT JOIN expected e ON e.id = s.id
     WHERE s.kind <> 'OPEN' AND (s.held, s.sold) <> (coalesce(e.held, 0), coalesce(e.sold, 0))
     UNION ALL
    SELECT format('item %s sold by channel %s: %s units on no stock row', k.item_id, k.channel_id,
                  k.held + k.sold)
      FROM booked k
     WHERE k.held + k.sold > 0
       AND ((SELECT count(*) FROM events_component c WHERE c.item_id = k.item_id) = 0
            OR EXISTS (SELECT FROM events_component c WHERE c.item_id = k.item_id
                          AND NOT EXISTS (SELECT FROM allocations_stock s
                                           WHERE s.pool_id = c.pool_id
                                             AND s.channel_id = k.channel_id)))
    """,
)

KILLS = Check(
    "What is out of sale is what was taken out and not put back",
    "SELECT count(*) FROM allocations_kill",
    """
    SELECT format('stock %s: %s out of sale, %s taken out and not put back', s.id, s.quantity,
                  coalesce(k.units, 0))
      FROM allocations_stock s
      LEFT JOIN (SELECT pool_id, sum(units - put_back) AS units
                   FROM allocations_kill GROUP BY pool_id) k ON k.pool_id = s.pool_id
     WHERE s.kind = 'KILLED' AND s.quantity <> coalesce(k.units, 0)
     ORDER BY s.id
    """,
)

CHECKS = (COUNTERS, CAPACITY, LIMITS, MOVEMENTS, BALANCES, BOOKINGS, KILLS)

_further: list[Check] = []


def prove_too(*checks: Check) -> None:
    """Add checks of an app above: they run after the others, in ``reconcile`` and in the command."""
    _further.extend(check for check in checks if check not in _further)


def all_checks() -> tuple[Check, ...]:
    return (*CHECKS, *_further)


# Beyond so many, a list of differences helps nobody.
SHOWN = 100


def reconcile() -> Iterator[Result]:
    """Run every check in turn."""
    for check in all_checks():
        with connection.cursor() as cursor:
            cursor.execute(check.looked_at)
            rows = cursor.fetchone()[0]
            cursor.execute(check.query)
            differences = [record[0] for record in cursor.fetchmany(SHOWN)]
        yield Result(check, rows, differences)
