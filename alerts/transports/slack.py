"""Slack, by an incoming webhook. Its address is a secret: whoever has it can write there.

What people have named stands in plain text, where Slack reads no markup.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Transport
from alerts.transports.answers import as_json, ask
from alerts.transports.base import MessageTransport
from alerts.transports.errors import RefusedForGoodError
from alerts.transports.lines import line
from alerts.transports.message import Content, Message, Section
from alerts.transports.text import more, plain_text
from common import outbound
from common.isolate import isolate, isolate_values

Block = dict[str, Any]

HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
PATH = "/services/"
# Slack takes more, but not each of its windows shows more.
LONGEST_TEXT = 3000
# Slack's own limits.
MAX_HEADER = 150
MAX_FIELDS = 10

logger = logging.getLogger(__name__)


class Slack(MessageTransport[Block]):
    """Rendered as the body of the request."""

    transport = Transport.SLACK
    address_help = gettext_lazy("that of an incoming webhook; it is a secret, and not shown again")
    hides_address = True

    def check_address(self, address: str) -> None:
        if not _belongs_to_slack(address):
            raise ValidationError(
                _(
                    "The address of an incoming webhook begins with https://hooks.slack.com/services/."
                ),
                code="address",
            )
        outbound.check_url(address)

    def render(self, message: Message) -> Block:
        content = message.content
        subject, blocks = isolate(content.subject), isolate_values(blocks_of(content))
        # The text is what notifications and screen readers have, and all there is without the blocks.
        if _well_formed(blocks):
            return {"text": escape(subject), "blocks": blocks}
        return {"text": escape(f"{subject}\n{plain_text(content)}")[:LONGEST_TEXT]}

    def send(self, address: str, secret: str, rendered: Block) -> str:
        del secret
        if not _belongs_to_slack(address):
            raise RefusedForGoodError(_("This is not the address of an incoming webhook of Slack."))
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return ask(address, as_json(rendered), headers)


def blocks_of(content: Content) -> list[Block]:
    blocks: list[Block] = [{"type": "header", "text": _plain(content.subject, MAX_HEADER)}]
    if content.lead:
        blocks.append({"type": "section", "text": _plain(content.lead)})
    is_alone = len(content.sections) == 1
    for section in content.sections:
        blocks += _alone(section) if is_alone else _one_of(section)
    if rest := more(content):
        blocks.append({"type": "section", "text": _plain(rest)})
    blocks.append({"type": "context", "elements": [_plain(content.foot)]})
    return blocks


def _alone(section: Section) -> list[Block]:
    blocks: list[Block] = []
    if section.reason:
        blocks.append({"type": "section", "text": _plain(section.reason, 1000)})
    if section.numbers:
        fields = [_field(label, value) for label, value in section.numbers[:MAX_FIELDS]]
        blocks.append({"type": "section", "fields": fields})
    if section.chart is not None and section.chart.caption:
        text = f"{section.chart.title}: {section.chart.caption}"
        blocks.append({"type": "context", "elements": [_plain(text)]})
    if section.advice:
        blocks.append(
            {"type": "section", "text": _plain(f"{_('What to do')}: {section.advice}", 1000)}
        )
    if section.place:
        blocks.append({"type": "context", "elements": [_plain(section.place)]})
    if section.link:
        blocks.append({"type": "actions", "elements": [_button(section.link)]})
    return blocks


def _one_of(section: Section) -> list[Block]:
    text = f"{section.title}\n{section.place}"
    block: Block = {"type": "section", "text": {**_plain(""), "text": text}}
    if section.link:
        block["accessory"] = _button(section.link)
    return [block]


def _button(link: str) -> Block:
    return {"type": "button", "text": _plain(_("Open alert")), "url": link}


def _field(label: str, value: str) -> Block:
    return {"type": "mrkdwn", "text": f"*{escape(label)}*\n{escape(value)}"}


def _plain(text: str, maximum: int = 300) -> Block:
    return {"type": "plain_text", "text": line(text, maximum), "emoji": False}


def escape(text: str) -> str:
    """For text with markup: nobody is called, and no link made, by a name."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _belongs_to_slack(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if outbound.is_allowed(address):
        return True
    return parts.scheme == "https" and parts.netloc in HOSTS and parts.path.startswith(PATH)


def _well_formed(blocks: list[dict[str, Any]]) -> bool:
    """Slack refuses a message for one bad block; better that it arrives without its looks."""
    # A tenth of a second: only who sends has to wait for it.
    from slack_sdk.errors import SlackObjectFormationError
    from slack_sdk.models.blocks import Block

    try:
        parsed = [Block.parse(block) for block in blocks]
        for block in parsed:
            if block is None:
                return False
            block.to_dict()
    except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError):
        logger.exception("Blocks that Slack would refuse")
        return False
    return bool(parsed)
