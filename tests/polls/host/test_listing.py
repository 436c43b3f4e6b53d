"""Which polls stand on the home page: those that their hosts put there."""

import pytest
from django.contrib.auth.models import User

from polls.box import definitions
from polls.models import Poll
from polls.views import drawn
from tests.polls.conftest import make_poll
from tests.polls.host.test_editor import NEW, edited, form
from tests.polls.poll_driver import Client, PollDriver
from tests.store_fixtures import Postgres


@pytest.mark.parametrize(
    ("sent", "is_listed"), [({}, False), ({"is_listed": "False"}, False), ({"is_listed": "True"}, True)]
)
def test_a_new_poll_is_found_by_its_code_alone(host: Client, sent: dict[str, str], is_listed: bool):
    """Unless its host says otherwise."""
    host.post(NEW, form("Tea", "Coffee", question="Tea or coffee?", code="k7k7", do="open", **sent))
    make_poll("another", "Yes", "No")
    make_poll("a-third", "Yes", "No")
    assert Poll.objects.get(code="k7k7").is_listed is is_listed
    assert ("Tea or coffee?" in Client().get("/").content.decode()) is is_listed
    assert Client().get("/k7k7")["Location"] == "/p/tea-or-coffee/"


def test_an_edit_that_says_nothing_of_it_leaves_it(host: Client, driver: PollDriver, ada: User):
    Poll.objects.update(owner=ada)
    host.post(f"/host/{driver.poll.slug}/edit/", edited(driver, "Cats", "Dogs", question="Which of them?"))
    driver.poll.refresh_from_db()
    assert (driver.poll.question, driver.poll.is_listed) == ("Which of them?", True)


def test_a_copy_is_listed_as_the_poll_was(host: Client, driver: PollDriver, ada: User):
    Poll.objects.update(owner=ada, is_listed=False)
    host.post(f"/host/{driver.poll.slug}/duplicate/")
    assert set(Poll.objects.values_list("is_listed", flat=True)) == {False}


def test_one_listed_poll_is_led_to_and_home_is_still_there(driver: PollDriver):
    make_poll("hidden", "Yes", "No", is_listed=False)
    address = driver.poll.get_absolute_url()
    assert Client().get("/")["Location"] == address
    home = Client().get("/?home")
    assert (home.status_code, address in home.content.decode()) == (200, True)
    for page in (address, f"{address}results/", "/nowhere/at/all/"):
        assert 'href="/?home"' in Client().get(page).content.decode()


def test_an_unlisted_poll_stays_so_without_postgres(postgres: Postgres):
    names = ("one", "two", "hidden")
    for name in names:
        make_poll(name, "Yes", "No", is_listed=name != "hidden")
    Client().get("/?home")
    for name in names:
        definitions.cache.get(name)
    postgres.stop()
    drawn.forget()
    page = Client().get("/?home").content.decode()
    assert [f"/p/{name}/" in page for name in names] == [True, True, False]


def test_a_projector_leads_strangers_to_listed_polls_alone(driver: PollDriver):
    make_poll("hidden", "Yes", "No", is_listed=False)
    make_poll("listed", "Yes", "No")
    page = Client().get(f"{driver.poll.get_absolute_url()}present/").content.decode()
    assert ("/p/listed/present/" in page, "/p/hidden/" in page) == (True, False)


def test_a_draft_has_no_short_address():
    poll = make_poll("draft", "Yes", "No", opened=False)
    assert Client().get(f"/{poll.code}").status_code == 404
    assert Client().get(f"/?code={poll.code}").status_code == 404


def test_who_guesses_codes_is_held_up(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.web.guesses.MOST", 3)
    guesses = [Client().get("/wxyx" if number % 2 else "/?code=wxyx") for number in range(5)]
    assert [guess.status_code for guess in guesses] == [404, 404, 404, 429, 429]
    assert guesses[-1]["Retry-After"] == "60"
    assert Client().get(f"/{driver.poll.code}").status_code == 302
