from django.urls import path, re_path, register_converter

from partners.api import (
    alerts,
    allocation,
    booking_steps,
    bookings,
    events,
    leases,
    reference,
    sales_files,
    statements,
    syncs,
    transfers,
)
from partners.api.routes import RowIdConverter

register_converter(RowIdConverter, "row_id")

app_name = "api"
urlpatterns = [
    path("v1/events/", events.Events.as_view(), name="events"),
    path("v1/events/<row_id:event_id>/", events.OneEvent.as_view(), name="event"),
    path(
        "v1/events/<row_id:event_id>/availability/",
        events.Availability.as_view(),
        name="availability",
    ),
    path("v1/allocation/", allocation.Allocation.as_view(), name="allocation"),
    path(
        "v1/allocation/statement/",
        statements.AllocationStatement.as_view(),
        name="allocation_statement",
    ),
    path("v1/transfers/", transfers.Transfers.as_view(), name="transfers"),
    path("v1/transfers/<uuid:transfer>/", transfers.OneTransfer.as_view(), name="transfer"),
    path(
        "v1/transfers/<uuid:transfer>/cancel/",
        transfers.CancelTransfer.as_view(),
        name="cancel_transfer",
    ),
    path("v1/alerts/", alerts.Alerts.as_view(), name="alerts"),
    path("v1/alerts/<uuid:alert>/", alerts.OneAlert.as_view(), name="alert"),
    path(
        "v1/alerts/<uuid:alert>/acknowledge/",
        alerts.Acknowledge.as_view(),
        name="acknowledge_alert",
    ),
    path("v1/alerts/<uuid:alert>/resolve/", alerts.Resolve.as_view(), name="resolve_alert"),
    path("v1/bookings/", bookings.Bookings.as_view(), name="bookings"),
    path("v1/bookings/<uuid:booking>/", bookings.OneBooking.as_view(), name="booking"),
    path("v1/bookings/<uuid:booking>/confirm/", booking_steps.Confirm.as_view(), name="confirm"),
    path("v1/bookings/<uuid:booking>/extend/", booking_steps.Extend.as_view(), name="extend"),
    path("v1/bookings/<uuid:booking>/cancel/", booking_steps.Cancel.as_view(), name="cancel"),
    path("v1/leases/", leases.Leases.as_view(), name="leases"),
    path("v1/leases/<uuid:lease>/", leases.OneLease.as_view(), name="lease"),
    path("v1/leases/<uuid:lease>/extend/", leases.ExtendLease.as_view(), name="extend_lease"),
    path("v1/leases/<uuid:lease>/return/", leases.ReturnLease.as_view(), name="return_lease"),
    path("v1/sync/", syncs.Syncs.as_view(), name="sync"),
    path("v1/sales-files/", sales_files.SalesFiles.as_view(), name="sales_files"),
    path("v1/sales-files/<uuid:file>/", sales_files.OneSalesFile.as_view(), name="sales_file"),
    path(
        "v1/sales-files/<uuid:file>/book/",
        sales_files.BookSalesFile.as_view(),
        name="book_sales_file",
    ),
    path(
        "v1/sales-files/<uuid:file>/undo/",
        sales_files.UndoSalesFile.as_view(),
        name="undo_sales_file",
    ),
    path("v1/conflicts/", syncs.Conflicts.as_view(), name="conflicts"),
    path("v1/conflicts/<uuid:conflict>/", syncs.OneConflict.as_view(), name="conflict"),
    path("v1/schema/", reference.show_schema, name="schema"),
    path("v1/docs/", reference.show_reference, name="reference"),
    path("v1/problems/<slug:code>/", reference.show_problem, name="problem"),
    re_path(r"", reference.no_route),
]
