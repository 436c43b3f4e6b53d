"""URLs of the counter."""

from django.urls import path

from counter import views

urlpatterns = [
    path("<slug:name>/", views.page, name="counter"),
    path("<slug:name>.json", views.number, name="counter-json"),
    path("<slug:name>.svg", views.badge, name="counter-badge"),
]
