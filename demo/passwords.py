"""With which password the people of the demo sign in."""

import secrets
from functools import cache

from django.conf import settings

from demo.season import PASSWORD


@cache
def demo_password() -> str:
    """The one that is easy to type, unless others than this machine can reach the site."""
    return PASSWORD if settings.ONLY_THIS_MACHINE else secrets.token_urlsafe(9)
