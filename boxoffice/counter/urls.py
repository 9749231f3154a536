from django.urls import path

from boxoffice.counter import pages, sync_calls, views

urlpatterns = [
    path("sales/", views.Sales.as_view(), name="counter-sales"),
    path("refunds/", views.Refunds.as_view(), name="counter-refunds"),
    path("changes/", views.Changes.as_view(), name="counter-changes"),
    path("transfers/", views.Transfers.as_view(), name="counter-transfers"),
    path("bookings/find/", views.FindBookings.as_view(), name="counter-find"),
    path("receipts/<int:payment_id>/", pages.receipt, name="counter-receipt"),
    path(
        "receipts/<int:payment_id>/printings/", views.Printings.as_view(), name="counter-printings"
    ),
    path("shifts/", views.Shifts.as_view(), name="counter-shifts"),
    path("shifts/<int:shift_id>/", views.OneShift.as_view(), name="counter-shift"),
    path("shifts/<int:shift_id>/close/", views.ShiftClose.as_view(), name="counter-shift-close"),
    path("<int:channel_id>/sync/", sync_calls.Sync.as_view(), name="counter-sync"),
    path("<int:channel_id>/catalog/", views.Catalog.as_view(), name="counter-catalog"),
]
