from django.urls import include, path

from boxoffice import views
from boxoffice.guests import ticket_views as guest_tickets
from boxoffice.guests import views as guests
from boxoffice.sell import views as sell
from boxoffice.tills import views as tills

app_name = "boxoffice"

urlpatterns = [
    path("counter/", include("boxoffice.counter.urls")),
    path("board/", views.boards, name="boards"),
    path("board/wall/", views.wall, name="wall"),
    path("board/<int:event_id>/", views.board, name="board"),
    path("board/<int:event_id>/sign/", views.sign, name="sign"),
    path("board/<int:event_id>/pace-and-alerts/", views.pace_and_alerts, name="pace-and-alerts"),
    path("tills/", tills.tills, name="tills"),
    path("tills/<int:shift_id>/", tills.till, name="till"),
    path("tills/<int:shift_id>/close/", tills.close, name="till-close"),
    path("tills/<int:shift_id>/note/", tills.note, name="till-note"),
    path("sell/", sell.counters, name="sell"),
    path("sell/<int:channel_id>/", sell.counter, name="sell-counter"),
    path("sell/shell/", sell.shell, name="sell-shell"),
    path("sell/worker.js", sell.worker, name="sell-worker"),
    path("sell/away/", sell.away, name="sell-away"),
    path("sell/away-worker.js", sell.away_worker, name="sell-away-worker"),
    path("sell/app.webmanifest", sell.manifest, name="sell-manifest"),
    path("guests/", guests.lists, name="guest_lists"),
    path("guests/<int:event_id>/", guests.guest_list, name="guest_list"),
    path(
        "guests/<int:event_id>/tickets/<int:hand_out_id>/",
        guest_tickets.tickets,
        name="guest-tickets",
    ),
    path(
        "guests/<int:event_id>/tickets/<int:hand_out_id>/printings/",
        guest_tickets.printings,
        name="guest-printings",
    ),
]
