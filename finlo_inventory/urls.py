from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from backoffice.people.language import choose_language
from backoffice.reports.calendar import calendar
from finlo_inventory import health

handler400 = "finlo_inventory.error_views.bad_request"
handler403 = "finlo_inventory.error_views.forbidden"
handler404 = "finlo_inventory.error_views.not_found"
handler500 = "finlo_inventory.error_views.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="boxoffice:boards"), name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/", include("partners.api.urls")),
    path("admin/reports/", include("backoffice.reports.urls")),
    path("calendar/<str:token>.ics", calendar, name="calendar"),
    path("language/", choose_language, name="language"),
    path("admin/", admin.site.urls),
    path("a/", include("alerts.urls")),
    path("", include("boxoffice.urls")),
]
