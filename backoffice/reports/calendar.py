"""The calendar of a person: its address is made and revoked by the person, and read by programs without a session."""

from datetime import timedelta
from hashlib import sha256
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from planning.calendar.entries import entries_of
from planning.calendar.ics import calendar_of
from planning.calendar.services import feed_of, follow, make_feed, revoke_feed, token_of
from planning.selectors import venues_of

# Programs ask often, and several for one person: what was read is good for a moment.
FRESH = timedelta(minutes=1)


def address_of(user: User) -> str:
    """Empty where there is none."""
    feed = feed_of(user)
    if feed is None:
        return ""
    return settings.PUBLIC_URL + reverse("calendar", args=(token_of(feed),))


@require_POST
def change(request: HttpRequest) -> HttpResponseBase:
    user = cast("User", request.user)
    if "revoke" in request.POST:
        if revoke_feed(user):
            messages.success(request, _("The calendar’s address leads nowhere any more."))
    else:
        make_feed(user)
        messages.success(request, _("Your calendar has an address. Give it to nobody else."))
    return redirect("reports:index")


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """What comes at the venues that the person has now, as far as the person may see it now."""
    feed = follow(token)
    if feed is None or not feed.user.is_staff:
        raise Http404
    # Whatever decides what is seen is part of the key: a right that is gone is gone at once.
    rights = sorted(feed.user.get_all_permissions()), [venue.pk for venue in venues_of(feed.user)]
    key = f"calendar-{feed.pk}-{sha256(repr(rights).encode()).hexdigest()}"
    content = cache.get(key)
    if content is None:
        content = calendar_of(entries_of(feed.user, timezone.now()), feed.created_at)
        cache.set(key, content, FRESH.total_seconds())
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return get_conditional_response(request, etag=etag, response=answer) or answer
