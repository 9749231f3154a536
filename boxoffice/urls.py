from django.urls import include, path

from boxoffice import views

app_name = "boxoffice"

urlpatterns = [
    path("counter/", include("boxoffice.counter.urls")),
    path("board/", views.boards, name="boards"),
    path("board/<int:event_id>/", views.board, name="board"),
]
