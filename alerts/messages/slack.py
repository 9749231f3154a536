"""Slack's blocks. What people have named stands in plain text, where Slack reads no markup."""

from typing import Any

from django.utils.translation import gettext as _

from alerts.messages.email import more
from alerts.messages.lines import line
from alerts.messages.message import Part, Telling
from alerts.transports.slack import escape

Block = dict[str, Any]

# Slack's own limits.
MAX_HEADER = 150
MAX_FIELDS = 10


def blocks(telling: Telling) -> list[Block]:
    found: list[Block] = [{"type": "header", "text": _plain(telling.subject, MAX_HEADER)}]
    if telling.lead:
        found.append({"type": "section", "text": _plain(telling.lead)})
    is_alone = len(telling.parts) == 1
    for part in telling.parts:
        found += _alone(part) if is_alone else _one_of(part)
    if rest := more(telling):
        found.append({"type": "section", "text": _plain(rest)})
    found.append({"type": "context", "elements": [_plain(telling.foot)]})
    return found


def _alone(part: Part) -> list[Block]:
    found: list[Block] = []
    if part.reason:
        found.append({"type": "section", "text": _plain(part.reason, 1000)})
    if part.numbers:
        fields = [_field(label, value) for label, value in part.numbers[:MAX_FIELDS]]
        found.append({"type": "section", "fields": fields})
    if part.chart is not None and part.chart.caption:
        told = f"{part.chart.title}: {part.chart.caption}"
        found.append({"type": "context", "elements": [_plain(told)]})
    if part.advice:
        found.append({"type": "section", "text": _plain(f"{_('What to do')}: {part.advice}", 1000)})
    if part.place:
        found.append({"type": "context", "elements": [_plain(part.place)]})
    if part.link:
        found.append({"type": "actions", "elements": [_button(part.link)]})
    return found


def _one_of(part: Part) -> list[Block]:
    told = f"{part.title}\n{part.place}"
    section: Block = {"type": "section", "text": {**_plain(""), "text": told}}
    if part.link:
        section["accessory"] = _button(part.link)
    return [section]


def _button(link: str) -> Block:
    return {"type": "button", "text": _plain(_("Open alert")), "url": link}


def _field(label: str, value: str) -> Block:
    return {"type": "mrkdwn", "text": f"*{escape(label)}*\n{escape(value)}"}


def _plain(text: str, maximum: int = 300) -> Block:
    return {"type": "plain_text", "text": line(text, maximum), "emoji": False}
