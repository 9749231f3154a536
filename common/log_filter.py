"""What must not stand in a log."""

import logging
import re


class WithoutTokens(logging.Filter):
    """Cuts off the addresses below a path whose rest is a secret: a log has more readers than a message."""

    def __init__(self, below: str) -> None:
        super().__init__()
        self._below = below
        self._secret = re.compile(rf"{re.escape(below)}[^/\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self._below in text:
            record.msg, record.args = self._secret.sub(f"{self._below}…", text), None
        return True
