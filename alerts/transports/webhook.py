"""Webhooks of partners, signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time

from django.utils.translation import gettext as _

from alerts.transports.answers import as_json, ask
from alerts.transports.errors import RefusedForGoodError
from alerts.transports.message import Message
from common import outbound

PREFIX = "whsec_"
MIN_KEY, MAX_KEY = 24, 64  # bytes, by the specification
NEW_KEY = 32


def send(address: str, secret: str, message: Message) -> str:
    body = as_json(message.data)
    moment = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Finlo-Inventory",
        "webhook-id": str(message.id),
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, str(message.id), moment, body),
    }
    return ask(address, body, headers)


def check_address(address: str) -> None:
    outbound.check_url(address)


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes them: random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(NEW_KEY)).decode()


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
