from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from finlo_inventory import health

# Below /api/ these answer with problems, elsewhere with pages.
handler400 = "partners.api.reference.bad_request"
handler404 = "partners.api.reference.not_found"
handler500 = "partners.api.reference.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="boxoffice:boards"), name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/", include("partners.api.urls")),
    path("admin/", admin.site.urls),
    path("a/", include("alerts.urls")),
    path("", include("boxoffice.urls")),
]
