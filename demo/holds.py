"""What is held for artists and sponsors, who is on their lists, and what is out of sale."""

from django.db import transaction

from accounts.models import User
from allocations.kills.services import take_out
from allocations.services import general_row
from demo.backdate import Story
from demo.season.shapes import Hold
from demo.stage import Stage
from sales.guests.services import GuestEntry, add_guests
from sales.models import Block
from sales.named_holds import HoldOrder, HoldTerms, make
from sales.orders import OrderLine


def set_aside(stage: Stage, story: Story) -> None:
    """As of the moment at which sales begin."""
    with story.at(stage.dates.opens):
        for hold in stage.plan.holds:
            if hold.channel in stage.channels:
                _hold(stage, hold)
        for kill in stage.plan.kills:
            row = general_row(stage.pools[kill.pool])
            with transaction.atomic():
                take_out(source=row, units=kill.units, by=stage.manager, reason=kill.reason)


def _hold(stage: Stage, hold: Hold) -> None:
    channel = stage.channels[hold.channel]
    item = next(item for item in stage.plan.items if item.name == hold.item)
    [pool] = item.takes
    free = stage.rows(pool)[hold.channel].free
    if not free:
        return
    order = HoldOrder(
        stage.event.pk,
        channel.pk,
        [OrderLine(stage.items[hold.item].pk, min(hold.tickets, free))],
        _terms(hold, stage),
    )
    answer = make(order, by=stage.manager, reason=hold.reason)
    block = Block.objects.filter(pk=answer.data["id"])
    guests = [GuestEntry(name, tickets, note) for name, tickets, note in hold.guests]
    if guests and sum(guest.tickets for guest in guests) <= min(hold.tickets, free):
        add_guests(block.get().pk, guests, by=stage.manager)
    block.update(created_at=stage.dates.opens, updated_at=stage.dates.opens)


def _terms(hold: Hold, stage: Stage) -> HoldTerms:
    ends = stage.event.starts_at
    person = User.objects.filter(email=hold.owner).first()
    if person is None:
        return HoldTerms(hold.name, hold.category, ends, owner_name=hold.owner)
    return HoldTerms(hold.name, hold.category, ends, owner_id=person.pk)
