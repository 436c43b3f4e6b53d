"""Pictures in the editor of a poll: sent one at a time, or with the form."""

import html
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from core.web.pictures import MOST_BYTES
from polls.models import Choice, Picture, Poll
from tests.core.web.test_pictures import file
from tests.polls.host.conftest import browser_of
from tests.polls.host.test_editor import NEW, edited, form, typed
from tests.polls.poll_driver import JSON, Client, PollDriver

UPLOAD = "/host/new/picture/"


def sent(content: bytes = b"", name: str = "a photo.png") -> SimpleUploadedFile:
    """A file as a browser sends it; a picture where no content is given."""
    return SimpleUploadedFile(name, content or file(), "image/png")


def taken(host: Client, content: bytes = b"") -> str:
    """Send a picture, and return its name."""
    name: str = host.post(UPLOAD, {"file": sent(content)}, headers=JSON).json()["picture"]
    return name


def pictures_of(poll: Poll) -> list[str | None]:
    return list(Choice.objects.filter(poll=poll).values_list("picture", flat=True))


def shown(answer: Any) -> list[str]:
    """Return the names of the pictures in the form that came back."""
    return [row["picture"].value() or "" for row in answer.context["choices"].forms]


def test_a_chosen_one_waits_for_its_form(host: Client):
    answer = host.post(UPLOAD, {"file": sent()}, headers=JSON)
    name = Picture.objects.get().name
    assert answer.json() == {"status": "received", "picture": name, "address": f"/pictures/{name}.webp"}
    host.post(NEW, form("Tea", "Coffee", **{"choices-1-picture": name}))
    assert pictures_of(Poll.objects.get()) == [None, name]
    assert Picture.objects.get().waits_until is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg/>", "Use a PNG, JPEG or WebP picture."),
        (bytes(MOST_BYTES + 1), "This picture is too large. The limit is 5 MB."),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(host: Client, content: bytes, said: str):
    answer = host.post(UPLOAD, {"file": sent(content)}, headers=JSON)
    assert (answer.status_code, answer.json()["detail"], Picture.objects.count()) == (400, said, 0)


def test_a_form_without_a_file_is_told_so(host: Client):
    answer = host.post(UPLOAD, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (400, "bad_picture")


def test_only_hosts_may_send_one():
    guest = browser_of(User.objects.create_user("guest"))
    answers = [browser.post(UPLOAD, {"file": sent()}, headers=JSON) for browser in (Client(), guest)]
    assert ([answer.status_code for answer in answers], Picture.objects.count()) == ([403, 403], 0)


def test_without_javascript_files_come_with_the_form(host: Client):
    host.post(NEW, form("Tea", "Coffee", **{"choices-0-file": sent()}))
    assert pictures_of(Poll.objects.get()) == [Picture.objects.get().name, None]


def test_a_form_that_comes_back_has_its_pictures_still(host: Client):
    answer = host.post(NEW, form("Tea", "Tea", question="", **{"choices-0-file": sent()}))
    name = Picture.objects.get().name
    assert (answer.status_code, shown(answer)[0]) == (400, name)
    assert f'src="/pictures/{name}.webp"' in answer.content.decode()


def test_a_file_that_is_no_picture_keeps_all_else(host: Client):
    answer = host.post(NEW, form("Tea", "Coffee", **{"choices-1-file": sent(b"%PDF")}))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert typed(answer)["1"] == "Coffee"
    assert "Use a PNG, JPEG or WebP picture." in answer.content.decode()


def test_pictures_go_with_their_rows(host: Client):
    name = taken(host)
    answer = host.post(NEW, form("Tea", "Coffee", do="down-0", **{"choices-0-picture": name}))
    assert shown(answer)[:2] == ["", name]
    answer = host.post(NEW, form("Tea", "Coffee", do="bare-0", **{"choices-0-picture": name}))
    assert (shown(answer)[:2], typed(answer)["0"]) == (["", ""], "Tea")


def test_a_bad_file_is_said_where_rows_are_moved_too(host: Client):
    answer = host.post(NEW, form("Tea", "Coffee", do="down-0", **{"choices-0-file": sent(b"%PDF")}))
    assert (answer.status_code, typed(answer)["0"]) == (400, "Coffee")
    assert "Use a PNG, JPEG or WebP picture." in answer.content.decode()


def test_a_picture_needs_a_text(host: Client):
    answer = host.post(NEW, form("Tea", "Coffee", "", **{"choices-2-picture": taken(host)}))
    assert answer.status_code == 400
    assert "Give this picture a text, which is the choice's name." in html.unescape(answer.content.decode())


@pytest.mark.parametrize("name", ["0" * 32, "../../admin", "x", "\u0661" * 32])
def test_one_that_is_not_there_is_not_taken(host: Client, name: str):
    answer = host.post(NEW, form("Tea", "Coffee", **{"choices-0-picture": name}))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert "This picture is no longer here. Choose it again." in answer.content.decode()


def test_it_is_exchanged_and_removed_in_an_open_poll_too(host: Client, poll: Poll):
    driver = PollDriver(poll)
    for name in (taken(host), taken(host, file(colour="blue")), ""):
        host.post(f"/host/{poll.slug}/edit/", edited(driver, "Cats", "Dogs", **{"choices-0-picture": name}))
        assert pictures_of(poll) == [name or None, None]
        assert set(Picture.objects.filter(waits_until=None).values_list("name", flat=True)) == {name} - {""}
    assert "choices" in LogEntry.objects.latest("pk").get_change_message()


def test_a_program_that_knows_nothing_of_pictures_changes_none(host: Client, poll: Poll):
    driver, name = PollDriver(poll), taken(host)
    host.post(f"/host/{poll.slug}/edit/", edited(driver, "Cats", "Dogs", **{"choices-0-picture": name}))
    host.post(f"/host/{poll.slug}/edit/", edited(driver, "Cats!", "Dogs"))
    assert pictures_of(poll) == [name, None]


def test_the_editor_draws_those_that_there_are(host: Client, poll: Poll):
    name = taken(host)
    host.post(f"/host/{poll.slug}/edit/", edited(PollDriver(poll), "Cats", "Dogs", **{"choices-0-picture": name}))
    for page in (f"/host/{poll.slug}/edit/", f"/host/{poll.slug}/", f"/host/{poll.slug}/preview/"):
        assert host.get(page).content.decode().count(f'src="/pictures/{name}.webp"') == 1


def test_a_picture_that_goes_while_its_form_is_saved(host: Client):
    name = taken(host)

    def goes(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith('UPDATE "polls_picture"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute("DELETE FROM polls_picture")  # as another process's sweep after a day
        return execute(sql, *arguments)

    with connection.execute_wrapper(goes):
        answer = host.post(NEW, form("Tea", "Coffee", question="Tea or coffee?", **{"choices-0-picture": name}))

    assert (answer.status_code, Poll.objects.count()) == (409, 0)
    page = answer.content.decode()
    assert "This picture is no longer here. Choose it again." in page
    assert ">Tea or coffee?</textarea>" in page
