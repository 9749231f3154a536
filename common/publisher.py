"""Sends messages to Channels groups from a thread of its own, so that no sale waits for Redis."""


def publish(group: str, message: dict[str, object]) -> None:
    """Hand over a message; it is sent soon, or dropped when Redis is away."""
