"""Addresses that belong to no app."""

from django.test import Client


def test_browsers_that_ask_for_an_icon_get_the_mark(client: Client) -> None:
    icon = client.get("/favicon.ico", follow=True)

    assert icon.status_code == 200
    assert icon["Content-Type"] == "image/svg+xml"
    assert b"".join(icon).startswith(b"<svg")
