"""What messages say in each form, and that no name does harm in any."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from slack_sdk.models.blocks import Block

from accounts.roles import Role
from alerts.enums import Kind, Purpose, Severity, Transport
from alerts.evaluation import stock
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Alert, AlertTeam, Delivery, Endpoint, PaceSlot
from alerts.transports import sms
from common.actor import SYSTEM
from tests.alerts.rendering import AllForms, rendered
from tests.alerts.staging import make_endpoint, make_rule, team_of
from tests.factories import Stage, make_stage
from transfers import services as transfers
from transfers.models import TransferNotice
from transfers.services import Wish

pytestmark = pytest.mark.django_db

EVIL = 'Gala Bcc: all@x.test <script>alert("&")</script> <!channel> *b* txt `c` ' + "x" * 110
# No name may hold these; what people write to one another may.
EVIL_TEXT = "Open\r\nBcc: all@x.test \u202etxt"
HEBREW = "חגיגה גדולה"
A_DAY = timedelta(days=1)


def now_at(stage: Stage, hour: int, minute: int = 20) -> datetime:
    """Today, on the venue's own clock."""
    local = timezone.now().astimezone(stage.event.venue.zone)
    return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


def alert_of(stage: Stage, kind: Kind = Kind.LOW_STOCK) -> Alert:
    stock.evaluate_due(timezone.now())
    return Alert.objects.get(event=stage.event, kind=kind)


def message(
    *alerts: Alert,
    to: Endpoint,
    purpose: Purpose = Purpose.OPENED,
    now: datetime | None = None,
    **fields: Any,
) -> AllForms:
    now = now or timezone.now()
    made = [
        Delivery.objects.create(endpoint=to, purpose=purpose, alert=alert, due_at=now, **fields)
        for alert in alerts or (None,)
    ]
    found = Delivery.objects.select_related(*RELATED).filter(pk__in=[one.pk for one in made])
    return rendered(compose(list(found.order_by("pk")), now))


def forms(found: AllForms) -> str:
    """All that the message says, in one text."""
    blocks, data = (json.dumps(what, ensure_ascii=False) for what in (found.blocks, found.data))
    return f"{found.subject}\n{found.text}\n{found.html}\n{blocks}\n{found.short}\n{data}"


def box_office(stage: Stage) -> AlertTeam:
    return team_of(stage, Role.BOX_OFFICE)


def low_stock(**event: Any) -> Stage:
    """49 of 100 left, the limit is 50."""
    stage = make_stage(**{"name": "Jazz night", **event})
    make_rule(stage, severity=Severity.CRITICAL, advice="Open the balcony")
    stage.sell([("Ticket", 51)])
    return stage


# --- An alert -------------------------------------------------------------------------------


def test_low_stock_in_every_form() -> None:
    stage = low_stock(starts_at=datetime(2099, 11, 6, 13, 30, tzinfo=UTC))
    alert, endpoint = alert_of(stage), make_endpoint(box_office(stage))
    PaceSlot.objects.all().delete()
    row = stage.row()
    now = now_at(stage, 14)
    for ago, sold in ((timedelta(0), 6), (timedelta(hours=2), 12), (A_DAY, 99)):
        quarter = now - timedelta(minutes=20) - ago
        PaceSlot.objects.create(stock=row, slot=quarter, sold=sold)
    found = message(alert, to=endpoint, now=now)

    assert found.subject == "[High] web: 49 units left of GA – Jazz night"
    why = "49 of 100 can still be sold (49 %); the limit is 50 units."
    place = f"Jazz night, Fri 6 Nov 2099, 19:00 IST · {stage.event.venue.name}"
    link = found.data["data"]["url"]
    assert link.startswith("http")
    for form in (found.text, found.html, json.dumps(found.blocks, ensure_ascii=False)):
        for said in (why, place, "Open the balcony", link, "the team “Box office”"):
            assert said in form
        assert "18 units in all, the most from 12:00: 12." in form
    # The columns of the hours, the tallest 60 pixels; yesterday's same hour is none of them.
    heights = [part.split('"')[0] for part in found.html.split('<td height="')[1:]]
    assert heights == ["60", "30"]
    assert all(f"{hour:02}:00</td>" in found.html for hour in (15, 21, 3, 9))
    assert found.short == (
        f"High: web: 49 units left of GA - Jazz night, Fri 6 Nov 2099, 19:00 IST - "
        f"{stage.event.venue.name} {link}"
    )
    assert found.data["type"] == "alert.opened"
    told = found.data["data"]
    assert (told["seen"], told["threshold"], told["severity"]) == (49, 50, "CRITICAL")
    assert told["utc_starts_at"] == "2099-11-06T13:30:00Z"
    assert found.id == Delivery.objects.get().uuid


