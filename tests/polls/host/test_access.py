"""Access to the host pages: everybody is sent to every address."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.host import urls
from polls.lifecycle import transitions
from polls.models import Poll
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import JSON, Client

NAMES = {str(pattern.name): str(pattern.pattern) for pattern in urls.urlpatterns}
#: Addresses that are no poll's.
OWN = {"host", "host_new", "host_picture", "host_quick"}
#: What is for the owner of a poll.
OWNERS = {"host_delete", "host_share", "host_unshare"}
#: What is there to be looked at.
PAGES = {"host", "host_new", "host_poll", "host_edit", "host_preview", "host_remote", "host_delete"}


def address(name: str, slug: str = "mine") -> str:
    return "/host/" + NAMES[name].replace("<slug:slug>", slug)


@pytest.fixture
def mine(ada: User) -> Poll:
    """A draft of Ada's, which Bob was let into."""
    poll = owned(make_poll("mine", "Yes", "No", opened=False), ada)
    poll.hosts.add(User.objects.create_user("bob", is_staff=True))
    return poll


def who(name: str) -> Client:
    """A browser of a host, of somebody else, or of nobody."""
    if name == "nobody":
        return Client(raise_request_exception=False)
    defaults = {"is_staff": name in ("other", "root"), "is_superuser": name == "root"}
    return browser_of(User.objects.get_or_create(username=name, defaults=defaults)[0])


def sent(browser: Client, name: str) -> int:
    """The status of a POST with nothing in it, asking for JSON."""
    return int(browser.post(address(name), {}, headers=JSON).status_code)


def walk(browser: Client) -> dict[str, tuple[int | None, int | None]]:
    """Return the status of each address: for a GET of a page, and for a POST of an action."""
    return {
        name: (
            browser.get(address(name)).status_code if name in PAGES else None,
            sent(browser, name) if name not in ("host", "host_poll") else None,
        )
        for name in NAMES
    }


def expected(page: int, action: int) -> dict[str, tuple[int | None, int | None]]:
    """The same answer to everything."""
    return {
        name: (page if name in PAGES else None, action if name not in ("host", "host_poll") else None) for name in NAMES
    }


@pytest.mark.usefixtures("mine")
def test_who_is_not_signed_in_is_led_to_the_sign_in_page():
    assert walk(who("nobody")) == expected(302, 403)
    assert who("nobody").get("/host/mine/edit/")["Location"].endswith("?next=/host/mine/edit/")


@pytest.mark.usefixtures("mine")
def test_who_is_no_staff_is_refused():
    assert walk(who("guest")) == expected(403, 403)
    assert "hosts no polls" in who("guest").get("/host/").content.decode()


@pytest.mark.parametrize(("is_public", "refused"), [(False, 404), (True, 403)])
def test_another_host_is_refused_and_learns_of_a_draft_nothing(mine: Poll, is_public: bool, refused: int):
    if is_public:
        transitions.publish(mine.pk)
    found = walk(who("other"))
    assert {name: answers for name, answers in found.items() if name not in OWN} == {
        name: answers for name, answers in expected(refused, refused).items() if name not in OWN
    }


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize("user", ["ada", "bob", "root"])
def test_owner_co_host_and_superuser_may_come_in(user: str):
    found = walk(who(user))
    refused = {name for name, answers in found.items() if 403 in answers or 404 in answers}
    assert refused == (OWNERS if user == "bob" else set())
    assert {answers[0] for name, answers in found.items() if name not in refused} == {200, None}


@pytest.mark.parametrize(("user", "seen"), [("ada", ["mine"]), ("bob", ["mine"]), ("other", []), ("root", None)])
def test_one_sees_ones_own_polls(mine: Poll, poll: Poll, user: str, seen: Any):
    Poll.objects.filter(pk=poll.pk).update(owner=None)
    context = who(user).get("/host/").context
    found = [poll.slug for page in (context["running"], context["others"]) for poll in page]
    assert found == (["cats-or-dogs", "mine"] if seen is None else seen)


def test_a_poll_that_nobody_owns_is_for_superusers(host: Client, poll: Poll):
    Poll.objects.filter(pk=poll.pk).update(owner=None)
    assert host.get(f"/host/{poll.slug}/").status_code == 403
    assert who("root").get(f"/host/{poll.slug}/").status_code == 200


def test_a_poll_that_the_admin_makes_is_whose_who_made_it(admin_client: Client, admin_user: User):
    rows = {"choices-TOTAL_FORMS": 0, "choices-INITIAL_FORMS": 0}
    fields = {"question": "Which?", "slug": "tea", "max_choices": 1, "result_rule": "always", **rows}
    admin_client.post("/admin/polls/poll/add/", fields)
    assert Poll.objects.get(slug="tea").owner == admin_user


def test_who_sent_a_form_is_led_to_the_poll_after_signing_in(mine: Poll):
    answer = who("nobody").post(f"/host/{mine.slug}/open/")
    assert answer["Location"].endswith("?next=/host/mine/")


# Letting others in ---------------------------------------------------------------------------------------------------


def test_the_owner_lets_somebody_in_and_out(host: Client, poll: Poll):
    cleo = User.objects.create_user("cleo", is_staff=True)
    host.post(f"/host/{poll.slug}/share/", {"username": "cleo"})
    assert list(poll.hosts.all()) == [cleo]
    assert browser_of(cleo).get(f"/host/{poll.slug}/").status_code == 200
    host.post(f"/host/{poll.slug}/unshare/", {"username": "cleo"})
    assert list(poll.hosts.all()) == []


def test_a_co_host_leaves(mine: Poll):
    answer = who("bob").post("/host/mine/unshare/", {"username": "bob"})
    assert (answer["Location"], mine.hosts.count()) == ("/host/", 0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "no user nobody"),
        ("guest", "can't host polls"),
        ("ada", "owns this poll"),
        ("a\0b", "Null"),
        ("", "req"),
    ],
)
def test_who_can_not_be_let_in_is_said_under_the_field(host: Client, poll: Poll, name: str, said: str):
    User.objects.create_user("guest")
    answer = host.post(f"/host/{poll.slug}/share/", {"username": name})
    assert (answer.status_code, poll.hosts.count()) == (400, 0)
    assert said in " ".join(answer.context["share"].errors["username"])


# Taking it away ------------------------------------------------------------------------------------------------------


def test_deleting_names_what_goes_and_wants_a_tick(host: Client, poll: Poll):
    page = host.get(f"/host/{poll.slug}/delete/").content.decode()
    assert "<b>0</b> ballots are deleted" in page
    assert host.post(f"/host/{poll.slug}/delete/").status_code == 400
    assert host.post(f"/host/{poll.slug}/delete/", {}, headers=JSON).json()["status"] == "not_confirmed"
    assert Poll.objects.count() == 1
    assert host.post(f"/host/{poll.slug}/delete/", {"confirm": "1"})["Location"] == "/host/"
    assert Poll.objects.count() == 0


def test_a_copy_is_a_draft_of_ones_own(mine: Poll):
    bob = User.objects.get(username="bob")
    answer = browser_of(bob).post("/host/mine/duplicate/")
    copy = Poll.objects.exclude(pk=mine.pk).get()
    assert answer["Location"] == f"/host/{copy.slug}/edit/"
    assert (copy.owner, copy.question, copy.tally.state) == (bob, mine.question, "draft")
    assert list(copy.choices.values_list("text", flat=True)) == ["Yes", "No"]
