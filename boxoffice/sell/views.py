"""The pages of the sell screen. The page of a counter is the same for everybody: a device may keep it.

Whom it sells for, and what, the page asks the server (``/counter/…/catalog/``), or the device where there is no network.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from boxoffice.live_page import render_live
from boxoffice.selectors import counters_of
from boxoffice.sell import release
from boxoffice.sell.words import WORDS
from common.live_address import live_address

SHELL = "boxoffice/sell/shell.html"
AWAY = "boxoffice/sell/away.html"


@never_cache
@require_safe
@login_required
def counters(request: HttpRequest) -> HttpResponse:
    """The person's counters to choose from, or what keeps the person from selling."""
    return render(request, "boxoffice/sell/counters.html", {"counters": counters_of(request.user)})


@never_cache
@require_safe
@login_required
@ensure_csrf_cookie
def counter(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    """What the person may do there, the catalog says."""
    del channel_id
    return render_live(request, SHELL, _context(request))


@require_safe
def shell(request: HttpRequest) -> HttpResponseBase:
    """The same page as it is kept on devices: of no counter, and for nobody."""
    return render_live(request, SHELL, _context(request))


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    text = render_to_string(SHELL, _context(request))
    script = release.worker_script(reverse("boxoffice:sell-shell"), release.version_of(text))
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """What stands for a page that needs the network while there is none: kept on devices, and for nobody."""
    return render(request, AWAY)


@require_safe
def away_worker(request: HttpRequest) -> HttpResponse:
    """It is asked of pages beside ``/sell/``, which takes the server's word."""
    text = render_to_string(AWAY, request=request)
    script = release.away_script(reverse("boxoffice:sell-away"), text)
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    del request
    sizes = {"192x192": "boxoffice/sell-192.png", "512x512": "boxoffice/sell-512.png"}
    icons = [
        {"src": static(path), "sizes": size, "type": "image/png", "purpose": "any maskable"}
        for size, path in sizes.items()
    ]
    return JsonResponse(
        {
            "id": "/sell/",
            "name": _t("Finlo box office"),
            "short_name": _t("Box office"),
            "start_url": reverse("boxoffice:sell"),
            "scope": reverse("boxoffice:sell"),
            "display": "standalone",
            "background_color": "#f3f5f8",
            "theme_color": "#16365f",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


def _context(request: HttpRequest) -> dict[str, object]:
    return {
        "live": live_address(request),
        "words": {name: str(text) for name, text in WORDS.items()},
        "imports": release.import_map(),
        "conflicts": reverse("admin:offline_conflict_changelist"),
    }
