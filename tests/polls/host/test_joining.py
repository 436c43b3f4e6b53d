"""The way to a poll: the address on the host's page, as a file, and on paper."""

import re
import struct
from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.models import Poll
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import Client

FILES = ("join.png", "join.svg")
PAGES = ("", "join/", *FILES)


def test_all_ways_name_the_address_of_the_moment(host: Client, poll: Poll, settings: Any):
    for vote_url in ("https://vote.example", "http://10.0.0.7:8080"):
        settings.VOTE_URL = vote_url
        address = f"{vote_url}/{poll.code}"
        assert f'value="{address}"' in host.get(f"/host/{poll.slug}/").content.decode()
        assert f"<title>{address}</title>" in host.get(f"/host/{poll.slug}/join.svg").content.decode()
        sheet = host.get(f"/host/{poll.slug}/join/").content.decode()
        assert f"{vote_url.partition('//')[2]}/<wbr><b>{poll.code}</b>" in sheet


def test_files_have_the_polls_name_and_are_fit_for_print(host: Client, poll: Poll):
    png, svg = (host.get(f"/host/{poll.slug}/{name}") for name in FILES)
    assert [answer["Content-Disposition"] for answer in (png, svg)] == [
        f'attachment; filename="cats-or-dogs-{poll.code}-qr.{ending}"' for ending in ("png", "svg")
    ]
    assert [answer["Content-Type"] for answer in (png, svg)] == ["image/png", "image/svg+xml"]
    width, height = struct.unpack(">II", png.content[16:24])
    assert width == height >= 1024
    assert 'width="100.0mm" height="100.0mm"' in svg.content.decode()


def test_nothing_is_kept_for_it_is_the_address_of_the_moment(host: Client, poll: Poll):
    for name in PAGES:
        assert "no-store" in host.get(f"/host/{poll.slug}/{name}")["Cache-Control"]


@pytest.mark.parametrize("name", PAGES)
def test_they_are_for_the_hosts_of_the_poll(poll: Poll, name: str):
    stranger = browser_of(User.objects.create_user("eve", is_staff=True))
    assert stranger.get(f"/host/{poll.slug}/{name}").status_code == 403
    poll.hosts.add(User.objects.get(username="eve"))
    assert stranger.get(f"/host/{poll.slug}/{name}").status_code == 200
    assert Client().get(f"/host/{poll.slug}/{name}").status_code == 302


def test_a_draft_says_from_when_its_address_works(host: Client, ada: User):
    draft = owned(make_poll("fresh", "Yes", "No", opened=False), ada)
    said = "This address works once the poll is published or open."
    assert said in host.get("/host/fresh/").content.decode()
    assert Client().get(f"/{draft.code}").status_code == 404
    host.post("/host/fresh/publish/")
    assert said not in host.get("/host/fresh/").content.decode()
    assert Client().get(f"/{draft.code}").status_code == 302


def test_an_address_that_no_phone_reaches_is_said_to_be_one(host: Client, poll: Poll, settings: Any):
    said = "t reach this address: start with"
    settings.VOTE_URL = "http://localhost:8080"
    assert said in host.get(f"/host/{poll.slug}/").content.decode()
    settings.VOTE_URL = "https://vote.example"
    assert said not in host.get(f"/host/{poll.slug}/").content.decode()


def test_the_sheet_needs_no_script(host: Client, poll: Poll):
    sheet = host.get(f"/host/{poll.slug}/join/").content.decode()
    assert re.search(r'<button[^>]*class="[^"]*scripted[^"]*"[^>]*data-print', sheet)
    assert "<svg" in sheet
