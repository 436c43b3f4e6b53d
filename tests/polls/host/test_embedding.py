"""A host says which sites may show a poll in a frame, and copies what to put there."""

import re
from html import unescape
from typing import Any

import pytest

from polls.box import definitions
from polls.host.embeds import MOST_ORIGINS, origin
from polls.models import Poll
from tests.polls.host.conftest import browser_of
from tests.polls.poll_driver import JSON, Client


def allow(host: Client, poll: Poll, text: str, **options: Any) -> Any:
    return host.post(f"/host/{poll.slug}/embed/", {"origins": text}, **options)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.org", "https://example.org"),
        ("example.org", "https://example.org"),
        ("HTTPS://Example.org/", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://192.168.1.7:3030", "http://192.168.1.7:3030"),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(text: str, read: str) -> None:
    assert origin(text) == read


NO_ORIGINS = """
* https://*.example.org 'none' https://example.org;script-src https://a,b https:// https://example.org/blog
https://example.org?a https://a@example.org ftp://example.org data:x https://example.org:x https://example.org:99999
https://[::1] https://-a.example https://a..b file:///tmp/slides.html https://example.org#a https://example.org"x
"""


@pytest.mark.parametrize("text", [*NO_ORIGINS.split(), f"https://{'a' * 64}.example", "https://" + "a." * 140 + "a"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        origin(text)


def test_a_host_names_the_sites(host: Client, poll: Poll) -> None:
    answer = allow(host, poll, "https://a.example\nb.example\n\nhttps://a.example/", headers=JSON)
    assert answer.json()["origins"] == ["https://a.example", "https://b.example"]
    poll.refresh_from_db()
    assert poll.embed_origins == ["https://a.example", "https://b.example"]
    definitions.cache.clear()
    found = definitions.cache.get(poll.slug)
    assert found is not None
    assert found.embed_origins == ("https://a.example", "https://b.example")
    page = host.get(f"/host/{poll.slug}/").content.decode()
    assert "Sites that may show it in a frame: https://a.example, https://b.example." in page


def test_a_host_takes_them_back(host: Client, poll: Poll) -> None:
    allow(host, poll, "https://a.example")
    allow(host, poll, "  ")
    poll.refresh_from_db()
    assert poll.embed_origins == []
    page = host.get(f"/host/{poll.slug}/").content.decode()
    assert "in no other site" in page
    assert "No site may show it in a frame." in page


def test_the_wrong_line_is_named_and_stays(host: Client, poll: Poll) -> None:
    answer = allow(host, poll, "https://a.example\nhttps://*.example")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "“https://*.example” is no address of a site." in page
    assert "https://a.example\nhttps://*.example</textarea>" in page
    assert allow(host, poll, "https://*", headers=JSON).json()["status"] == "bad_origin"
    poll.refresh_from_db()
    assert poll.embed_origins == []


def test_there_is_a_limit(host: Client, poll: Poll) -> None:
    sites = [f"https://site-{number}.example" for number in range(MOST_ORIGINS + 1)]
    assert allow(host, poll, "\n".join(sites), headers=JSON).status_code == 400
    assert allow(host, poll, "\n".join(sites[:-1]), headers=JSON).status_code == 200


def test_only_hosts_of_the_poll_may(poll: Poll, django_user_model: Any) -> None:
    other = browser_of(django_user_model.objects.create_user("bob", is_staff=True))
    assert allow(other, poll, "https://a.example", headers=JSON).status_code == 403
    assert allow(Client(), poll, "https://a.example", headers=JSON).status_code == 403


def test_there_is_something_to_copy(host: Client, poll: Poll, settings: Any) -> None:
    settings.VOTE_URL, settings.RESULT_URL = "https://vote.example", "https://result.example"
    Poll.objects.filter(pk=poll.pk).update(question='Who "wins" <here>?')
    page = host.get(f"/host/{poll.slug}/").content.decode()
    texts = dict(re.findall(r'<textarea\s+id="(embed-[a-z]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    snippets = {name: unescape(text) for name, text in texts.items()}
    assert snippets["embed-ballot"].startswith(
        '<iframe src="https://vote.example/p/cats-or-dogs/embed/" title="Who &quot;wins&quot; &lt;here&gt;?"'
    )
    assert "https://result.example/p/cats-or-dogs/embed/?show=results" in snippets["embed-results"]
    assert "https://result.example/p/cats-or-dogs/results.svg" in snippets["embed-picture"]
    assert snippets["embed-reveal"].startswith("<section>")
    assert "layout: iframe" in snippets["embed-slidev"]
    assert '["https://vote.example", "https://result.example"].includes(origin)' in snippets["embed-script"]
    assert len(snippets["embed-script"].splitlines()) <= 10


def test_a_copy_may_be_shown_where_the_poll_was(host: Client, poll: Poll) -> None:
    allow(host, poll, "https://a.example")
    slug = host.post(f"/host/{poll.slug}/duplicate/", headers=JSON).json()["slug"]
    assert Poll.objects.get(slug=slug).embed_origins == ["https://a.example"]
