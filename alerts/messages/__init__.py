"""Deliveries as messages: what is told is put together once, and written as each transport wants it."""

from collections.abc import Sequence
from datetime import datetime

from alerts.messages import email, slack, sms, webhook
from alerts.messages.content import tell_of
from alerts.models import Delivery
from alerts.transports.message import Message
from common.isolate import isolate, isolate_html, isolate_values


def compose(deliveries: Sequence[Delivery], now: datetime) -> Message:
    """The message for deliveries of one endpoint: one of them, or the alerts of a digest.

    They come with what ``RELATED`` of ``content`` names. Sent again, they have the same ``id``.
    """
    first, *_others = sorted(deliveries, key=lambda delivery: delivery.pk)
    telling = tell_of(deliveries, now)
    template = first.endpoint.template
    return Message(
        id=first.uuid,
        subject=isolate(telling.subject),
        text=isolate(email.text(telling)),
        html=isolate_html(email.html(telling)),
        blocks=isolate_values(slack.blocks(telling)),
        short=sms.under_template(telling, template) if template else sms.short(telling),
        data=webhook.data(telling),
        template=template,
    )
