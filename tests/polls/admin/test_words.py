"""Words of the admin about rows, where it once showed what is stored."""

import html
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import RequestFactory
from django.urls import reverse

from accounts import tokens
from accounts.models import AccessToken
from counter.models import Counter, Day, Epoch
from polls.host import history
from polls.lifecycle import transitions
from polls.models import Poll
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import Client, PollDriver

#: JSON, and what Python makes of it.
RAW = re.compile(r"[{\[]['\"]")


@pytest.fixture
def rows() -> Poll:
    """Make a row of each model at least, with all that can be in a poll's history."""
    ada = User.objects.create_user("ada", is_staff=True)
    ada.groups.add(Group.objects.create(name="Judges"))
    tokens.make(ada, "laptop", AccessToken.Scope.HOST, days=30)
    poll = make_poll("cats-or-dogs", "Cats", "Dogs", owner=ada)
    driver = PollDriver(poll)
    driver.vote("a")
    driver.count()
    transitions.reset(poll.pk)
    make_event("party", poll)
    history.note(ada, poll, "Added {name} as a host.", name="Grace")
    history.note(ada, poll, "Opened.")
    history.note_change(ada, poll, ["question"])
    counter = Counter.objects.create(name="home")
    Epoch.objects.create(counter=counter, epoch="00000000-0000-0000-0000-000000000001", visits=20)
    Day.objects.create(counter=counter, day="2026-11-02", visits=20)
    return poll


def seen(client: Client, address: str, **posted: Any) -> str:
    answer = client.post(address, posted) if posted else client.get(address)
    assert answer.status_code == 200, address
    page = html.unescape(answer.content.decode())
    return page[page.index("<main") : page.index("</main")]


def deletable() -> list[type[models.Model]]:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    pages = admin.site._registry.items()
    return [model for model, page in pages if model._meta.managed and page.has_delete_permission(request)]


def test_no_page_about_deleting_shows_what_is_stored(rows: Poll, admin_client: Client):
    pages = {}
    for model in deletable():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for row in model._default_manager.all():
            pages[f"{name} {row.pk}"] = seen(admin_client, reverse(f"{name}_delete", args=[row.pk]))
            pages[f"{name} {row.pk} history"] = seen(admin_client, reverse(f"{name}_history", args=[row.pk]))
        picked = [row.pk for row in model._default_manager.all()]
        chosen = {"action": "delete_selected", "_selected_action": picked}
        pages[f"{name} several"] = seen(admin_client, reverse(f"{name}_changelist"), **chosen)

    assert {name.partition(" ")[0].rpartition("_")[2] for name in pages} == {
        "poll",
        "event",
        "counter",
        "user",
        "group",
        "accesstoken",
    }
    raw = {name: RAW.findall(page) for name, page in pages.items() if RAW.search(page)}
    assert raw == {}


def test_whoever_deletes_a_user_reads_what_that_user_did(rows: Poll, admin_client: Client):
    ada = User.objects.get(username="ada")

    page = seen(admin_client, reverse("admin:auth_user_delete", args=[ada.pk]))

    assert "Added Grace as a host." in page
    assert "Opened." in page
    assert "Changed question." in page
