"""What dynamic plans would move at this moment, and what would then have to be approved: read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from events.models import Event
from transfers.dynamic.reading import dynamic_pools
from transfers.dynamic.rebalancing import due
from transfers.dynamic.split import moves
from transfers.dynamic.words import sentence
from transfers.enums import Need
from transfers.rules.selectors import Route, needs_of


@dataclass(frozen=True, slots=True)
class ForeseenMove:
    """A move that the next look at dynamic plans would ask for; with ``needs`` it would wait for an approval."""

    route: Route
    why: str
    needs: tuple[Need, ...]


def foreseen_moves(event: Event, names: Mapping[int, str], now: datetime) -> list[ForeseenMove]:
    """As ``rebalance`` would ask for them. ``names``: of the venue's channels. Up to six statements."""
    if event.sales_close <= now or not due(now).filter(pk=event.pk).exists():
        return []
    pool_moves = [
        (pool, move)
        for pool in dynamic_pools({event.pk: event}, now)
        for move in moves(pool.rows, now, pool.moved_at)
    ]
    routes = [
        Route(pool.stock[move.giver.channel_id], pool.stock[move.receiver.channel_id], move.units)
        for pool, move in pool_moves
    ]
    return [
        ForeseenMove(route, sentence(move, names, event.venue.zone), needs)
        for route, (_pool, move), needs in zip(
            routes, pool_moves, needs_of(event, routes), strict=True
        )
    ]
