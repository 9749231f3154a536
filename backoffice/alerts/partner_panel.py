"""The tab of a sales channel's page with the addresses at which its partner is told."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alerts.models import Letter
from allocations.models import SalesChannel
from backoffice.alerts.recipients_panel import row_of, with_last
from backoffice.alerts.states import SEE_DELIVERIES, SEE_ENDPOINTS, outcome
from backoffice.kit.panels import Panel
from common.addresses import change_url
from common.text import local_time

# What is on the page; older ones are in the list of messages.
MAX_LETTERS = 20


class PartnerPanel(Panel):
    slug = "partner"
    title = _("Partner's addresses")
    template = "admin/alerts/partner.html"
    permission = SEE_ENDPOINTS

    def _letters(self, channel: SalesChannel) -> list[dict[str, Any]]:
        """Who was sent which version when, whether it arrived, and whether it is acknowledged."""
        latest = Letter.objects.filter(channel=channel).select_related(
            "plan__pool__event__venue", "acknowledged_through"
        )
        latest = latest.prefetch_related("deliveries__endpoint")[:MAX_LETTERS]
        zone = channel.venue.zone
        return [
            {
                "letter": letter,
                "event": letter.plan.pool.event,
                "written": local_time(letter.created_at, zone),
                "acknowledged": local_time(letter.acknowledged_at, zone)
                if letter.acknowledged_at
                else "",
                "sent": [
                    {
                        "to": delivery.endpoint,
                        "status": delivery.get_status_display(),
                        "at": local_time(delivery.ended_at or delivery.created_at, zone),
                        "outcome": outcome(delivery),
                        "url": change_url(delivery),
                    }
                    for delivery in letter.deliveries.all()
                ],
            }
            for letter in latest
        ]

    def context(self) -> dict[str, Any]:
        channel: SalesChannel = self.subject
        endpoints = with_last(
            channel.endpoints.select_related("team__venue", "channel__venue", "person")
        )
        may_see_deliveries = self.may(SEE_DELIVERIES)
        return {
            "rows": [
                row_of(endpoint, addresses=True, deliveries=may_see_deliveries)
                for endpoint in endpoints
            ],
            "may_see_deliveries": may_see_deliveries,
            "letters": self._letters(channel) if may_see_deliveries else (),
            "add": f"{reverse('admin:alerts_endpoint_add')}?channel={channel.pk}"
            if self.may("alerts.add_endpoint")
            else None,
        }
