"""The pages of hosts."""

import re
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polls.host.views import OPEN_SHOWN, ROWS_SHOWN
from polls.lifecycle import safety_net, transitions, trials
from polls.models import Choice, Poll, ResultRule, Tally
from polls.templatetags import hosting
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import owned
from tests.polls.poll_driver import Client, PollDriver


def page(host: Client, path: str = "") -> str:
    """The words of a page, and its markup."""
    answer = host.get(f"/host/{path}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_who_has_no_poll_is_told_how_to_make_one(host: Client):
    assert "Make the first poll" in page(host)


def test_a_host_sees_the_totals_whatever_the_result_rule(host: Client, ada: User):
    driver = PollDriver(owned(make_poll("secret", "Yes", "No", result_rule=ResultRule.AFTER_CLOSE), ada))
    driver.vote("ann", 1)
    driver.count()
    for path in ("", "secret/"):
        assert 'aria-label="Yes 0%, No 100%"' in page(host, path)
    assert "100%</span>" not in Client().get("/p/secret/results/").content.decode()


def test_the_result_of_an_earlier_round_is_kept_to_look_at(host: Client, driver: PollDriver):
    driver.vote("ann")
    driver.count()
    transitions.reset(driver.poll.pk)
    shown = page(host, "cats-or-dogs/")
    assert re.search(r"Round 1\s+<span\s*>1 voter,", shown)
    assert 'aria-label="Cats 100%, Dogs 0%"' in shown


def test_every_state_has_its_page(host: Client, ada: User):
    poll = owned(make_poll("fresh", "Yes", "No", opened=False), ada)
    said: list[tuple[str, str, Callable[[], object]]] = [
        ("draft", "A draft: only hosts can see it.", lambda: transitions.publish(poll.pk)),
        ("scheduled", "It opens when you open it.", lambda: trials.try_out(poll.pk)),
        ("test", "This is a test round", lambda: transitions.reset(poll.pk)),
        ("open", "Close now", lambda: transitions.seal(poll.pk)),
        ("sealing", "no more votes are accepted", safety_net.sweep),
        ("final", "Final: every vote is counted.", safety_net.sweep),
    ]
    missing = []
    for state, words, go_on in said:
        if words not in page(host, "fresh/") or "Which?" not in page(host):
            missing.append(state)
        go_on()
    assert missing == []


def test_a_poll_is_presented_in_a_tab_of_its_own(host: Client, ada: User):
    poll = owned(make_poll("fresh", "Yes", "No", opened=False), ada)
    states: list[tuple[str, Callable[[], object]]] = [
        ("draft", lambda: transitions.publish(poll.pk)),
        ("scheduled", lambda: transitions.open_poll(poll.pk)),
        ("open", lambda: transitions.seal(poll.pk)),
        ("final", lambda: None),
    ]
    ways = {}
    for state, go_on in states:
        safety_net.sweep()
        shown = page(host, "fresh/")
        way = r'href="[^"]*/p/fresh/present/"\s+target="_blank"\s+rel="noopener"\s*>\s*Present\s*<'
        ways[state] = re.search(way, shown)
        # What the page says before any script: the state, and not that it were live.
        assert re.search(rf'data-live="still".*?class="when-still"\s*>\s*{state}\s*<', shown, re.DOTALL)
        go_on()
    assert [state for state, way in ways.items() if way] == ["scheduled", "open", "final"]


def test_a_draft_without_choices_has_its_page(host: Client, ada: User):
    poll = Poll.objects.create(slug="bare", question="What?", owner=ada)
    transitions.edited(poll.pk)
    assert "What?" in page(host, "bare/") + page(host)


def many(ada: User, number: int, state: str) -> None:
    """Polls that somehow came into this state."""
    for index in range(number):
        poll = Poll.objects.create(slug=f"{state}-{index}", question=f"{state} {index}?", owner=ada)
        Choice.objects.create(poll=poll, text="Yes")
        Tally.objects.create(poll=poll, state=state)


def rows(shown: str) -> tuple[int, int]:
    """Return how many open polls a page lists, and how many others."""
    return len(re.findall(r'<li\s+class="poll"', shown)), shown.count('<th scope="row"')


def test_long_lists_have_pages(host: Client, ada: User):
    many(ada, OPEN_SHOWN + 1, "open")
    many(ada, ROWS_SHOWN + 1, "final")
    first, second = page(host), page(host, "?page=2&open=2")
    assert rows(first) == (OPEN_SHOWN, ROWS_SHOWN)
    assert rows(second) == (1, 1)
    assert rows(page(host, "?page=99&open=x"))[0] == OPEN_SHOWN


def test_turning_the_pages_of_one_list_leaves_the_other_alone(host: Client, ada: User):
    many(ada, 2 * OPEN_SHOWN + 1, "open")
    many(ada, 2 * ROWS_SHOWN + 1, "final")
    assert re.findall(r'href="([?][^"]*)"', page(host, "?page=2&open=2&else=1")) == [
        "?open=1&amp;page=2",
        "?open=3&amp;page=2",
        "?open=2&amp;page=1",
        "?open=2&amp;page=3",
    ]


def test_a_long_list_costs_no_more_queries_than_a_short_one(host: Client, ada: User):
    many(ada, 1, "open")
    many(ada, 1, "final")
    page(host)
    with CaptureQueriesContext(connection) as few:
        page(host)
    many(ada, 5, "sealing")
    many(ada, 5, "draft")
    with CaptureQueriesContext(connection) as more:
        page(host)
    assert len(more) == len(few)


def test_without_redis_the_pages_are_there(host: Client, ada: User, own_redis: OwnRedis):
    driver = PollDriver(owned(make_poll("fresh", "Yes", "No"), ada))
    own_redis.stop()
    driver.vote("ann")
    assert 'aria-label="Yes 100%, No 0%"' in page(host)
    assert 'aria-label="Yes 100%, No 0%"' in page(host, "fresh/")


def test_a_vote_in_the_preview_goes_nowhere(host: Client, driver: PollDriver):
    answer = host.post("/host/cats-or-dogs/preview/", {"choice": driver.choices[0]})
    assert "Nothing was stored." in answer.content.decode()
    driver.count()
    assert driver.totals == [0, 0]


def test_no_page_of_a_poll_leads_nowhere(host: Client, ada: User):
    draft = owned(make_poll("draft", "Yes", "No", opened=False), ada)
    owned(make_poll("opened", "Yes", "No"), ada)
    broken = []
    for slug in (draft.slug, "opened"):
        for page in (f"/host/{slug}/", f"/host/{slug}/edit/", f"/host/{slug}/delete/", f"/host/{slug}/preview/"):
            # What stands in a template waits for a script.
            html = re.sub(r"(?s)<template.*?</template>", "", host.get(page).content.decode())
            links = {link.partition("?")[0] for link in re.findall(r'<a [^>]*href="(?:http://[^/"]*)?(/[^"]*)"', html)}
            broken += [(page, link) for link in sorted(links) if host.get(link).status_code >= 400]
    assert broken == []


def test_the_hosts_of_a_poll_are_named_the_owner_first(driver: PollDriver):
    driver.poll.hosts.add(User.objects.create_user("bob"))
    assert hosting.host_names(driver.poll) == "ada, bob"
    driver.poll.owner = None
    assert hosting.host_names(driver.poll) == "\N{EN DASH}, bob"
