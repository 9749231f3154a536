"""A letter as a message: what a new version of the plan says to the channel."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.links import letter_link
from alerts.models import Endpoint, Letter
from alerts.transports.lines import line
from alerts.transports.message import Content, Section
from transfers import words as transfer_words


def letter_content(letter: Letter, endpoint: Endpoint, now: datetime, foot: str) -> Content:
    plan = letter.plan
    pool, event = plan.pool, plan.pool.event
    title = line(
        _("Your part of %(pool)s, version %(version)d")
        % {
            "pool": pool.name,
            "version": plan.version or 0,
        }
    )
    start = transfer_words.moment(event.starts_at, event.venue.zone)
    link = letter_link(letter, endpoint)
    section = Section(
        title=title,
        place=line(f"{event.name}, {start} · {event.venue.name}"),
        reason=_("Please acknowledge it: the link leads to the letter and to the button."),
        numbers=tuple((line(label, 100), line(text, 1000)) for label, text in letter.text),
        link=link,
        data={
            "event": event.pk,
            "channel": letter.channel_id,
            "pool": pool.pk,
            "version": plan.version,
            "text": [text for _label, text in letter.text],
            "url": link,
        },
    )
    return Content(
        kind="allocation.letter",
        at=now,
        subject=line(f"{title} – {line(event.name, 60)}", 200),
        sections=(section,),
        foot=foot,
        open_label=_("Read and acknowledge"),
    )
