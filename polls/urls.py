"""URLs of the polls."""

from django.urls import path, re_path

from polls.models import CODE_ALPHABET
from polls.views import (
    admission,
    check,
    embedding,
    events,
    home,
    live_drill,
    pictures,
    presenter,
    scores,
    sharing,
    voting,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("p/<slug:slug>/", voting.vote, name="vote"),
    path("p/<slug:slug>/entries/", voting.write_entry, name="write_entry"),
    path("p/<slug:slug>/code/", admission.enter_code, name="enter_code"),
    path("p/<slug:slug>/results/", voting.show_results, name="results"),
    path("p/<slug:slug>/results.json", voting.results_json, name="results_json"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32})\.webp$", pictures.picture, name="picture"),
    path("p/<slug:slug>/results.csv", voting.results_csv, name="results_csv"),
    path("p/<slug:slug>/check/", check.check, name="check"),
    path("p/<slug:slug>/ballots.jsonl", check.ballots, name="ballots"),
    path("p/<slug:slug>/embed/", embedding.embed, name="embed"),
    path("p/<slug:slug>/embed/entries/", embedding.write_entry, name="embed_entries"),
    path("p/<slug:slug>/results.svg", sharing.results_svg, name="results_svg"),
    path("p/<slug:slug>/preview.png", sharing.poll_preview, name="poll_preview"),
    path("p/<slug:slug>/drill/", live_drill.report, name="report_receipt"),
    path("p/<slug:slug>/present/", presenter.present, name="present"),
    path("e/<slug:slug>/", events.audience, name="event"),
    path("e/<slug:slug>/code/", events.enter_code, name="enter_event_code"),
    path("e/<slug:slug>/event.json", events.event_json, name="event_json"),
    path("e/<slug:slug>/preview.png", sharing.event_preview, name="event_preview"),
    path("e/<slug:slug>/score/", scores.score, name="event_score"),
    path("e/<slug:slug>/present/", events.present, name="event_present"),
    re_path(rf"^(?P<code>(?i:[{CODE_ALPHABET}]{{2,6}}))$", home.short_address, name="short_address"),
]
