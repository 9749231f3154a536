"""Who a team is now, and the addresses of a team or a partner, each with what was last sent there."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts import rule_words
from alerts.enums import TO_PEOPLE, DeliveryStatus
from alerts.models import AlertTeam, Delivery, Endpoint
from alerts.selectors import people_of
from backoffice.alerts.states import (
    ACTIVE,
    SEE_DELIVERIES,
    SEE_ENDPOINTS,
    TAGS,
    endpoint_state,
    outcome,
    state_why,
    zone_of,
)
from backoffice.kit.panels import Panel
from common.addresses import change_url
from common.text import local_time


def with_last(endpoints: "QuerySet[Endpoint]") -> list[Any]:
    """Endpoints, each with its newest delivery as ``last``; three statements however many."""
    newest = Delivery.objects.filter(endpoint=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    rows: list[Any] = list(endpoints.annotate(last_id=Subquery(newest)))
    deliveries = Delivery.objects.in_bulk(
        {endpoint.last_id for endpoint in rows if endpoint.last_id}
    )
    for endpoint in rows:
        endpoint.last = deliveries.get(endpoint.last_id)
    return rows


def row_of(endpoint: Any, *, addresses: bool, deliveries: bool) -> dict[str, Any]:
    """What a panel shows of an endpoint from ``with_last``, as far as the person may see it."""
    state, label = endpoint_state(endpoint)
    last: Delivery | None = endpoint.last if deliveries else None
    address = endpoint.shown_address if addresses or endpoint.person_id else ""
    return {
        "endpoint": endpoint,
        "url": change_url(endpoint) if addresses else None,
        "name": endpoint.person or endpoint.name or address or endpoint.get_transport_display(),
        "address": address if endpoint.person or endpoint.name else "",
        "tag": TAGS[state],
        "label": label,
        "why": state_why(endpoint) if addresses else "",
        "last": last,
        "last_url": change_url(last) if last else None,
        "last_at": local_time(last.ended_at or last.created_at, zone_of(endpoint)) if last else "",
        "last_status": DeliveryStatus(last.status).label if last else "",
        "outcome": outcome(last) if last else "",
    }


class ToldPanel(Panel):
    """The people and addresses that a message to the team goes to now."""

    tab = False
    slug = "told"
    title = _("Who is told")
    template = "admin/alerts/told.html"
    permission = "alerts.view_alertteam"

    def context(self) -> dict[str, Any]:
        team: AlertTeam = self.subject
        people = people_of([team])[team.pk]
        may = {
            "addresses": self.may(SEE_ENDPOINTS),
            "deliveries": self.may(SEE_DELIVERIES),
        }
        endpoints = with_last(
            team.endpoints.select_related("team__venue", "channel__venue", "person").order_by(
                "transport", "pk"
            )
        )
        of_person = {endpoint.person_id: endpoint for endpoint in endpoints if endpoint.person_id}
        return {
            "rows": [
                *(self._person(person, of_person.get(person.pk), may) for person in people),
                *(row_of(endpoint, **may) for endpoint in endpoints if endpoint.person_id is None),
            ],
            "quiet": rule_words.quiet_hours(team),
            "may_see_deliveries": may["deliveries"],
        }

    def _person(self, person: User, endpoint: Any, may: dict[str, bool]) -> dict[str, Any]:
        """An endpoint is made for a person with the first message."""
        if endpoint is not None:
            return row_of(endpoint, **may)
        return {
            "endpoint": Endpoint(transport=TO_PEOPLE, address=person.email),
            "name": person,
            "address": person.email,
            "tag": TAGS[ACTIVE],
            "label": _t("Active"),
        }
