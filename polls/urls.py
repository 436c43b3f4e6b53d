"""URLs of the polls."""

from django.urls import path, re_path

from polls.models import CODE_ALPHABET
from polls.views import events, home, pictures, presenter, scores, voting

urlpatterns = [
    path("", home.home, name="home"),
    path("p/<slug:slug>/", voting.vote, name="vote"),
    path("p/<slug:slug>/entries/", voting.write_entry, name="write_entry"),
    path("p/<slug:slug>/results/", voting.show_results, name="results"),
    path("p/<slug:slug>/results.json", voting.results_json, name="results_json"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32})\.webp$", pictures.picture, name="picture"),
    path("p/<slug:slug>/results.csv", voting.results_csv, name="results_csv"),
    path("p/<slug:slug>/present/", presenter.present, name="present"),
    path("e/<slug:slug>/", events.audience, name="event"),
    path("e/<slug:slug>/event.json", events.event_json, name="event_json"),
    path("e/<slug:slug>/score/", scores.score, name="event_score"),
    path("e/<slug:slug>/present/", events.present, name="event_present"),
    re_path(rf"^(?P<code>(?i:[{CODE_ALPHABET}]{{2,6}}))$", home.short_address, name="short_address"),
]
