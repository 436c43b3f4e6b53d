"""Pictures of choices: how long they live, and where they are seen."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from core.web.pictures import BadPictureError
from polls import pictures
from polls.box import ballot_box, definitions
from polls.box.definition import Definition
from polls.host import editing
from polls.lifecycle import transitions
from polls.models import Choice, Picture, Poll, State
from polls.results import snapshots
from tests.core.web.test_pictures import file
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver
from tests.store_fixtures import Postgres


def picture(colour: str = "red") -> str:
    """Keep a picture, and return its name."""
    return pictures.keep(file(colour=colour))


def pictured(slug: str = "pets") -> Poll:
    """A poll whose first choice has a picture."""
    poll = make_poll(slug, "Cats", "Dogs", opened=False)
    illustrate(poll, picture())
    transitions.open_poll(poll.pk)
    return Poll.objects.get(pk=poll.pk)


def illustrate(poll: Poll, name: str | None) -> None:
    """Give a poll's first choice this picture."""
    pictures.claim([name] if name else [])
    Choice.objects.filter(pk=poll.choices.all()[0].pk).update(picture=name)
    transitions.edited(poll.pk)


def names() -> set[str]:
    return set(Picture.objects.values_list("name", flat=True))


def test_what_is_the_same_is_kept_once():
    assert picture() == picture()
    assert Picture.objects.count() == 1


def test_what_is_no_picture_leaves_nothing():
    with pytest.raises(BadPictureError):
        pictures.keep(b"GIF89a")
    assert names() == set()


def test_one_that_no_form_was_saved_with_goes_after_a_day():
    forgotten, fresh = picture("red"), picture("blue")
    Picture.objects.filter(pk=forgotten).update(waits_until=timezone.now() - timedelta(seconds=1))
    pictures.sweep()
    assert names() == {fresh}


def test_one_that_is_sent_again_waits_anew():
    name = picture()
    Picture.objects.filter(pk=name).update(waits_until=timezone.now() + timedelta(seconds=1))
    picture()
    assert Picture.objects.filter(pk=name, waits_until__gt=timezone.now() + timedelta(hours=23)).exists()


def test_it_lives_as_long_as_a_choice_has_it():
    poll = pictured()
    name = names()
    pictures.sweep()
    assert names() == name
    illustrate(poll, None)
    assert names() == set()


def test_it_goes_with_its_poll_and_stays_with_a_copy():
    poll = pictured()
    copy = editing.duplicate(User.objects.create_user("ada"), poll)
    transitions.delete(poll.pk)
    assert names() == {copy.choices.all()[0].picture_id}
    transitions.delete(copy.pk)
    assert names() == set()


def test_postgres_itself_lets_none_go_that_a_choice_has():
    pictured()
    with pytest.raises(IntegrityError):
        Picture.objects.all().delete()


def test_anybody_gets_it_and_browsers_keep_it(client: Client):
    poll = pictured()
    address = definitions.of(poll).choices[0].picture
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content == bytes(Picture.objects.get().content)
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.cookies == {}


def test_one_that_is_not_there_is_not_found(client: Client):
    assert client.get(f"/pictures/{'0' * 32}.webp").status_code == 404


def test_while_postgres_is_away_it_says_so(client: Client, postgres: Postgres):
    address = definitions.of(pictured()).choices[0].picture
    postgres.stop()
    answer = client.get(address)
    postgres.start()
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")


@pytest.mark.parametrize("page", ["", "results/", "present/"])
def test_pages_show_it_as_an_ornament(client: Client, page: str):
    poll = pictured()
    address = definitions.of(poll).choices[0].picture
    text = client.get(f"/p/pets/{page}").content.decode()
    assert len(re.findall(rf'<img\s+class="picture"\s+src="{address}"\s+alt=""', text)) == 1


def test_two_choices_with_pictures_are_rows(client: Client):
    assert PollDriver(make_poll("plain", "Yes", "No")).definition.layout == "two"
    assert PollDriver(pictured()).definition.layout == "many"
    assert 'class="rows pictured"' in client.get("/p/pets/").content.decode()


def test_a_snapshot_carries_its_address_alone(client: Client):
    poll = pictured()
    address = definitions.of(poll).choices[0].picture
    cats, dogs = snapshots.snapshot(poll.pk)["choices"]
    assert (cats["picture"], "picture" in dogs, len(address) < 50) == (address, False, True)
    assert client.get("/p/pets/results.json").json()["choices"][0]["picture"] == address


def test_the_box_knows_it_and_a_poll_without_looks_as_before():
    poll = pictured()
    text = ballot_box.definition("pets")
    assert text is not None
    assert Definition.load(text) == definitions.of(poll)
    assert "picture" not in definitions.of(make_poll("plain", "Yes", "No")).dump()


def test_the_table_names_it(client: Client):
    poll = pictured()
    address = definitions.of(poll).choices[0].picture
    lines = client.get("/p/pets/results.csv").content.decode().splitlines()
    assert lines[0].endswith(",picture,right")
    assert [line.rsplit(",", 2)[1] for line in lines[1:]] == [f'"{address}"', '""']


def test_it_may_be_exchanged_while_people_vote():
    poll = pictured()
    driver = PollDriver(poll)
    driver.vote("ann")
    driver.count()
    illustrate(poll, picture("blue"))
    assert (driver.tally.state, driver.totals) == (State.OPEN, [1, 0])
    assert len(names()) == 1
