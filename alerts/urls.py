from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("<str:token>/", views.link, name="link"),
    path("test/<str:token>/", views.test, name="test"),
    path("letter/<str:token>/", views.letter, name="letter"),
]
