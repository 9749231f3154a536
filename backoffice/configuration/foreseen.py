"""What saving would do now, in words: who gains and loses, what has to be approved, who is alerted, what moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _t

from alerts import rule_words
from alerts.enums import Severity
from alerts.models import Alert, AlertRule
from alerts.words import reason, title
from allocations.models import Stock
from backoffice.kit.rows import name_of
from common.text import signed
from events.enums import ENDED, EventStatus
from events.models import Event
from planning.configuration.preview import PoolPreview, Preview
from planning.configuration.state import Configuration
from transfers import words
from transfers.models import TransferPolicy
from transfers.rules.selectors import Foreseen as Transfer

# A pool of hundreds of rows: the rest is said in a number.
MOST = 12


@dataclass(frozen=True, slots=True)
class Gain:
    name: str
    now: int
    then: int

    @property
    def units(self) -> int:
        return self.then - self.now

    @property
    def change(self) -> str:
        return signed(self.units)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """For the template."""

    pools: Sequence[dict[str, Any]]
    begins: Sequence[dict[str, Any]] | None
    goes_on: Sequence[str]
    ends: Sequence[str]
    transfers: Sequence[dict[str, Any]] | None
    why_idle: str


def foreseen(result: Preview, current: Configuration, policy: TransferPolicy) -> Foreseen:
    """``policy``: the one that would hold for transfers."""
    alerts = result.alerts
    rules = {rule.pk: rule for rule in current.alerts.values()}
    rules |= {change.after.pk: change.before for change in result.rules}
    return Foreseen(
        pools=[_pool(pool, current) for pool in result.pools.values() if pool.outcome is not None],
        begins=[_alert(alert, rules) for alert in alerts.begins] if alerts else None,
        goes_on=[title(alert) for alert in alerts.goes_on] if alerts else (),
        ends=[title(alert) for alert in alerts.ends] if alerts else (),
        transfers=_transfers(result, policy),
        why_idle=why_idle(current.event, current),
    )


def why_idle(event: Event, current: Configuration) -> str:
    """Why nobody is alerted and nothing moves by itself; empty where it does."""
    if event.status in ENDED or event.sales_close <= current.now:
        return _t("The event is over: nobody is alerted, and nothing moves by itself.")
    if event.status != EventStatus.ON_SALE:
        return _t("Nobody is alerted, and nothing moves by itself, before the event is on sale.")
    return ""


def _pool(result: PoolPreview, current: Configuration) -> dict[str, Any]:
    changes = result.outcome.changes if result.outcome else ()
    gains = [
        Gain(name_of(change.row), change.row.quantity, change.place.quantity)
        for change in changes
        if change.gain
    ]
    gains.sort(key=lambda gain: -abs(gain.units))
    rows = {row.pk: row for row in result.state.rows}
    return {
        "name": result.state.pool.name,
        "gains": gains[:MOST],
        "more": max(len(gains) - MOST, 0),
        "terms": sum(change.is_change and not change.gain for change in changes),
        "is_refused": bool(result.outcome and result.outcome.problems),
        "approvals": [
            {
                "what": _taken(rows[taking.stock_id], taking.units),
                "why": _t("Its channel is protected: only its own partner may offer units.")
                if taking.is_protected
                else " ".join(words.needs(taking.needs, current.policy, rows[taking.stock_id])),
                "is_protected": taking.is_protected,
                "icon": "block" if taking.is_protected else "approval",
            }
            for taking in result.takings
        ],
    }


def _taken(row: Stock, units: int) -> str:
    if units > 0:
        return _t("%(who)s would lose %(units)d") % {"who": name_of(row), "units": units}
    return _t("%s could sell less than now") % name_of(row)


def _alert(alert: Alert, rules: dict[int, AlertRule]) -> dict[str, Any]:
    rule = rules.get(alert.rule_id or 0)
    tells = rule_words.audience(rule) if rule else []
    return {
        "title": title(alert),
        "reason": reason(alert),
        "severity": Severity(alert.severity).label,
        "tells": get_text_list(tells, _t("and")) if tells else _t("nobody: it stands on the board"),
    }


def _icon(transfer: Transfer) -> str:
    if transfer.candidate.is_trial:
        return "science"
    return "approval" if transfer.needs else "swap_horiz"


def _transfers(result: Preview, policy: TransferPolicy) -> list[dict[str, Any]] | None:
    if result.transfers is None:
        return None
    rows = _rows(result)
    lines = []
    for transfer in result.transfers:
        match = transfer.candidate
        ends = [rows[match.source_id], rows[match.target_id]]
        because = _t("“%(rule)s”: %(high)s %% sold against %(low)s %%.") % {
            "rule": transfer.rule.name,
            "high": round(match.high),
            "low": round(match.low),
        }
        follows = _follows(words.needs(transfer.needs, policy, *ends), _t("At once."))
        if match.is_trial:
            follows = _t("On trial: nothing moves.")
        lines.append(_told(match.units, ends, because, follows, _icon(transfer)))
    for move in result.moves:
        ends = [rows[move.route.source_id], rows[move.route.target_id]]
        follows = _follows(words.needs(move.needs, policy, *ends), _t("Within five minutes."))
        because = _t("Dynamic plan. %s") % move.why
        icon = "approval" if move.needs else "swap_horiz"
        lines.append(_told(move.route.units, ends, because, follows, icon))
    return lines


def _rows(result: Preview) -> dict[int, Stock]:
    """Of all pools, with those that a plan adds."""
    rows = [row for pool in result.pools.values() for row in pool.state.rows]
    outcomes = [pool.outcome for pool in result.pools.values() if pool.outcome is not None]
    rows += [change.row for outcome in outcomes for change in outcome.changes]
    return {row.pk: row for row in rows}


def _told(
    units: int, ends: Sequence[Stock], because: str, follows: str, icon: str
) -> dict[str, Any]:
    source, target = (name_of(row) for row in ends)
    return {
        "units": units,
        "source": source,
        "target": target,
        "because": because,
        "follows": follows,
        "icon": icon,
    }


def _follows(needs: Sequence[str], otherwise: str) -> str:
    if not needs:
        return otherwise
    return _t("Waits for an approval. %(why)s") % {"why": " ".join(needs)}
