"""Inviting a host: who may, how the link holds, and what becomes of whoever opens it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import invitations
from accounts.models import Invitation
from polls import people
from polls.models import Poll
from tests.accounts.conftest import OWN, PASSWORD, browser, sign_in
from tests.polls.conftest import make_poll
from tests.promises.parts import BackgroundCall, waiting_for_a_lock
from tests.waiting import eventually

PAGE, TO_CATS = "/account/invitations/", "/host/cats/invite/"
ACCOUNT = {"username": "cleo", "email": "", "password1": OWN, "password2": OWN}


@pytest.fixture
def poll(ada: User) -> Poll:
    """Ada's."""
    return make_poll("cats", "Cats", "Dogs", owner=ada)


def link_of(page: Any) -> str:
    """The way of the newest link on a page."""
    found = re.search(r"<code id=\"link-\d+\"[^>]*>https?://[^/]+([^<]+)</code>", page.content.decode())
    assert found
    return found[1]


def invited(window: Client, page: str = PAGE, email: str = "") -> str:
    """Make an invitation, and return the way of its link."""
    return link_of(window.post(page, {"email": email}, follow=True))


def test_an_invitation_makes_an_account_and_leads_to_the_polls(root: Client) -> None:
    guest = browser()
    way = invited(root)
    assert guest.get(way).status_code == 200
    answer = guest.post(way, ACCOUNT)

    assert answer["Location"] == "/host/"
    assert guest.get("/host/").status_code == 200
    user = User.objects.get(username="cleo")
    assert [group.name for group in user.groups.all()] == ["Hosts"]
    assert (user.is_staff, people.may_host(user), people.may_operate(user)) == (False, True, False)
    assert sign_in(browser(), "cleo", OWN)["Location"] == "/host/"


def test_an_invitation_works_once(root: Client) -> None:
    way = invited(root)
    browser().post(way, ACCOUNT)
    second = browser().post(way, ACCOUNT | {"username": "dora"})

    assert second.status_code == 404
    assert "was used or taken back" in second.content.decode()
    assert not User.objects.filter(username="dora").exists()


def test_a_name_taken_at_the_same_moment_is_said_in_a_sentence(root: Client) -> None:
    way = invited(root)
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser, is_staff,"
                " is_active, date_joined) VALUES (%s, '', '', '', '', false, false, true, now())",
                [ACCOUNT["username"]],
            )
        accepting = BackgroundCall(lambda: browser().post(way, ACCOUNT))
        eventually(lambda: waiting_for_a_lock() == 1)
        other.commit()
    finally:
        other.close()
    answer = accepting.join()

    assert answer.status_code == 400
    assert "A user with that username already exists." in answer.content.decode()
    assert Invitation.objects.count() == 1
    assert browser().post(way, ACCOUNT | {"username": "dora"})["Location"] == "/host/"


def test_looking_at_it_uses_nothing_up(root: Client) -> None:
    way = invited(root)
    for _ in range(3):
        assert browser().get(way).status_code == 200
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("what", ["expired", "taken back", "inviter shut out", "forged"])
def test_a_link_that_holds_no_more_says_so(what: str, root: Client) -> None:
    way = invited(root)
    if what == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "taken back":
        root.post(f"{PAGE}take-back/", {"invitation": Invitation.objects.get().pk})
    elif what == "inviter shut out":
        User.objects.update(is_active=False)
    else:
        way = way[:-3] + "x/"
    assert browser().post(way, ACCOUNT).status_code == 404
    assert not User.objects.filter(username="cleo").exists()


def test_it_holds_for_seven_days(root: Client) -> None:
    invited(root)
    left = Invitation.objects.get().expires_at - timezone.now()

    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_an_invitation_to_a_poll_makes_a_host_of_it(ada: User, poll: Poll) -> None:
    way = invited(browser(ada), TO_CATS)
    guest = browser()
    assert poll.question in guest.get(way).content.decode()

    assert guest.post(way, ACCOUNT)["Location"] == "/host/cats/"
    assert guest.get("/host/cats/").status_code == 200
    assert "Accepted an invitation from ada." in browser(ada).get("/host/cats/").content.decode()


def test_the_polls_page_leads_there(ada: User, poll: Poll) -> None:
    assert f'href="{TO_CATS}"' in browser(ada).get("/host/cats/").content.decode()