def test_an_escalation_says_for_how_long_nobody_has_acknowledged() -> None:
    stage = low_stock()
    alert, endpoint = alert_of(stage), make_endpoint(box_office(stage))
    later = timezone.now() + timedelta(hours=3, minutes=1)
    found = message(alert, to=endpoint, purpose=Purpose.ESCALATED, now=later)
    assert found.subject == "[High] Not acknowledged: web: 49 units left of GA – Jazz night"
    for form in (found.text, found.html, str(found.blocks)):
        assert "Nobody has acknowledged it for 3 hours." in form
    assert found.short.startswith("High: Not acknowledged: web: 49 units")
    assert found.data["type"] == "alert.escalated"


def test_charts_of_a_gap_and_of_what_is_committed_are_bars() -> None:
    stage = make_stage(
        channels=("web", "hotel"), give={("GA", "web"): 50, ("GA", "hotel"): 50}, name="Jazz"
    )
    make_rule(stage, Kind.SELL_THROUGH_GAP)
    make_rule(stage, Kind.OVERSELL_RISK, threshold=40)
    stage.sell([("Ticket", 40)])
    stage.sell([("Ticket", 10)], channel="hotel")
    endpoint = make_endpoint(team_of(stage, Role.PARTNER_MANAGER))
    gap = message(alert_of(stage, Kind.SELL_THROUGH_GAP), to=endpoint)
    assert "web: 80 %" in gap.text
    assert "hotel: 20 %" in gap.text
    assert [part.split('"')[0] for part in gap.html.split('<td width="')[1:]] == [
        "80%",
        "20%",
        "20%",
        "80%",
    ]
    assert gap.data["data"]["details"]["low"]["channel"] == "hotel"
    risk = message(alert_of(stage, Kind.OVERSELL_RISK), to=endpoint)
    assert "Sold or held: 50 of 100" in risk.text
    assert '<td width="50%"' in risk.html


def test_a_digest_tells_all_in_one() -> None:
    stages = [low_stock(name=f"Evening {number}") for number in range(3)]
    endpoint = make_endpoint(box_office(stages[0]))
    found = message(*map(alert_of, stages), to=endpoint, is_digest=True)
    assert "3 alerts" in found.subject
    links = {told["url"] for told in found.data["data"]["alerts"]}
    assert len(links) == 3
    for number in range(3):
        assert all(f"Evening {number}" in form for form in (found.text, found.html))
    assert found.data["type"] == "alert.digest"
    assert links & set(found.short.split()) == set()


def test_of_very_many_a_digest_tells_the_first_and_counts_the_others() -> None:
    stage = low_stock()
    alert = alert_of(stage)
    endpoints = [make_endpoint(box_office(stage), f"{number}@x.test") for number in range(23)]
    deliveries = [
        Delivery.objects.create(
            endpoint=one, purpose=Purpose.OPENED, alert=alert, due_at=timezone.now(), is_digest=True
        )
        for one in endpoints
    ]
    found = rendered(compose(deliveries, timezone.now()))
    assert "23 alerts" in found.subject
    assert "And 3 more." in found.text
    assert len(found.blocks) <= 50


def test_a_test_names_the_address() -> None:
    stage = make_stage()
    endpoint = make_endpoint(box_office(stage), name="Desk <b>")
    found = message(to=endpoint, purpose=Purpose.TEST)
    assert found.data["type"] == "test"
    assert "Messages to “Desk <b>” arrive." in found.text
    assert "<b>" not in found.html
    assert found.short.startswith("Test message from Finlo Inventory http")


# --- A partner ------------------------------------------------------------------------------


def partner_of(stage: Stage, channel: str) -> Endpoint:
    return Endpoint.objects.create(
        channel=stage.channels[channel],
        transport=Transport.WEBHOOK,
        address="https://partner.example/hook",
    )


def test_a_partner_is_told_of_its_own_numbers_and_no_other_channel() -> None:
    stage = make_stage(
        channels=("secretrival", "hotel"),
        give={("GA", "secretrival"): 50, ("GA", "hotel"): 50},
    )
    make_rule(stage, advice="Take some from secretrival", tells_partner=True)
    stage.sell([("Ticket", 5)], channel="hotel")
    stage.sell([("Ticket", 30)], channel="secretrival")
    stock.evaluate_due(timezone.now())
    alert = Alert.objects.get(channel=stage.channels["hotel"], kind=Kind.LOW_STOCK)
    found = message(alert, to=partner_of(stage, "hotel"))
    assert "secretrival" not in forms(found)
    assert "5 units in all" in found.text
    assert "as the partner of hotel" in found.text
    assert found.data["data"]["details"] == {}


