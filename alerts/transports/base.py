"""What every transport says of itself: which addresses it takes, how it renders a message, and how it sends it."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from alerts.enums import Transport
from alerts.transports.message import Message

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A message in the form of the transport.
Rendered = TypeVar("Rendered")


class MessageTransport(ABC, Generic[Rendered]):
    """A way by which messages travel. Subclasses are the modules of this package; ``TRANSPORTS`` lists them."""

    transport: ClassVar[Transport]
    # What its addresses look like, below the field.
    address_help: ClassVar["StrOrPromise"]
    # A channel's partner may have its messages sent this way.
    is_for_partners: ClassVar[bool] = False
    # Several alerts at about the same time are gathered into one message; programs get each by itself.
    gathers: ClassVar[bool] = True
    # Whoever has the address can write there: only its scheme and host are ever shown again.
    hides_address: ClassVar[bool] = False
    # Two addresses that differ in large and small letters alone are the same.
    ignores_case: ClassVar[bool] = False
    # Its addresses may have a registered text that every message has to be (alerts/dlt.py).
    has_template: ClassVar[bool] = False

    @abstractmethod
    def check_address(self, address: str) -> None:
        """For forms. Raises ``ValidationError`` if nothing could be sent there; may ask the name's server."""

    def shown_address(self, address: str) -> str:
        """The address, without what is secret of it."""
        if not self.hides_address:
            return address
        scheme, _separator, rest = address.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/…"

    def new_secret(self) -> str:
        """What a new address signs its messages with; empty where they are not signed."""
        return ""

    @abstractmethod
    def render(self, message: Message) -> Rendered:
        """The message in the form of this transport and no other."""

    @abstractmethod
    def send(self, address: str, secret: str, rendered: Rendered) -> str:
        """Send it once, and return the receipt: what the other side answered, in short.

        Raises ``RefusedForNowError``, or ``RefusedForGoodError`` where the address takes no messages. Waits
        for the network: never inside a transaction.
        """
