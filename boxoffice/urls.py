from django.urls import path

from boxoffice import views

app_name = "boxoffice"

urlpatterns = [
    path("board/", views.boards, name="boards"),
    path("board/<int:event_id>/", views.board, name="board"),
]
