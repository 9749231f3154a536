"""What the demo consists of, as plain data: venues, people, channels, plans, events."""

from demo.season.channels import CHANNELS
from demo.season.events import EVENTS
from demo.season.places import PASSWORD, PEOPLE, RULED, VENUES
from demo.season.shapes import Request

__all__ = ["CHANNELS", "EVENTS", "PASSWORD", "PEOPLE", "RULED", "VENUES", "Request"]
