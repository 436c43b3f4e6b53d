"""The name and the logo of a site, wherever they stand."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from core.web.logos import Logo
from tests.core.web.test_logos import SVG, png
from tests.polls.conftest import clean, make_poll
from tests.polls.host.conftest import browser_of

__all__ = ["clean"]

NAME = 'Ágora & "Co"'
SHOWN = "Ágora &amp; &quot;Co&quot;"


@pytest.fixture
def browser() -> Client:
    return browser_of(User.objects.create_superuser("root"))


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/nowhere/", "/host/", "/host/new/", "/p/fish/results/", "/p/fish/", "/admin/"]
)
def test_its_name_is_on_every_page(browser: Client, settings: Any, path: str) -> None:
    settings.SITE_NAME = NAME
    make_poll("fish", "Yes", "No")
    page = browser.get(path, {"home": ""}).content.decode()
    assert re.search(rf'class="brand"\s+href="[^"]*"[^>]*>.*?<span\s*>\s*{SHOWN}\s*</span>', page, re.DOTALL)
    assert not re.search(r"<title>[^<]*votingsite", page)


def test_a_poll_keeps_its_own_title(browser: Client, settings: Any) -> None:
    settings.SITE_NAME = NAME
    make_poll("fish", "Yes", "No")
    page = Client().get("/p/fish/").content.decode()
    assert re.search("<title>[^<]*Which\\?[^<]*</title>", page)
    assert f'<meta property="og:site_name" content="{SHOWN}">' in page


@pytest.mark.parametrize(
    ("logo", "touch_icon"),
    [
        (Logo(SVG, "image/svg+xml", "any"), r"/static/touch-icon\.\w+\.png"),
        (Logo(png(512, 512), "image/png", "512x512"), r"/site-logo\?v=\w+"),
    ],
)
def test_a_logo_stands_in_the_place_of_our_mark(settings: Any, logo: Logo, touch_icon: str) -> None:
    settings.SITE_LOGO = logo
    page = Client().get("/?home").content.decode()
    address = f"/site-logo?v={logo.version}"
    assert f'<img class="mark" src="{address}" alt="">' in page
    assert f'<link rel="icon" href="{address}">' in page
    assert re.search(f'<link rel="apple-touch-icon" href="{touch_icon}">', page)
    sent = Client().get(address)
    assert (sent.content, sent["Content-Type"]) == (logo.content, logo.content_type)
    assert sent["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in sent["Content-Security-Policy"]
    assert "script" not in sent["Content-Security-Policy"]
    icons = json.loads(Client().get("/site.webmanifest").content)["icons"]
    assert icons == [{"src": address, "sizes": logo.sizes, "type": logo.content_type}]


def test_without_a_logo_there_is_our_mark_alone() -> None:
    page = Client().get("/?home").content.decode()
    assert '<svg class="mark"' in page
    assert Client().get("/site-logo").status_code == 404


def test_the_manifest_names_the_site_and_icons_that_are_there(settings: Any) -> None:
    settings.SITE_NAME = NAME
    answer = Client().get("/site.webmanifest")
    manifest = json.loads(answer.content)
    assert (manifest["name"], manifest["start_url"]) == (NAME, "/?home")
    assert answer["Content-Type"] == "application/manifest+json"
    files = {re.sub(r"^/static/|\.\w{12}(?=\.png)", "", icon["src"]) for icon in manifest["icons"]}
    assert files == {"icon-192.png", "icon-512.png"}
    assert all(finders.find(name) for name in files)


def test_the_manifest_is_the_same_for_all_and_kept() -> None:
    answers = [Client().get("/site.webmanifest", headers={"Accept-Language": language}) for language in ("en", "es")]
    assert answers[0].content == answers[1].content
    assert answers[0]["Cache-Control"] == "public, max-age=86400"
    again = Client().get("/site.webmanifest", headers={"If-None-Match": answers[0]["ETag"]})
    assert again.status_code == 304


def test_both_themes_have_their_colour() -> None:
    page = Client().get("/?home").content.decode()
    for scheme, colour in (("light", "#fafbf9"), ("dark", "#0c1413")):
        assert f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {scheme})">' in page
