"""The pipeline page is for staff and, with Postgres away, for those who were staff a moment ago."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.test import Client
from pytest_django import Settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.telemetry import reports
from inspection import pipeline, staff_pass
from inspection.pipeline import formatting
from inspection.pipeline.state import Is, Part
from polls.lifecycle import safety_net, transitions
from tests.inspection.pipeline.conftest import Speaker, all_parts, operator
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres

PAGE = "/admin/pipeline/"
PICTURE = "/admin/pipeline/picture/"
STATE = "/admin/pipeline/state.json"
METRICS = "/metrics"
JOBS = "/admin/django_rq/dashboard/"
ALL = (PAGE, PICTURE, STATE, METRICS, JOBS)
TOKEN = "a token of the tests"


@pytest.fixture
def visitor() -> Client:
    """Somebody with an account that is not staff."""
    client = Client()
    client.force_login(User.objects.create_user("visitor", password="visitor"))
    return client


def codes(client: Client, *pages: str) -> dict[str, int]:
    """Return the status of each page."""
    return {page: client.get(page).status_code for page in pages}


def test_nobody_but_staff_sees_anything(client: Client, visitor: Client) -> None:
    all_parts()
    for stranger in (client, visitor):
        assert codes(stranger, *ALL) == {PAGE: 302, PICTURE: 302, STATE: 403, METRICS: 401, JOBS: 302}
        for page in ALL:
            answer = stranger.get(page)
            assert "vote-1@test" not in answer.content.decode()
            assert settings.STAFF_PASS_COOKIE_NAME not in answer.cookies


def test_polls_are_links_only_for_those_who_may_see_them(staff: Client, driver: PollDriver) -> None:
    all_parts()
    user = User.objects.get(username="staff")
    other = Client()
    other.force_login(operator("other"))
    link = f'<a href="/admin/polls/poll/{driver.poll.pk}/change/">cats-or-dogs</a>'
    for permission in ("view_poll", "change_poll"):
        user.user_permissions.set(Permission.objects.filter(codename__in=[permission, "operate"]))
        for page in (PAGE, PICTURE):
            seen = [browser.get(page).content.decode() for browser in (staff, other)]
            assert [(link in text, "cats-or-dogs" in text) for text in seen] == [(True, True), (False, True)]
        assert staff.get(f"/admin/polls/poll/{driver.poll.pk}/change/").status_code == 200


def test_staff_see_the_pipeline_and_its_figures(staff: Client, driver: PollDriver) -> None:
    all_parts()
    driver.vote("a")
    assert codes(staff, PAGE, PICTURE, STATE, METRICS) == dict.fromkeys((PAGE, PICTURE, STATE, METRICS), 200)
    page = staff.get(PAGE).content.decode()
    assert "Everything is running." in page
    assert "vote-1@test" in page
    assert driver.poll.slug in page
    read = staff.get(STATE).json()
    assert (read["parts"]["worker"]["state"], read["redis"]["waiting"]) == ("up", 1)


def test_the_page_is_no_exception_to_the_policy_of_content(staff: Client) -> None:
    all_parts()
    answer = staff.get(PAGE)
    assert "script-src" not in answer["Content-Security-Policy"]  # default-src 'self' holds
    assert " style=" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_a_number_in_the_picture_is_one_in_every_language(staff: Client, settings: Settings) -> None:
    settings.LANGUAGE_CODE = "es"
    all_parts()
    page = staff.get(PICTURE).content.decode()
    for attribute in re.findall(r' (?:x|y|x1|x2|y1|y2|width|height|d|points)="([^"]*)"', page):
        assert re.fullmatch(r"[-MLHVQZmlhvqzac0-9. ,]*", attribute), attribute
        assert not re.search(r"\d,\d", attribute) or "points" in page


def test_the_other_pages_of_the_system_are_a_press_away(staff: Client) -> None:
    all_parts()
    page = staff.get(PAGE).content.decode()
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert tabs
    others = [f"{PAGE}{name}/" for name in ("follow", "redis", "postgres")]
    assert re.findall(r'href="([^"]*)"', tabs[0]) == others
    User.objects.get(username="staff").user_permissions.add(Permission.objects.get(codename="admin"))
    assert f'href="{JOBS}"' in staff.get(PAGE).content.decode()


def test_each_station_leads_to_what_is_known_of_it(staff: Client) -> None:
    all_parts()
    page = staff.get(PICTURE).content.decode()
    pages = {"Redis": f"{PAGE}redis/", "Postgres": f"{PAGE}postgres/", "Browsers": f"{PAGE}follow/"}
    rows = {**dict.fromkeys(("vote", "worker", "result"), "#processes"), "Screens": "#polls"}
    found = re.findall(r'<a class="name" href="([^"]*)">([^<]*)', page)
    assert {name: address for address, name in found} == pages | rows
    assert len(re.findall(r'<a href="[^"]*" tabindex="-1"><text\s+class="name"', page)) == 7
    assert {'id="processes"', 'id="polls"'} <= set(re.findall(r'id="\w+"', page))


def test_the_list_marks_the_page_that_is_shown_and_no_other(staff: Client) -> None:
    marked = {}
    for path in ("follow/", "redis/", "postgres/"):
        page = staff.get(f"{PAGE}{path}").content.decode()
        marked[path] = re.findall(r'<tr class="model-(\w+)\s+current-model', page)
    assert marked == {"follow/": ["follow"], "redis/": ["redis_inspector"], "postgres/": ["postgres_inspector"]}


def test_a_vote_that_waits_alone_is_one_vote(driver: PollDriver) -> None:
    for part in ("vote", "result"):
        Speaker(part, 1).speak()
    driver.vote("a")
    reading = pipeline.read()
    down = replace(reading, parts=reading.parts | {"worker": Part("worker", Is.DOWN, reading.at)})
    assert formatting.status(down.parts["redis"], down, str) == "holding 1 vote"
    driver.vote("b")
    reading = pipeline.read()
    down = replace(reading, parts=reading.parts | {"worker": Part("worker", Is.DOWN, reading.at)})
    assert formatting.status(down.parts["redis"], down, str) == "holding 2 votes"


def test_ballots_that_are_not_of_open_polls_are_told_apart(staff: Client, driver: PollDriver) -> None:
    all_parts()
    driver.vote("a")
    driver.count()
    assert "of them in open polls" not in staff.get(PICTURE).content.decode()
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    other = PollDriver(make_poll("tea-or-coffee", "Tea", "Coffee"))
    other.vote("b")
    other.count()
    page = staff.get(PICTURE).content.decode()
    assert ("1 has voted" in page, "2 ballots counted" in page, "1 of them in open polls" in page) == (True,) * 3


def test_the_index_of_the_admin_has_the_system(staff: Client) -> None:
    index = staff.get("/admin/").content.decode()
    assert f'href="{PAGE}"' in index
    assert f'href="{JOBS}"' not in index


# Without a store -----------------------------------------------------------------------------------------------------


def test_staff_go_on_looking_without_postgres(staff: Client, postgres: Postgres) -> None:
    all_parts()
    staff.get(PAGE)
    postgres.stop()
    staff.raise_request_exception = False
    assert codes(staff, PAGE, PICTURE, STATE) == dict.fromkeys((PAGE, PICTURE, STATE), 200)
    assert "Postgres is down." in staff.get(PAGE).content.decode()
    # The pass opens nothing else.
    assert codes(staff, METRICS, "/admin/") == {METRICS: 401, "/admin/": 503}


def test_without_postgres_nobody_else_gets_in(client: Client, visitor: Client, postgres: Postgres) -> None:
    visitor.get(PAGE)
    postgres.stop()
    assert codes(client, PAGE, PICTURE, STATE) == {PAGE: 302, PICTURE: 302, STATE: 403}
    # Whoever has a session may be anybody.
    assert codes(visitor, PAGE, PICTURE, STATE) == dict.fromkeys((PAGE, PICTURE, STATE), 503)


def test_a_pass_goes_with_its_session(staff: Client, postgres: Postgres) -> None:
    staff.get(PAGE)
    given = staff.cookies[settings.STAFF_PASS_COOKIE_NAME]
    assert (given["path"], given["httponly"], given["samesite"]) == (PAGE, True, "Strict")
    staff.cookies[settings.SESSION_COOKIE_NAME] = "another session"
    postgres.stop()
    assert staff.get(STATE).status_code == 503


def test_a_page_that_stays_open_keeps_its_pass(staff: Client, postgres: Postgres) -> None:
    staff.get(PAGE)
    del staff.cookies[settings.STAFF_PASS_COOKIE_NAME]
    staff.get(PICTURE)
    postgres.stop()
    assert staff.get(PICTURE).status_code == 200


def test_a_pass_runs_out(staff: Client, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    staff.get(PAGE)
    postgres.stop()
    assert staff.get(STATE).status_code == 200
    monkeypatch.setattr(staff_pass, "VALID_S", -1)
    assert staff.get(STATE).status_code == 503


@pytest.mark.parametrize(
    "forged", ["", "x", signing.dumps("", salt="inspection.staff_pass")], ids=["none", "no pass", "of nobody"]
)
def test_a_forged_pass_opens_nothing(visitor: Client, postgres: Postgres, forged: str) -> None:
    visitor.cookies[settings.STAFF_PASS_COOKIE_NAME] = forged
    postgres.stop()
    assert visitor.get(STATE).status_code == 503
    del visitor.cookies[settings.SESSION_COOKIE_NAME]
    assert visitor.get(STATE).status_code == 403


def test_who_is_no_longer_staff_is_out_at_once(staff: Client) -> None:
    staff.get(PAGE)
    User.objects.update(is_staff=False)
    assert codes(staff, PICTURE, STATE) == {PICTURE: 302, STATE: 403}


def test_the_page_says_that_redis_is_down(staff: Client, own_redis: OwnRedis) -> None:
    all_parts()
    own_redis.stop()
    page = staff.get(PAGE).content.decode()
    assert "Redis is down." in page
    assert "not known now" in page


# RQ's pages ----------------------------------------------------------------------------------------------------------


def test_the_jobs_are_for_those_with_the_permission(staff: Client, admin_client: Client) -> None:
    assert staff.get(JOBS).status_code == 403
    assert admin_client.get(JOBS).status_code == 200
    assert f'href="{JOBS}"' in admin_client.get("/admin/").content.decode()


def test_the_jobs_without_redis_are_a_sentence(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a web service has them: only workers wait for a Redis that is away.
    monkeypatch.setitem(settings.RQ_QUEUES["default"], "REDIS_CLIENT_KWARGS", {"retry": Retry(NoBackoff(), 0)})
    monkeypatch.setitem(settings.RQ_QUEUES["default"], "PORT", 1)
    for page in (JOBS, f"{JOBS}queues/0/", f"{JOBS}workers/0/"):
        answer = admin_client.get(page)
        assert (page, answer.status_code) == (page, 503)
        assert "Redis does not answer" in answer.content.decode()


# /metrics ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def token(settings: Settings) -> str:
    """The token of METRICS_TOKEN."""
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def bearer(client: Client, token: str) -> str:
    """The metrics, with this token; empty when refused."""
    answer = client.get(METRICS, headers={"Authorization": f"Bearer {token}"})
    return answer.content.decode() if answer.status_code == 200 else ""


def test_the_token_opens_the_metrics(client: Client, token: str, driver: PollDriver) -> None:
    all_parts()
    driver.vote("a")
    figures = bearer(client, token)
    assert 'votingsite_part_up{part="redis"} 1.0' in figures
    assert "votingsite_votes_waiting 1.0" in figures
    assert "votingsite_polls_with_waiting_votes 1.0" in figures
    assert 'votingsite_votes_total{outcome="received",part="vote",process="vote-1@test"}' in figures


@pytest.mark.parametrize("wrong", ["", "another token", f"{TOKEN}x", TOKEN[:-1]])
def test_another_token_opens_nothing(client: Client, token: str, wrong: str) -> None:
    assert bearer(client, wrong) == ""


def test_without_a_token_in_the_settings_none_opens_anything(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = None
    assert bearer(client, "") == bearer(client, "None") == ""


def test_a_store_that_is_down_is_a_figure(client: Client, token: str, own_redis: OwnRedis) -> None:
    all_parts()
    own_redis.stop()
    figures = bearer(client, token)
    assert 'votingsite_part_up{part="redis"} 0.0' in figures
    assert "votingsite_votes_waiting" not in figures
    assert "votingsite_ballots 0.0" in figures


@pytest.mark.parametrize("file", ["grafana/votingsite.json", "prometheus/alerts.yml"])
def test_dashboard_and_alerts_name_only_metrics_that_there_are(
    client: Client, token: str, driver: PollDriver, file: str
) -> None:
    all_parts()
    driver.vote("a")
    driver.count()
    all_parts()
    figures = bearer(client, token)
    # Of what has not happened yet there are only name and kind.
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)", figures, re.MULTILINE))
    there = set(kinds) | {f"{name}_bucket" for name, kind in kinds.items() if kind == "histogram"}
    text = (Path(settings.BASE_DIR) / "deploy" / file).read_text()
    named = set(re.findall(r"votingsite_\w+", text))
    assert named
    assert named - there == set()


def test_the_dashboard_is_json_with_a_query_in_each_panel() -> None:
    dashboard = json.loads((Path(settings.BASE_DIR) / "deploy/grafana/votingsite.json").read_text())
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


def test_the_command_prints_the_same_state(capsys: pytest.CaptureFixture[str], driver: PollDriver) -> None:
    from django.core.management import CommandError, call_command

    all_parts()
    driver.vote("a")
    call_command("pipeline")
    printed = capsys.readouterr().out
    assert printed.startswith("Everything is running.")
    assert re.search(r"^waiting +1 \(boxes: 1", printed, re.MULTILINE)
    assert re.search(r"^worker-1@test +counts +running", printed, re.MULTILINE)

    call_command("pipeline", as_json=True)
    assert json.loads(capsys.readouterr().out)["redis"]["waiting"] == 1

    reports.take_leave("worker-1@test")
    with pytest.raises(CommandError) as error:
        call_command("pipeline")
    assert error.value.returncode == 3
    assert str(error.value) == "Down: worker."