def test_news_of_a_transfer_names_no_other_channel() -> None:
    stage = make_stage(
        channels=("secretrival", "hotel"),
        give={("GA", "secretrival"): 50, ("GA", "hotel"): 50},
        name="Jazz",
    )
    wish = Wish(stage.row(channel="secretrival").pk, stage.row(channel="hotel").pk, 20, "A party")
    transfer = transfers.request(wish, by=SYSTEM, now=timezone.now())
    assert transfer.status == "EXECUTED"
    notice = TransferNotice.objects.get(step__transfer=transfer, audience="TARGET")
    delivery = Delivery.objects.create(
        endpoint=partner_of(stage, "hotel"),
        purpose=Purpose.NOTICE,
        notice=notice,
        due_at=timezone.now(),
    )
    found = rendered(
        compose([Delivery.objects.select_related(*RELATED).get(pk=delivery.pk)], timezone.now())
    )
    assert found.subject == (
        "20 units of GA have come to you from another sales channel (Direct digital) – Jazz"
    )
    assert "Your part now: 70 units" in found.text
    assert "secretrival" not in forms(found)
    assert found.data["type"] == "transfer.executed"
    assert (found.data["data"]["direction"], found.data["data"]["moved"]) == ("MORE", 20)


# --- Names that mean harm -------------------------------------------------------------------


def test_no_name_does_harm_in_any_form() -> None:
    stage, rest = low_stock(name=EVIL), EVIL[:100]
    channel, team = stage.channels["web"], box_office(stage)
    for named in (channel, team, stage.pools["GA"]):
        named.name = rest
        named.save()
    alert = alert_of(stage)
    assert alert.rule is not None
    alert.rule.advice = EVIL_TEXT
    alert.rule.save()
    found = message(alert, to=make_endpoint(team))
    assert "Bcc: all@x.test txt" in found.text
    assert len(found.subject) <= 200
    for letter in "\r\n\u202e":
        assert letter not in found.subject
        assert letter not in found.short
    assert "\u202e" not in found.text + found.html
    assert "\r" not in found.text
    assert not any(said.startswith("Bcc") for said in found.text.splitlines())
    assert "<script" not in found.html
    assert "&lt;script&gt;" in found.html
    # Slack reads markup in `mrkdwn` alone, which has none of the names.
    for block in found.blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()
        for field in block.get("fields", ()):
            assert "<" not in field["text"]
    told = json.dumps(found.blocks)
    assert '"mrkdwn", "text": "*Seen*' in told
    assert len(found.short) <= 306
    assert json.loads(json.dumps(found.data))["data"]["event_name"] == EVIL


def test_a_name_from_right_to_left_turns_no_number_beside_it_in_any_form() -> None:
    stage = low_stock(name=HEBREW, starts_at=datetime(2090, 1, 6, 14, 0, tzinfo=UTC))
    for named in (stage.pools["GA"], stage.channels["web"]):
        named.name = f"{HEBREW} 5"
        named.save()
    found = message(alert_of(stage), to=make_endpoint(box_office(stage)))
    apart = f"\u2068{HEBREW}\u2069"
    assert f"{apart} 5: 49 units left of {apart} 5" in found.subject
    assert f"{apart}, Fri 6 Jan 2090, 19:30 IST" in found.text
    assert f"<bdi>{HEBREW}</bdi>, Fri 6 Jan 2090, 19:30 IST" in found.html
    assert found.short.startswith(f"High: {apart} 5: 49 units left")
    for text in (
        found.subject,
        found.text,
        found.short,
        json.dumps(found.blocks, ensure_ascii=False),
    ):
        assert text.count(HEBREW) == text.count(apart) > 0
    assert HEBREW in found.data["data"]["event_name"]
    assert "\u2068" not in json.dumps(found.data, ensure_ascii=False)


def test_an_sms_of_other_letters_is_shorter_and_keeps_its_beginning() -> None:
    stage = low_stock(name="സംഗീത രാത്രി " * 10)
    found = message(alert_of(stage), to=make_endpoint(box_office(stage)))
    assert found.short.startswith("High: web: 49 units left of GA - സംഗീത")
    # Three parts at most, of which the link has its room.
    link = found.data["data"]["url"]
    assert found.short.endswith(f"... {link}")
    assert len(found.short) <= 201
    assert sms.parts_of(found.short) == 3


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ക" * 70, 1),
        ("ക" * 71, 2),
        ("ക" * 135, 3),
        ("😀" * 36, 2),
    ],
)
def test_the_parts_of_an_sms_are_counted_by_its_alphabet(text: str, parts: int) -> None:
    assert sms.parts_of(text) == parts


@pytest.mark.parametrize("name", ["Jazz " * 40, "ജാസ് " * 40, "{Jazz} [€] " * 18, "🎷 " * 90])
def test_an_sms_ends_with_its_link_in_every_script(name: str) -> None:
    found = message(alert_of(low_stock(name=name)), to=make_endpoint(box_office(low_stock())))
    assert found.short.endswith(" " + found.data["data"]["url"])
    assert sms.parts_of(found.short) <= (2 if name.isascii() or "€" in name else 3)
