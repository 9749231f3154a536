"""Why an API key cannot be changed."""

from common.errors import RefusedError


class KeyEndedError(RefusedError):
    """The key was revoked or has expired: issue a new one."""

    code = "KEY_ENDED"
    title = "The key has ended"
