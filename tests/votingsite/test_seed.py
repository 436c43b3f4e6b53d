"""`bin/manage seed`: votes at a steady rate, beside faults that are real and faults that are switched on."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ops.launch.data_dir import BASE_DIR
from tests.system import System
from tests.waiting import eventually


def counted(system: System) -> int:
    with urllib.request.urlopen(f"{system.vote_url}/p/cats-vs-dogs/results.json", timeout=5) as answer:
        return sum(choice["votes"] for choice in json.load(answer)["choices"])


@contextmanager
def streaming(system: System) -> "Iterator[subprocess.Popen[str]]":
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [str(BASE_DIR / "bin" / "manage"), "seed", "--forever", "--rate", "20"]
    with subprocess.Popen(
        command,
        env=environment | {"DATA_DIR": str(system.folder.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def end(process: "subprocess.Popen[str]") -> tuple[int, int, str]:
    """Stop it; return how many votes were received, how many were not taken, and what it said about these."""
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=30)
    said = re.search(r"^(\d+) votes were cast and received, (\d+) were not taken\.$", output, re.MULTILINE)
    assert said, output + errors
    assert process.returncode == 0
    return int(said[1]), int(said[2]), errors


@pytest.mark.slow
def test_votes_go_on_when_the_service_is_back(system: System) -> None:
    with streaming(system) as process:
        eventually(lambda: counted(system) >= 10, 60, "votes")
        system.wait_back("vote", system.kill("vote"), within=30)
        then = counted(system)
        eventually(lambda: counted(system) >= then + 10, 60, "further votes")
        received, refused, said = end(process)
    # Of those that got no answer some may be counted.
    eventually(lambda: received <= counted(system) <= received + refused, 10, "the votes that were received")
    assert refused > 0
    assert "A vote was not taken: " in said


@pytest.mark.slow
def test_a_bad_version_refuses_some_votes_and_counts_the_others(tmp_path: Path) -> None:
    with System(tmp_path / "data", environment={"FAULT_VOTE_ERROR_RATE": "0.5"}) as bad, streaming(bad) as process:
        assert "FAULT_VOTE_ERROR_RATE=0.5 spoils votes on purpose." in bad.output
        eventually(lambda: counted(bad) >= 10, 60, "votes")
        received, refused, said = end(process)
        eventually(lambda: counted(bad) == received, 10, "the votes that were received")
    assert refused > 0
    assert "refuses some on purpose" in said


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "101"])
def test_a_rate_that_can_not_be_kept_is_refused(rate: str) -> None:
    with pytest.raises(CommandError, match=r"^--rate \S+: must be more than 0, and 100 at most\.$"):
        call_command("seed", "--forever", "--rate", rate)
