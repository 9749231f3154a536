"""Webhooks of partners, signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com).

The body is for programs: ``type``, ``timestamp`` and ``data``.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Transport
from alerts.transports.answers import as_json, ask
from alerts.transports.base import MessageTransport
from alerts.transports.errors import RefusedForGoodError
from alerts.transports.message import Content, Message
from common import outbound
from common.clock import utc

PREFIX = "whsec_"
MIN_KEY, MAX_KEY = 24, 64  # bytes, by the specification
NEW_KEY = 32


@dataclass(frozen=True, slots=True)
class Hook:
    """``id`` is what the body is signed with beside the moment."""

    id: UUID
    data: dict[str, Any]


class Webhook(MessageTransport[Hook]):
    transport = Transport.WEBHOOK
    address_help = gettext_lazy("https://…")
    is_for_partners = True
    gathers = False
    hides_address = True

    def check_address(self, address: str) -> None:
        outbound.check_url(address)

    def new_secret(self) -> str:
        """Random bytes in base64, as Standard Webhooks writes them."""
        return PREFIX + base64.b64encode(secrets.token_bytes(NEW_KEY)).decode()

    def render(self, message: Message) -> Hook:
        return Hook(message.id, data_of(message.content))

    def send(self, address: str, secret: str, rendered: Hook) -> str:
        body = as_json(rendered.data)
        moment = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Finlo-Inventory",
            "webhook-id": str(rendered.id),
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(secret, str(rendered.id), moment, body),
        }
        return ask(address, body, headers)


def data_of(content: Content) -> dict[str, Any]:
    """``data`` is what the one section says; of a digest all of them, under ``alerts``."""
    sections = [section.data for section in content.sections]
    if content.kind == "alert.digest":
        data: dict[str, Any] = {"alerts": sections, "more": content.more}
    else:
        [data] = sections
    return {"type": content.kind, "timestamp": utc(content.at), "data": data}


def sign(secret: str, identity: str, moment: int, body: bytes) -> str:
    """Raises ``RefusedForGoodError`` if the secret is none: nothing leaves unsigned."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not MIN_KEY <= len(key) <= MAX_KEY:
        raise RefusedForGoodError(_("The secret of this webhook cannot be used: make a new one."))
    signed = hmac.digest(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"
