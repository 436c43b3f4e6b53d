"""URLs of the host pages, below /host/."""

from django.urls import path

from polls.host import actions, views

urlpatterns = [
    path("", views.polls, name="host"),
    path("<slug:slug>/", views.poll, name="host_poll"),
    path("<slug:slug>/open/", actions.open_poll, name="host_open"),
    path("<slug:slug>/seal/", actions.seal, name="host_seal"),
    path("<slug:slug>/publish/", actions.publish, name="host_publish"),
    path("<slug:slug>/reset/", actions.reset, name="host_reset"),
    path("<slug:slug>/close-in/", actions.close_in, name="host_close_in"),
    path("<slug:slug>/try-out/", actions.try_out, name="host_try_out"),
    path("<slug:slug>/end-test/", actions.end_test, name="host_end_test"),
]
