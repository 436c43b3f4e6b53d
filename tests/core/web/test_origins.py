"""The facts about the web services that every page gets."""

from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from core.web import origins


def _named(request: HttpRequest) -> object:
    return origins.context(request)["server_name"]


def test_pages_name_the_process_only_where_a_setting_asks_for_it(settings: Settings, rf: RequestFactory) -> None:
    request = rf.get("/")
    assert _named(request) == ""
    settings.SHOW_SERVER_NAME = True
    assert _named(request) == origins.server_name()
