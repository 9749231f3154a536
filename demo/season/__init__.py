"""What the demo consists of, as plain data: venues, people, channels, plans, events."""

from demo.season.channels import CHANNELS
from demo.season.events import EVENTS
from demo.season.places import PASSWORD, PEOPLE, VENUES

__all__ = ["CHANNELS", "EVENTS", "PASSWORD", "PEOPLE", "VENUES"]
