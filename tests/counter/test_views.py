"""The pages of the counter, as docs/architecture.md describes them."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from core.web.origins import server_name
from counter import badges
from counter.models import DIRECT, Counter, Day, Epoch
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres


def test_the_page_counts_and_says_who_served_it(home: Counter, client: Client) -> None:
    client.get("/counter/home/")
    answer = client.get("/counter/home/")
    assert answer.status_code == 200
    assert answer.context["visits"] == 2
    assert server_name() in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_number_as_json_counts_nothing(home: Counter, client: Client) -> None:
    client.get("/counter/home/")
    assert [client.get("/counter/home.json").json() for _ in range(2)] == [{"name": "home", "visits": 1}] * 2


def test_a_head_request_counts_nothing(home: Counter, client: Client) -> None:
    client.head("/counter/home/")
    client.head("/counter/home.svg")
    assert client.get("/counter/home.json").json()["visits"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
        {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"},
        {"User-Agent": "LinkedInBot/1.0"},
        {"User-Agent": "Slack-ImgProxy (+https://api.slack.com/robots)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)"},
        {"User-Agent": "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/"},
        {"User-Agent": "Iframely/1.3.1 (+https://iframely.com/docs/about)"},
    ],
    ids=lambda headers: next(iter(headers.values()))[:24],
)
def test_what_nobody_sees_counts_nothing(home: Counter, client: Client, headers: dict[str, str]) -> None:
    page = client.get("/counter/home/", headers=headers)
    assert page.status_code == 200
    assert "Yours was counted" not in page.content.decode()
    client.get("/counter/home.svg", headers=headers)
    assert client.get("/counter/home.json").json()["visits"] == 0


def test_its_preview_says_what_it_counts(home: Counter, client: Client) -> None:
    page = client.get("/counter/home/", headers={"User-Agent": "Slackbot 1.0"}).content.decode()
    assert '<meta property="og:title" content="Visits to “home”">' in page
    assert '<meta property="og:url" content="http://testserver:8080/counter/home/">' in page


@pytest.mark.parametrize(
    "agent",
    ["", "curl/8.5.0", "python-requests/2.32", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0"],
)
def test_programs_that_are_none_of_these_count(home: Counter, client: Client, agent: str) -> None:
    client.get("/counter/home/", headers={"User-Agent": agent})
    assert client.get("/counter/home.json").json()["visits"] == 1


def test_the_badge_counts_and_is_kept_by_nobody(home: Counter, client: Client) -> None:
    client.get("/counter/home.svg")
    answer = client.get("/counter/home.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "no-store" in answer["Cache-Control"]
    texts = [text.text for text in ElementTree.fromstring(answer.content).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert texts == ["visits", "2"]


def test_the_badge_escapes_what_it_says() -> None:
    name = '<a href="x">&\''
    drawn = ElementTree.fromstring(badges.draw(name, "1", f"1 visit to {name}"))  # noqa: S314
    assert [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")] == [name, "1"]
    assert drawn.get("aria-label") == f"1 visit to {name}"


@pytest.mark.parametrize(
    ("text", "width"), [("1", 7), ("48,213", 37), ("48\u00a0213", 37), ("1\u00a0000\u00a0000\u00a0000", 77)]
)
def test_the_badge_is_as_wide_as_its_digits(text: str, width: int) -> None:
    assert badges.width(text) == width


def test_the_page_shows_visits_per_day(home: Counter, client: Client) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Day.objects.create(counter=home, day=yesterday, visits=5)
    Epoch.objects.create(counter=home, epoch=DIRECT, visits=7)
    chart = client.get("/counter/home/").context["chart"]
    assert [bar.visits for bar in chart.bars[-3:]] == [0, 5, 3]
    assert (len(chart.bars), chart.today, chart.most, chart.before) == (30, 3, 5, 5)


def test_without_postgres_the_page_counts_and_shows_no_days(
    home: Counter, own_redis: OwnRedis, postgres: Postgres, client: Client
) -> None:
    client.get("/counter/home.svg")
    postgres.stop()
    answer = client.get("/counter/home/")
    assert (answer.status_code, answer.context["visits"], answer.context["chart"]) == (200, 2, None)


@pytest.mark.parametrize("path", ["away/", "away.json", "away.svg", "a%00b/", "ho%20me.json", "x" * 3000 + "/"])
def test_an_unknown_counter_is_a_404(home: Counter, client: Client, path: str) -> None:
    assert client.get(f"/counter/{path}").status_code == 404
    answer = client.get(f"/counter/{path}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["home/", "home.json", "home.svg"])
def test_without_any_store_the_answer_is_503(
    home: Counter, own_redis: OwnRedis, postgres: Postgres, client: Client, path: str
) -> None:
    client.get("/counter/home/")
    own_redis.stop()
    postgres.stop()
    answer = client.get(f"/counter/{path}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (503, "not_recorded")
    assert int(answer["Retry-After"]) > 0
    assert client.get(f"/counter/{path}").status_code == 503


def test_without_any_answer_no_visit_is_said_to_be_uncounted(
    home: Counter, own_redis: OwnRedis, postgres: Postgres, client: Client
) -> None:
    """Redis gives no answer, and Postgres is away."""
    client.get("/counter/home/")
    own_redis.pause()
    postgres.stop()
    answer = client.get("/counter/home/", headers={"accept": "application/json"})
    own_redis.resume()
    assert (answer.status_code, answer.json()["status"]) == (503, "unknown")
    assert int(answer["Retry-After"]) > 0


def test_nobody_posts_to_a_counter(home: Counter, client: Client) -> None:
    assert client.post("/counter/home/").status_code == 405


def test_the_admin_shows_numbers_and_changes_none(home: Counter, admin_client: Client) -> None:
    admin_client.get("/counter/home/")
    assert '<td class="field-visits">1</td>' in admin_client.get("/admin/counter/counter/").content.decode()
    answer = admin_client.post(f"/admin/counter/counter/{home.pk}/change/", {"name": "other", "visits": 99})
    assert answer.status_code == 302
    assert Counter.objects.get().name == "home"
    assert admin_client.get("/counter/home.json").json() == {"name": "home", "visits": 1}


def test_the_admin_makes_counters(home: Counter, admin_client: Client, admin_user: User) -> None:
    admin_client.post("/admin/counter/counter/add/", {"name": "news"})
    assert admin_client.get("/counter/news.json").json() == {"name": "news", "visits": 0}
