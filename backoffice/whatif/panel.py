"""The event's tab of its what-ifs."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.kit.panels import Panel
from backoffice.whatif.forms import PLANS
from common.addresses import change_url
from planning.models import WhatIfRun

LATEST = 10


class WhatIfPanel(Panel):
    slug = "whatif"
    title = _("What-if")
    template = "admin/whatif/event.html"
    permission = "planning.view_whatifrun"

    def context(self) -> dict[str, Any]:
        runs = WhatIfRun.objects.filter(event=self.subject).only(
            "state", "sides", "made_at", "event_id"
        )
        may_run = self.request.user.has_perm("planning.add_whatifrun")
        new = f"{reverse('admin:planning_whatif_new')}?event={self.subject.pk}"
        return {
            "new_url": new if may_run else "",
            "runs": [
                (
                    run,
                    change_url(run),
                    " · ".join(str(PLANS.get(kind, kind)) for kind, _e in run.sides),
                )
                for run in runs[:LATEST]
            ],
        }
