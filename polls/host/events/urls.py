"""URLs of the host pages of events, below /host/events/."""

from django.urls import path

from polls.host import codes
from polls.host.events import actions, export, ownership, pages

urlpatterns = [
    path("", pages.events, name="host_events"),
    path("new/", actions.new, name="host_event_new"),
    path("<slug:event>/", pages.event, name="host_event"),
    path("<slug:event>/step/", actions.step, name="host_event_step"),
    path("<slug:event>/order/", actions.order, name="host_event_order"),
    path("<slug:event>/add/", actions.add, name="host_event_add"),
    path("<slug:event>/remove/", actions.take_out, name="host_event_remove"),
    path("<slug:event>/rules/", actions.set_rules, name="host_event_rules"),
    path("<slug:event>/codes/", codes.manage, name="host_event_codes"),
    path("<slug:event>/codes/sheet/", codes.sheet, name="host_event_codes_sheet"),
    path("<slug:event>/codes.csv", codes.csv, name="host_event_codes_csv"),
    path("<slug:event>/players/remove/", actions.remove_player, name="host_event_remove_player"),
    path("<slug:event>/join/", pages.sheet, name="host_event_join"),
    path("<slug:event>/results/", export.page_to_print, name="host_event_results"),
    path("<slug:event>/results.csv", export.csv, name="host_event_csv"),
    path("<slug:event>/results.json", export.json, name="host_event_json"),
    path("<slug:event>/duplicate/", ownership.duplicate, name="host_event_duplicate"),
    path("<slug:event>/delete/", ownership.delete, name="host_event_delete"),
    path("<slug:event>/share/", ownership.share, name="host_event_share"),
    path("<slug:event>/unshare/", ownership.unshare, name="host_event_unshare"),
]
