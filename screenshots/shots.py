"""Which pictures there are: one line each. See docs/screenshots for what comes of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from screenshots import going_live, tills
from screenshots.configuring import more_for_one
from screenshots.planning import compare
from screenshots.selling import hold, order, pay_in_cash, sell_offline

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

DESKTOP, PHONE = 1280, 390
MANAGER, ADMIN = "manager@finlo.example", "admin@finlo.example"
CLERK = "boxoffice@finlo.example"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WALL_IS_LIVE = 'html[data-idle="yes"]:has([data-connection="live"])'
SIGN_IS_LIVE = 'html[data-idle="yes"] .sign[data-connection="live"]'
BOARD_IS_LIVE = '#board[data-connection="live"]'


@dataclass(frozen=True, slots=True)
class Shot:
    """``path`` may name a row of the demo: ``{event:Monsoon Ragas}`` is that event's number.

    ``height`` is the window's, 0 for as high as the page. ``clicks`` are made in turn once ``wait``
    is there, or what ``act`` does; ``then`` is waited for after them.
    """

    name: str
    path: str
    login: str = MANAGER
    width: int = DESKTOP
    height: int = 900
    scheme: Scheme = "light"
    wait: str = "#content, main"
    clicks: tuple[str, ...] = ()
    then: str = ""
    act: "Callable[[Page], None] | None" = None


SHOTS = (
    Shot("board", "/board/{event:Monsoon Ragas}/", height=1000, wait=BOARD_IS_LIVE),
    Shot("board-phone-dark", "/board/{event:Monsoon Ragas}/", width=PHONE, height=844,
         scheme="dark", wait=BOARD_IS_LIVE),
    Shot("wall", "/board/wall/?event={event:Stand-up Saturday}", width=1920, height=1080,
         wait=WALL_IS_LIVE),
    Shot("wall-of-four-dark", "/board/wall/?event={event:Monsoon Ragas}&event={event:Stand-up Saturday}"
         "&event={event:Jazz by the Lake}&event={event:Spice Market Food Fair}",
         login=ADMIN, width=1600, height=900, scheme="dark", wait=WALL_IS_LIVE),
    Shot("wall-phone", "/board/wall/?event={event:Stand-up Saturday}", width=PHONE, height=844,
         wait=WALL_IS_LIVE),
    Shot("sign", "/board/{event:Jazz by the Lake}/sign/?item={item:Jazz by the Lake / Seat}",
         login=ADMIN, wait=SIGN_IS_LIVE, height=720),
    Shot("sign-doors", "/board/{event:Jaipur Craft Fair}/sign/?show=doors", login=ADMIN, height=720,
         wait=SIGN_IS_LIVE),
    Shot("reports", "/admin/reports/sales/", height=1100, wait=".report-table"),
    Shot("report-phone-dark", "/admin/reports/pace/", width=PHONE, height=844, scheme="dark",
         wait=".report-table"),
    Shot("sell", "/sell/", login=CLERK, height=720, wait=".card", act=order),
    Shot("sell-held", "/sell/", login=CLERK, height=860, wait=".card", act=hold),
    Shot("sell-sold", "/sell/", login=CLERK, height=720, wait=".card", act=pay_in_cash),
    Shot("sell-phone-dark", "/sell/", login=CLERK, width=PHONE, height=844, scheme="dark", wait=".card",
         act=order),
    # The last one of its profile, which has no network from then on.
    Shot("sell-offline", "/sell/", login=CLERK, height=720, scheme="dark", wait=".card", act=sell_offline),
    Shot("tills", "/tills/", login=CLERK, height=800, act=tills.evening),
    Shot("till-count", "/tills/", login=CLERK, height=980, act=tills.count),
    Shot("till", "/tills/", login=CLERK, height=0, act=tills.close),
    Shot("till-phone-dark", "/tills/", login=CLERK, width=PHONE, height=844, scheme="dark",
         clicks=(".list tbody a",), then=".report"),
    Shot("receipt", "/tills/", login=CLERK, height=860, act=tills.receipt),
    Shot("boards", "/board/", height=800),
    Shot("dashboard", "/admin/", login=ADMIN, height=1000),
    Shot("channel-map", "/admin/allocations/saleschannel/map/", height=1000),
    Shot("channel-map-phone-dark", "/admin/allocations/saleschannel/map/", width=PHONE, height=844,
         scheme="dark"),
    Shot("events", "/admin/events/event/?when=coming"),
    Shot("event", "/admin/events/event/{event:Monsoon Ragas}/change/"),
    Shot("event-dark", "/admin/events/event/{event:Monsoon Ragas}/change/", scheme="dark"),
    Shot("event-stock", "/admin/events/event/{event:Monsoon Ragas}/change/#dataset-stock"),
    Shot("event-plan", "/admin/events/event/{event:Monsoon Ragas}/change/#dataset-plan",
         height=1000),
    Shot("configuration", "/admin/events/event/{event:Monsoon Ragas}/configuration/", height=1000,
         wait="#cf-preview h3", act=more_for_one),
    Shot("configuration-phone-dark", "/admin/events/event/{event:Monsoon Ragas}/configuration/", width=PHONE,
         height=844, scheme="dark", wait="#cf-preview h3", act=more_for_one),
    Shot("go-live", "/admin/events/event/{event:Monsoon Ragas}/change/#dataset-go-live", height=0,
         wait=".golive-button", act=going_live.run),
    Shot("event-calendar", "/admin/events/event/{event:Monsoon Ragas}/change/#dataset-calendar"),
    Shot("approvals", "/admin/transfers/transfer/?decision=waiting"),
    Shot("event-transfers",
         "/admin/events/event/{event:Stand-up Saturday}/change/#dataset-transfers"),
    Shot("alerts", "/admin/alerts/alert/"),
    Shot("alerts-phone-dark", "/admin/alerts/alert/", width=PHONE, height=844, scheme="dark"),
    Shot("event-timeline", "/admin/events/event/{event:Monsoon Ragas}/timeline/"),
    Shot("dialog", "/admin/events/event/{event:Monsoon Ragas}/change/",
         clicks=("li > button:has-text('Selling')", "a:visible:has-text('Stop selling')"),
         then=".finlo-changes td"),
    Shot("guest-list", "/guests/{event:Stand-up Saturday}/", clicks=("[data-hand-out]",), then=".note"),
    Shot("guest-list-phone-dark", "/guests/{event:Stand-up Saturday}/", width=PHONE, height=844,
         scheme="dark"),
    Shot("holds", "/admin/sales/namedhold/", height=620),
    Shot("event-set-aside", "/admin/events/event/{event:Stand-up Saturday}/change/#dataset-holds",
         height=620),
    Shot("bookings", "/admin/sales/booking/"),
    Shot("channels", "/admin/allocations/saleschannel/"),
    Shot("what-if", "/admin/planning/whatifrun/new/?event={event:Monsoon Ragas}", height=1260, act=compare),
)  # fmt: skip
