"""URLs of the host pages, below /host/."""

from django.urls import path

from polls.host import actions, codes, editor, embedding, entries, joining, ownership, quick, remote, uploads, views

urlpatterns = [
    path("", views.polls, name="host"),
    path("new/", editor.new, name="host_new"),
    path("new/quick/", quick.ask, name="host_quick"),
    path("new/picture/", uploads.picture, name="host_picture"),
    path("<slug:slug>/", views.poll, name="host_poll"),
    path("<slug:slug>/edit/", editor.edit, name="host_edit"),
    path("<slug:slug>/rounds.csv", views.rounds_csv, name="host_rounds_csv"),
    path("<slug:slug>/remote/", remote.remote, name="host_remote"),
    path("<slug:slug>/preview/", views.preview, name="host_preview"),
    path("<slug:slug>/codes/", codes.manage, name="host_codes"),
    path("<slug:slug>/codes/sheet/", codes.sheet, name="host_codes_sheet"),
    path("<slug:slug>/codes.csv", codes.csv, name="host_codes_csv"),
    path("<slug:slug>/join/", joining.sheet, name="host_join"),
    path("<slug:slug>/join.png", joining.png, name="host_join_png"),
    path("<slug:slug>/join.svg", joining.svg, name="host_join_svg"),
    path("<slug:slug>/delete/", ownership.delete, name="host_delete"),
    path("<slug:slug>/duplicate/", ownership.duplicate, name="host_duplicate"),
    path("<slug:slug>/share/", ownership.share, name="host_share"),
    path("<slug:slug>/unshare/", ownership.unshare, name="host_unshare"),
    path("<slug:slug>/open/", actions.open_poll, name="host_open"),
    path("<slug:slug>/seal/", actions.seal, name="host_seal"),
    path("<slug:slug>/publish/", actions.publish, name="host_publish"),
    path("<slug:slug>/reset/", actions.reset, name="host_reset"),
    path("<slug:slug>/set-aside/", actions.set_aside, name="host_set_aside"),
    path("<slug:slug>/put-back/", actions.put_back, name="host_put_back"),
    path("<slug:slug>/close-in/", actions.close_in, name="host_close_in"),
    path("<slug:slug>/try-out/", actions.try_out, name="host_try_out"),
    path("<slug:slug>/end-test/", actions.end_test, name="host_end_test"),
    path("<slug:slug>/embed/", embedding.allow, name="host_embed"),
    path("<slug:slug>/entries/", entries.change, name="host_entries"),
]
