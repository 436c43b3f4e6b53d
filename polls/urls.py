"""URLs of the polls."""

from django.urls import path, re_path

from polls import finding, presenter, views
from polls.models import CODE_ALPHABET

urlpatterns = [
    path("", finding.home, name="home"),
    path("p/<slug:slug>/", views.vote, name="vote"),
    path("p/<slug:slug>/results/", views.show_results, name="results"),
    path("p/<slug:slug>/results.json", views.results_json, name="results_json"),
    path("p/<slug:slug>/results.csv", views.results_csv, name="results_csv"),
    path("p/<slug:slug>/present/", presenter.present, name="present"),
    re_path(rf"^(?P<code>(?i:[{CODE_ALPHABET}]{{2,6}}))$", finding.short_address, name="short_address"),
]
