from django.urls import path

from boxoffice.counter import views

urlpatterns = [
    path("sales/", views.Sales.as_view(), name="counter-sales"),
    path("shifts/", views.Shifts.as_view(), name="counter-shifts"),
    path("shifts/<int:shift_id>/", views.OneShift.as_view(), name="counter-shift"),
    path("shifts/<int:shift_id>/close/", views.ShiftClose.as_view(), name="counter-shift-close"),
    path("<int:channel_id>/catalog/", views.Catalog.as_view(), name="counter-catalog"),
]
