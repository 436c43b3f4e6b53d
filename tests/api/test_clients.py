"""Programs against a running system: the example of the documentation, a generated client, and a fuzzer."""

import hashlib
import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system import System
from tests.waiting import eventually

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "docs/examples/host_a_poll.py"
#: Seconds for which the API is fuzzed; ten minutes by hand.
FUZZED_S = int(os.environ.get("API_FUZZED_S", "60"))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system whose API has no limit."""
    data = tmp_path_factory.mktemp("api") / "data"
    with System(data, environment={"API_RATE_LIMIT": "off"}) as running:
        yield running


@pytest.fixture
def token(system: System) -> str:
    """A token of the system's superuser, stored as the page stores it."""
    text = f"vs_{secrets.token_urlsafe(32)}"
    with system.postgres() as postgres:
        postgres.execute(
            "INSERT INTO accounts_accesstoken (user_id, name, digest, beginning, scope, created_at)"
            " SELECT id, 'test', %s, %s, 'host', now() FROM auth_user WHERE username = 'admin'",
            [hashlib.sha256(text.encode()).hexdigest(), text[:8]],
        )
    return text


def test_the_example_hosts_a_poll(system: System, token: str):
    lines = [line for line in EXAMPLE.read_text().splitlines() if line.strip() and not line.startswith('"""')]
    assert len(lines) <= 20
    done = subprocess.run(
        [sys.executable, EXAMPLE, system.vote_url, token], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stderr, done.stdout.splitlines()[:2]) == ("", ["vote: received", "poll: sealing"])
    assert done.stdout.splitlines()[2].startswith("result: [('Tea', ")


def test_a_generated_client_hosts_a_whole_poll(
    system: System, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = subprocess.run(
        [
            *(BIN / "openapi-python-client", "generate", "--url", f"{system.vote_url}/api/v1/openapi.json"),
            *("--meta", "none", "--output-path", tmp_path / "made_client", "--fail-on-warning"),
        ],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(tmp_path)
    with importlib.import_module("made_client").AuthenticatedClient(system.vote_url, token) as client:
        host_a_poll(system, client)


def host_a_poll(system: System, client: Any) -> None:
    """Make a poll in an event, lead its audience to it, vote, close it, and read its final result."""
    models = importlib.import_module("made_client.models")

    def ask(operation: str, *path: str, **sent: Any) -> Any:
        return importlib.import_module(f"made_client.api.{operation}").sync(*path, client=client, **sent)

    rows = [models.RowSent(text="Tea", right=True), models.RowSent(text="Coffee", right=False)]
    new = models.NewPoll(question="Which is older?", choices=rows)
    poll = ask("hosting_polls.create_poll", body=new, idempotency_key="once")
    assert ask("hosting_polls.create_poll", body=new, idempotency_key="once") == poll
    event = ask("hosting_events.create_event", body=models.NewEvent(title="Break"))
    ask("hosting_events.add_poll", event.slug, body=models.PollNamed(poll=poll.slug))
    assert ask("hosting_events.step", event.slug, body=models.Step(to=poll.slug)).on == poll.slug
    for choice in (poll.choices[0], poll.choices[0], poll.choices[1]):
        paper = ask("voting.get_ballot", poll.slug)
        sent = models.VoteSent(voter=paper.voter, page=paper.page, selections=[choice.id])
        assert ask("voting.vote", poll.slug, body=sent).status in ("received", "counted")
    closed = ask(
        "hosting_polls.act_on_poll", poll.slug, importlib.import_module("made_client.models.action").Action.CLOSE
    )
    assert closed.state in ("sealing", "final")
    assert eventually(lambda: ask("polls.read_poll", poll.slug).state == "final")
    result = ask("polls.read_results", poll.slug)
    assert [(choice.text, choice.votes) for choice in result.choices] == [("Tea", 2), ("Coffee", 1)]
    refused = ask("hosting_polls.read_hosted_poll", "nowhere")
    assert (type(refused).__name__, refused.status) == ("Problem", 404)


def test_no_request_of_a_fuzzer_breaks_it(system: System, token: str, tmp_path: Path):
    fuzzed = subprocess.run(
        [
            *(BIN / "schemathesis", "run", f"{system.vote_url}/api/v1/openapi.json", "--url", system.vote_url),
            *("--header", f"Authorization: Bearer {token}", "--max-time", str(FUZZED_S), "--max-examples", "1000000"),
            *("--checks", "not_a_server_error,content_type_conformance,status_code_conformance"),
            *("--continue-on-failure", "--no-shrink", "--no-color", "--request-timeout", "20"),
            # With more threads the fuzzer itself meets a fault of Python 3.11 (python/cpython#106905).
            *("--workers", "1"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=FUZZED_S + 240,
        check=False,
    )
    said = "\n".join(line[:300] for line in (fuzzed.stdout + fuzzed.stderr).splitlines())
    assert fuzzed.returncode == 0, said
