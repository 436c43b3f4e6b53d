"""Events in the admin."""

from django.contrib.auth.models import User
from django.test import Client

from polls.lifecycle import events
from polls.models import Event
from tests.polls.conftest import make_event, make_poll


def test_saving_an_event_raises_its_version_and_keeps_what_is_on() -> None:
    one = make_poll("one", "Yes", "No")
    event = make_event("party", one)
    events.put_on(event.pk, one.pk)
    event.refresh_from_db()
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    form = {
        "title": "Feast",
        "slug": "party",
        "places-TOTAL_FORMS": "1",
        "places-INITIAL_FORMS": "1",
        "places-0-poll": one.pk,
        "places-0-event": event.pk,
        "places-0-position": "3",
    }
    answer = browser.post(f"/admin/polls/event/{event.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()
    saved = Event.objects.get()
    assert (saved.title, saved.current, saved.is_on, saved.version > event.version) == ("Feast", one, True, True)
    assert saved.places.get().position == 3
