"""A receiver of HTTP that is the provider of SMS as well."""

from typing import Any

import pytest

from tests.receivers import WebReceiver


@pytest.fixture
def web(web: WebReceiver, settings: Any) -> WebReceiver:
    settings.SMS_API = web.url
    settings.SMS_ACCOUNT, settings.SMS_TOKEN = "AC1", "token"
    settings.SMS_FROM = "+15005550006"
    return web
