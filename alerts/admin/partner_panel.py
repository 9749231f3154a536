"""The tab of a sales channel's page with the addresses at which its partner is told."""

from typing import Any, cast

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alerts.admin.shown import SEE_DELIVERIES, SEE_ENDPOINTS
from alerts.admin.told_panel import row_of, with_last
from allocations.models import SalesChannel
from common.admin import BaseAdmin
from common.panels import Panel


class PartnerPanel(Panel):
    slug = "partner"
    title = _("Partner's addresses")
    template = "admin/alerts/partner.html"
    permission = SEE_ENDPOINTS

    def context(self) -> dict[str, Any]:
        channel: SalesChannel = self.subject
        known = with_last(
            channel.endpoints.select_related("team__venue", "channel__venue", "person")
        )
        may_see_deliveries = self.may(SEE_DELIVERIES)
        return {
            "rows": [row_of(one, addresses=True, deliveries=may_see_deliveries) for one in known],
            "may_see_deliveries": may_see_deliveries,
            "add": f"{reverse('admin:alerts_endpoint_add')}?channel={channel.pk}"
            if self.may("alerts.add_endpoint")
            else None,
        }


cast("BaseAdmin", admin.site.get_model_admin(SalesChannel)).add_panel(PartnerPanel)
