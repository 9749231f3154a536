"""What the scripts of the sell screen say; they fill in what stands in braces."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from boxoffice.enums import PaymentKind
from boxoffice.words import LEVELS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# How things stand.
_STATE: "dict[str, StrOrPromise]" = {
    "starting": _("Opening the counter…"),
    "unknown": _(
        "No network, and this device knows nothing of this counter yet. Connect it once; after that it opens without "
        "a network, too."
    ),
    "tryAgain": _("Try again"),
    "outdated": _("This page has been replaced by a newer one in another tab."),
    "reload": _("Load the page anew"),
    "refused": _(
        "You may not sell at this counter. Ask a venue manager to give it to you, or choose another one."
    ),
    "signedOut": _("You are signed out. Sign in to go on."),
    "signedOutUnsent": _("You are signed out. Sign in to send the sales that wait here: {count}."),
    "signIn": _("Sign in"),
    "otherTab": _("Another tab of this device sells at this counter. One sells at a time."),
    "sellHere": _("Sell here instead"),
    "online": pgettext_lazy("connection", "Online"),
    "offline": pgettext_lazy("connection", "Offline"),
    "needsNetwork": _("needs the network"),
    "backOnline": _("The network is back."),
    "nowOffline": _("The network is gone."),
    "ready": _("{count} leased for a time without network"),
    "unsent": _("{count} to send"),
    "offlineLease": _("No network. You sell from lease {number}: {count} tickets are left of it."),
    "offlineLease-1": _("No network. You sell from lease {number}: 1 ticket is left of it."),
    "offlineNone": _(
        "No network, and no tickets of this event are leased here. Wait for it, or choose an event that you have "
        "leased."
    ),
    "leaseOver": _(
        "By this device's clock the lease is over. Its tickets may have gone back. Sell on only if the clock is wrong."
    ),
    "sellOn": _("The clock is wrong, sell on"),
    "saleWaiting": _(
        "No answer yet for: {sale}. It is asked again by itself, and nothing is done twice. Do not enter it again."
    ),
    "saleWaits": _("No answer yet. It is asked again by itself. Do not enter the sale again."),
    "saleRefused": _("Not done after all: {sale}. {why}"),
    "answered": _("Answered: {said}."),
    "seenTo": _("I have seen to it"),
    "troubled": _("Sales that were made without network and need somebody: {count}."),
    "show": _("Show them"),
    "syncRefused": _("Sales that could not be sent: {count}. {why}"),
    "syncFailed": _("The server could not take them. It is tried again."),
    "othersUnsent": _(
        "Sales of other people wait on this device: {count}. They are sent when those people sign in here."
    ),
}

# Events and items.
_CHOICE: "dict[str, StrOrPromise]" = {
    "noEvents": _(
        "This counter has no event on sale. Events stand here once they are on sale and this counter lists one of their "
        "items."
    ),
    "noSuchEvent": _("No event has such a name or date."),
    "findEvent": _("Find an event"),
    "moreEvents": _("and {count} more"),
    "noItems": _("This counter lists no item of the event."),
    "nothingLeased": _("No tickets of this event are leased here."),
    "stopped": _("not on sale"),
    **{f"level-{level}": word for level, word in LEVELS.items()},
}

# The order.
_ORDER: "dict[str, StrOrPromise]" = {
    "newOrder": _("Order"),
    "chooseHint": _("Touch an item, or press its number."),
    "stepItem": _("item, then digits for how many"),
    "stepHold": _("hold the tickets"),
    "stepCash": _("sold for exact cash"),
    "total": _("Total"),
    "hold": _("Hold"),
    "holding": _("Holding…"),
    "takePayment": _("Take payment"),
    "another": _("Another item"),
    "clear": _("Clear"),
    "fewer": _("One less of {item}"),
    "more": _("One more of {item}"),
    "priceOf": _("Price of {item}, from {floor} to {ceiling}"),
    "held": _("Held {number}"),
    "heldSaid": _("Held as {number}. Choose how it is paid."),
    "left": _("left of the hold"),
    "lastMinute": _("Less than a minute is left of the hold."),
    "fromLease": _("From lease {number}"),
    "fromLeaseWhy": _("These tickets are yours already. Nothing runs out."),
    "extend": _("Extend"),
    "extendedSaid": _("The hold is extended."),
    "release": _("Release"),
    "back": _("Back"),
    "releaseReason": _("Released at the counter"),
    "releasedSaid": _("Released."),
    "releaseLater": _("No answer. The hold ends by itself."),
    "lapsed": _("The hold has run out"),
    "lapsedWhy": _("Nothing was sold. The tickets may still be there: hold them again."),
    "lapsedSaid": _("The hold has run out. Nothing was sold. Press Enter to hold again."),
    "holdAgain": _("Hold again"),
    "noLease": _("No network, and no tickets of this event are leased here."),
    "leaseShort": _("The lease has {left} left of {item}."),
    "noAnswerHold": _("No answer. Nothing was sold. Try again."),
    "noAnswer": _("No answer from the server. Try again."),
}

# Payment.
_PAYMENT: "dict[str, StrOrPromise]" = {
    "paidBy": _("Paid by"),
    **{f"kind-{kind.value}": kind.label for kind in PaymentKind},
    "given": _("Cash given"),
    "exact": _("Empty: exactly the total."),
    "tooLittle": _("Less than {total}"),
    "change": _("Change {amount}"),
    "upiWhy": _("The customer scans and pays to {name}. Confirm once the payment has arrived."),
    "qr": _("QR code: pay {amount} to {name}"),
    "reference-UPI": _("Number of the payment, if you note it"),
    "reference-CARD": _("Number of the slip, if you note it"),
    "reference-ON_ACCOUNT": _("Who owes it"),
    "reason-COMPLIMENTARY": _("Why it is given away"),
    "paid": _("Paid"),
    "putOnAccount": _("Put on account"),
    "giveAway": _("Give away"),
    "selling": _("Selling…"),
    "missing-kind": _("Choose how it is paid."),
    "missing-tendered": _("The cash given is less than the total."),
    "missing-reference": _("Say who owes it."),
    "missing-reason": _("Say why it is given away."),
    "sold": _("Sold"),
    "soldSaid": _("Sold. Receipt {receipt}."),
    "soldOffline": _("Noted on this device. It is sent when the network is back."),
    "receipt": _("Receipt {number}"),
    "changeDue": _("Change"),
    "soldFor": _("{kind} {amount}"),
    "next": _("Next customer"),
    "print": _("Print"),
    "ticketOf": _("{number} of {count}"),
    "storageFull": _(
        "This device has no room left to note a sale, so nothing was sold. Free some space, or sell on another device."
    ),
    "notNoted": _("This device could not note the sale, so nothing was sold. Load the page anew."),
}

# Refusals.
_REFUSAL: "dict[str, StrOrPromise]" = {
    "limit-stock": _("This counter's own stock does not go further."),
    "limit-open": _("The stock that channels share does not go further."),
    "limit-plan": _("The plan lets this counter draw no more of the shared stock."),
    "limit-listing": _("This counter has a limit for the item."),
    "limit-item": _("The item has a limit for all channels together."),
    "elsewhere": _("Who else has {pool}"),
    "nowhere": _("Nobody has any."),
    "openStock": _("Shared stock"),
    "units": _("How many to ask for"),
    "why": _("Reason"),
    "transferReason": _("Customers ask at the counter"),
    "askTransfer": _("Ask for a transfer"),
    "transferAsked": _(
        "Asked for {units}. Who decides is told now; the number here grows once it is approved."
    ),
    "transferDone": _("Moved: {units}. Hold again."),
    "transferForbidden": _("Your role may not ask for transfers. Ask a venue manager."),
}

# A booking that somebody comes back with.
_LOOK_UP: "dict[str, StrOrPromise]" = {
    "ownSales": _("Sold on this device without a network"),
    "nothingFound": _("This counter has no booking with that number, receipt, reference or name."),
    "status-ON_HOLD": _("on hold"),
    "status-EXPIRED": _("the hold ran out"),
    "status-CANCELLED": _("given back"),
    "refund": _("Refund"),
    "changeBooking": _("Change"),
    "refundOf": _("Refund of {number}"),
    "changeOf": _("Change of {number}"),
    "ofSold": _("of {count}"),
    "keeps": _("has {count}"),
    "add": _("Add {item}"),
    "each": _("{price} each"),
    "givesBack": _("Gives back"),
    "difference": _("To pay"),
    "givenBackBy": _("Given back by"),
    "payerReference": _("Slip, or who owes it"),
    "refundDone": _("Refunded"),
    "changeDone": _("Changed"),
    "doneBack": _("{what}: give back {amount}. Receipt {receipt}."),
    "donePaid": _("{what}: {amount} paid. Receipt {receipt}."),
    "doneEven": _("{what}. Nothing is paid or given back."),
}

# The till.
_TILL: "dict[str, StrOrPromise]" = {
    "openTill": _("Open your till"),
    "openTillWhy": _(
        "Count the float first. Every payment is noted in your till until you close it."
    ),
    "terminal": _("Terminal"),
    "terminalWhy": _("What colleagues call this place, such as Window 1."),
    "float": _("Float in cash"),
    "open": _("Open"),
    "tillOpen": _("Your till is open."),
    "notAnAmount": _("The float must be an amount, such as 2000 or 2000.50."),
}

# Leases, and what they have sold.
_LEASES: "dict[str, StrOrPromise]" = {
    "unsentMany": _("Sales that wait to be sent: {count}."),
    "allSent": _("Everything that was sold is on the server."),
    "sendNow": _("Send now"),
    "sentSaid": _("Sales that were sent: {count}."),
    "preferLease": _("Sell from the lease now (for a network that comes and goes)"),
    "leaseTitle": _("Lease {number}, {terminal}"),
    "leaseUntil": _("sells until {time}"),
    "leaseEnded": _("has ended"),
    "leftOf": _("{left} of {of} left"),
    "extendLease": _("Extend"),
    "handBack": _("Hand back the rest"),
    "handBackReason": _("Handed back at the counter"),
    "handBackUnsent": _("Its sales were not sent yet. Send them first."),
    "conflicts": _("Sales that need somebody"),
    "conflictsWhy": _(
        "They were sold and paid, and there was no stock for them when they were sent. The ways out stand in the back "
        "office."
    ),
    "waysOut": _("The ways out"),
    "leaseOnline": _("Tickets can be leased while there is a network."),
    "leaseTill": _("Open your till before you lease tickets."),
    "takeLease": _("Lease tickets of {event}"),
    "takeLeaseWhy": _(
        "They are set aside for this device at once. It sells them when the network is gone. What is left goes back when "
        "you hand it back or sign out."
    ),
    "canLease": _("at most {count}"),
    "hours": _("For how many hours"),
    "longest": _("the longest that is allowed"),
    "lease": _("Lease"),
    "leaseOf": _("a lease of {count} tickets"),
    "leaseOf-1": _("a lease of 1 ticket"),
    "leaseNothing": _("Say how many of which item."),
    "leaseExtended": _("Lease {number} is extended."),
    "leasedSaid": _("Leased as {number}: {count} tickets."),
    "leasedSaid-1": _("Leased as {number}: 1 ticket."),
    "signOutUnsent": _(
        "You cannot sign out yet. Sales on this device that were not sent: {count}. Wait for the network, or ask for help."
    ),
    "signOutLease": _(
        "You cannot sign out yet: tickets are leased here, and without network they cannot be handed back."
    ),
}

WORDS = {**_STATE, **_CHOICE, **_ORDER, **_PAYMENT, **_REFUSAL, **_LOOK_UP, **_TILL, **_LEASES}
