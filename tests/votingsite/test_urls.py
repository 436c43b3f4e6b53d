"""Addresses that belong to no app."""

from django.templatetags.static import static
from django.test import Client


def test_browsers_that_ask_for_an_icon_get_the_mark(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert (answer.status_code, answer["Location"]) == (302, static("mark.svg"))
