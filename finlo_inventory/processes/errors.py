"""Why the system could not be started, in words for the person who typed the command."""


class CannotStart(Exception):
    """Starting was refused or failed. The message says what to do about it."""


class StoppedEarly(Exception):
    """A stop was asked for while the system was still starting."""
