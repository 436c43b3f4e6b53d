"""Programs that use the API, and hosts with access tokens."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts import tokens
from polls.lifecycle import safety_net, transitions
from polls.models import Poll, State, Tally
from tests.polls.conftest import clean, driver, poll, strict

__all__ = ["clean", "driver", "poll", "strict"]

API = "/api/v1"


@pytest.fixture(autouse=True)
def emptied(clean: None) -> None:
    """Real commits and an empty Redis for each test."""


@dataclass
class Program:
    """A program that sends JSON, perhaps with an access token."""

    token: str = ""
    address: str = "203.0.113.7"

    def ask(self, method: str, path: str, sent: Any = None, **headers: str) -> Any:
        """Send a request and return the answer, whose errors are always problem documents."""
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        client = Client(raise_request_exception=False, REMOTE_ADDR=self.address)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.generic(
            method, API + path, b"" if sent is None else dump(sent), "application/json", headers=named
        )
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", answer.content
            assert answer.json()["status"] == answer.status_code
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, sent: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, sent, **headers)

    def made(self, question: str = "Cats or dogs?", **fields: Any) -> Any:
        """Make a poll and return it."""
        choices = [{"text": "Cats"}, {"text": "Dogs"}]
        answer = self.post("/host/polls", {"question": question, "choices": choices, **fields})
        assert answer.status_code == 201, answer.content
        return answer.json()

    def act(self, slug: str, action: str) -> Any:
        return self.post(f"/host/polls/{slug}/actions/{action}")

    def vote(self, slug: str, *selections: int, voter: str = "", **more: str) -> Any:
        """Vote as a browser does: with a ballot paper."""
        paper = self.get(f"/polls/{slug}/ballot", Voter=voter, Ticket=more.get("ticket", "")).json()
        sent = {"voter": paper["voter"], "page": paper["page"], "selections": selections, **more}
        return paper["voter"], self.post(f"/polls/{slug}/votes", sent)

    def show(self, slug: str, code: str) -> Any:
        """Show a voting code as a new voter."""
        paper = self.get(f"/polls/{slug}/ballot").json()
        return self.post(f"/polls/{slug}/code", {"voter": paper["voter"], "page": paper["page"], "code": code})


def dump(sent: Any) -> bytes:
    return sent if isinstance(sent, bytes) else json.dumps(sent).encode()


def word(answer: Any) -> tuple[int, str]:
    """Return the status of a refusal and the word in its type."""
    return answer.status_code, answer.json()["type"].rpartition("problem-")[2]


@pytest.fixture
def anybody() -> Program:
    """A program without a token."""
    return Program()


def host_named(name: str, scope: str = "host") -> Program:
    """Make a host with a token."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    return Program(tokens.make(user, "test", scope, None))


@pytest.fixture
def ada() -> Program:
    """The program of a host."""
    return host_named("ada")


def close(poll: Poll) -> None:
    """Close a poll and count it to its end, as a host and a worker do."""
    transitions.seal(poll.pk)
    safety_net.sweep()
    assert Tally.objects.get(pk=poll.pk).state == State.FINAL