def test_who_has_an_account_accepts_with_it(ada: User, poll: Poll) -> None:
    cleo = User.objects.create_user("cleo", password=PASSWORD)
    way = invited(browser(ada), TO_CATS)
    window = browser(cleo)
    assert window.get("/host/").status_code == 403

    assert "Accept as cleo" in window.get(way).content.decode()
    assert window.post(way)["Location"] == "/host/cats/"
    assert list(poll.hosts.all()) == [cleo]
    assert User.objects.count() == 2


def test_a_taken_name_is_refused_and_the_link_still_works(ada: User, root: Client) -> None:
    way = invited(root)
    assert browser().post(way, ACCOUNT | {"username": "ADA"}).status_code == 400
    assert browser().post(way, ACCOUNT).status_code == 302


@pytest.mark.parametrize(
    ("who", "any_host", "own_poll"),
    [("host", 403, 200), ("operator", 200, 200), ("other host", 403, 403), ("guest", 403, 403), ("nobody", 302, 302)],
)
def test_who_may_invite(who: str, any_host: int, own_poll: int, ada: User, poll: Poll) -> None:
    windows: dict[str, Callable[[], Client]] = {
        "host": lambda: browser(ada),
        "operator": lambda: browser(_operator(ada)),
        "other host": lambda: browser(User.objects.create_user("bob", password=PASSWORD, is_staff=True)),
        "guest": lambda: browser(User.objects.create_user("bob", password=PASSWORD)),
        "nobody": browser,
    }
    window = windows[who]()

    assert window.get(PAGE).status_code == any_host
    assert window.get(TO_CATS).status_code == own_poll
    sent = {window.post(PAGE).status_code, window.post(TO_CATS).status_code}
    assert Invitation.objects.count() == (any_host == 200) + (own_poll == 200), sent


def _operator(user: User) -> User:
    user.user_permissions.add(Permission.objects.get(codename="add_invitation"))
    return user


def test_a_host_takes_back_only_their_own(ada: User, poll: Poll, root: Client) -> None:
    invited(root)
    number = Invitation.objects.get().pk
    browser(ada).post(f"{PAGE}take-back/", {"invitation": number})

    assert Invitation.objects.filter(pk=number).exists()


def test_where_the_group_was_deleted_it_is_made_anew(root: Client) -> None:
    Group.objects.all().delete()
    way = invited(root)
    browser().post(way, ACCOUNT)

    assert people.may_host(User.objects.get(username="cleo"))


def test_where_mail_is_configured_the_link_is_sent(root: Client, mail: list[Any]) -> None:
    way = invited(root, email="cleo@example.net")

    (sent,) = mail
    assert (sent.to, sent.from_email) == (["cleo@example.net"], "votes@example.org")
    assert f"https://votes.example{way}" in sent.body


@pytest.mark.parametrize("is_configured", [True, False])
def test_where_it_can_not_be_sent_the_page_shows_it(is_configured: bool, root: Client, request: Any) -> None:
    if is_configured:
        request.getfixturevalue("mail")
        request.getfixturevalue("settings").EMAIL_BACKEND = "tests.accounts.test_invitations.Refusing"
    page = root.post(PAGE, {"email": "cleo@example.net"}, follow=True)

    assert "Send the link to them" in page.content.decode()
    assert browser().get(link_of(page)).status_code == 200


class Refusing(BaseEmailBackend):
    """A mail server that is not there."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError(111, "Connection refused")


def test_expired_ones_go_with_the_next(root: Client) -> None:
    invited(root)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    invited(root)

    assert Invitation.objects.count() == 1
    assert invitations.seen_by(User.objects.get()).count() == 1


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "", TO_CATS])
def test_taking_back_leads_back_and_nowhere_else(page: str, ada: User, poll: Poll) -> None:
    window = browser(ada)
    invited(window, TO_CATS)
    sent = {"invitation": Invitation.objects.get().pk, "next": page}

    assert window.post(f"{PAGE}take-back/", sent)["Location"] == (page if page == TO_CATS else "/host/")
    assert Invitation.objects.count() == 0


def test_an_owner_who_was_shut_out_leaves_no_door_open(ada: User, poll: Poll) -> None:
    way = invited(browser(ada), TO_CATS)
    User.objects.update(is_active=False)

    assert browser().get(way).status_code == 404


def test_the_admin_names_what_goes_with_a_user(root: Client, ada: User, poll: Poll) -> None:
    bob = User.objects.create_user("bob")
    poll.hosts.add(bob)
    bob.groups.add(Group.objects.get_or_create(name="Hosts")[0])
    page = root.get(f"/admin/auth/user/{bob.pk}/delete/").content.decode()

    assert " object (" not in page
    assert "Which? - bob" in page
    assert "bob - Hosts" in page
