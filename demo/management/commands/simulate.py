import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from allocations.models import SalesChannel
from common.actor import SYSTEM
from demo.seller import Api, Seller, Tally
from events.enums import EventStatus
from events.models import Event
from partners.enums import Scope
from partners.services import IssuedKey, issue_key, revoke_key
from sales.reconcile import reconcile

MAX_PER_SECOND = 2_000
SELLERS_PER_CHANNEL = 4
OK = 200


def web_url() -> str:
    """Where the running system has written down that it is; else where it would be."""
    try:
        return str(json.loads((settings.STATE_DIR / "addresses.json").read_text())["WEB_URL"])
    except (OSError, ValueError, KeyError):
        return f"http://{settings.WEB_HOST}:{settings.WEB_PORT}"


class Command(BaseCommand):
    help = "Sell through the REST API of a running system, as several channels at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--event", type=int, help="event id; default: the largest on sale")
        parser.add_argument("--rate", type=float, default=20, help="bookings a second, in all")
        parser.add_argument("--channels", help="channel codes, comma-separated; default: all")
        parser.add_argument("--seconds", type=int, default=60)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--url",
            default=web_url(),
            help="where the web process answers; default: %(default)s",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not 0 < options["rate"] <= MAX_PER_SECOND:
            message = f"--rate must be above 0 and at most {MAX_PER_SECOND}."
            raise CommandError(message)
        event = self._event(options["event"])
        channels = self._channels(event, options["channels"])
        if not channels:
            message = f"No channel sells {event}."
            raise CommandError(message)
        self.stdout.write(f"{event}: {len(channels)} channels, {options['rate']:g} bookings/s.")
        tally = Tally()
        stop = threading.Event()
        with self._keys(channels) as keys:
            self._require_answer(options["url"], keys[0], event)
            sellers = self._sellers(event, keys, tally, stop, options)
            for seller in sellers:
                seller.start()
            try:
                self._watch(tally, options["seconds"])
            except KeyboardInterrupt:
                self.stdout.write("Stopping.")
            stop.set()
            for seller in sellers:
                seller.join()
        self._sum_up(tally)

    def _require_answer(self, url: str, key: str, event: Event) -> None:
        try:
            status, _answer = Api(url, key).call("GET", f"/events/{event.pk}/availability/")
        except (OSError, HTTPException, ValueError) as error:
            message = (
                f"No answer from {url}: {error}. Start the system (bin/run), or name it with --url."
            )
            raise CommandError(message) from None
        if status != OK:
            message = f"{url} answers {status}: it is not the system whose database this is."
            raise CommandError(message)

    def _event(self, event_id: int | None) -> Event:
        events = Event.objects.select_related("venue")
        event = (
            events.filter(pk=event_id).first()
            if event_id is not None
            else events.filter(status=EventStatus.ON_SALE, starts_at__gt=timezone.now())
            .annotate(capacity=Sum("pools__capacity"))
            .order_by("-capacity", "pk")
            .first()
        )
        if event is None:
            description = "on sale" if event_id is None else f"with id {event_id}"
            message = f"There is no event {description}."
            raise CommandError(message)
        return event

    def _channels(self, event: Event, codes: str | None) -> list[SalesChannel]:
        listed = SalesChannel.objects.filter(listings__event=event).distinct()
        if codes is None:
            return list(listed)
        code_set = {code.strip() for code in codes.split(",") if code.strip()}
        channels = list(listed.filter(code__in=code_set))
        if missing := code_set - {channel.code for channel in channels}:
            known = ", ".join(sorted(listed.values_list("code", flat=True)))
            message = f"No such channel sells this event: {', '.join(sorted(missing))}. There are: {known}."
            raise CommandError(message)
        return channels

    @contextmanager
    def _keys(self, channels: list[SalesChannel]) -> Iterator[list[str]]:
        """A key of its own for each channel, revoked again at the end."""
        with transaction.atomic():
            issued = [self._issue(channel) for channel in channels]
        try:
            yield [made.secret for made in issued]
        finally:
            with transaction.atomic():
                for made in issued:
                    revoke_key(key_id=made.key.pk, by=SYSTEM, reason="manage.py simulate has ended")

    def _issue(self, channel: SalesChannel) -> IssuedKey:
        return issue_key(
            channel=channel,
            name="simulate",
            scopes=[Scope.READ, Scope.SELL],
            expires_at=timezone.now() + timedelta(hours=12),
            by=SYSTEM,
            reason="manage.py simulate",
        )

    def _sellers(
        self,
        event: Event,
        keys: list[str],
        tally: Tally,
        stop: threading.Event,
        options: dict[str, Any],
    ) -> list[Seller]:
        threads = max(len(keys), min(len(keys) * SELLERS_PER_CHANNEL, int(options["rate"])))
        return [
            Seller(
                Api(options["url"], keys[number % len(keys)]),
                event.pk,
                options["rate"] / threads,
                tally,
                stop,
                options["seed"] * 1_000 + number,
            )
            for number in range(threads)
        ]

    def _watch(self, tally: Tally, seconds: int) -> None:
        ends = time.monotonic() + seconds
        before = 0
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            answered = len(tally.seconds)
            self.stdout.write(
                f"{answered - before:4d}/s  {tally.tickets:6d} tickets sold  "
                f"p50 {tally.percentile(0.5):.0f} ms  p99 {tally.percentile(0.99):.0f} ms"
            )
            before = answered

    def _sum_up(self, tally: Tally) -> None:
        self.stdout.write("")
        for outcome, times in tally.outcomes.most_common():
            self.stdout.write(f"{times:6d} × {outcome}")
        if all(outcome.startswith("no answer") for outcome in tally.outcomes):
            message = "No request was answered: nothing was sold."
            raise CommandError(message)
        wrong = [line for result in reconcile() for line in result.differences]
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError("The ledger and the bookings differ.", returncode=1)
        self.stdout.write("Nothing oversold: stock, movements and bookings agree.")
