"""Slack, by an incoming webhook. Its address is a secret: whoever has it can write there."""

import logging
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from alerts.transports.answers import as_json, ask
from alerts.transports.errors import RefusedForGoodError
from alerts.transports.message import Message
from common import outbound

HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
PATH = "/services/"
# Slack takes more, but not each of its windows shows more.
LONGEST_TEXT = 3000

logger = logging.getLogger(__name__)


def send(address: str, message: Message) -> str:
    _require(address)
    # The text is what notifications and screen readers have, and all there is without the blocks.
    content: dict[str, Any] = {"text": escape(message.subject)}
    if _well_formed(message.blocks):
        content["blocks"] = message.blocks
    else:
        content["text"] = escape(f"{message.subject}\n{message.text}")[:LONGEST_TEXT]
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return ask(address, as_json(content), headers)


def check_address(address: str) -> None:
    if not _belongs_to_slack(address):
        raise ValidationError(
            _("The address of an incoming webhook begins with https://hooks.slack.com/services/."),
            code="address",
        )
    outbound.check_url(address)


def escape(text: str) -> str:
    """For text with markup: nobody is called, and no link made, by a name."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _require(address: str) -> None:
    if not _belongs_to_slack(address):
        raise RefusedForGoodError(_("This is not the address of an incoming webhook of Slack."))


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
