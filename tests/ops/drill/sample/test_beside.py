"""`manage.py drill NAME --beside PATH` as a person runs it. SAMPLE_APP is the folder of a checkout."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops.drill.sample import app
from ops.launch.data_dir import BASE_DIR
from tests.waiting import eventually

MANAGE = str(BASE_DIR / "bin" / "manage")
SHORT = ["--seconds", "6", "--rate", "20", "--seed", "3"]


@pytest.fixture
def checkout() -> str:
    if "SAMPLE_APP" not in os.environ:
        pytest.skip("SAMPLE_APP names no checkout of https://github.com/dockersamples/example-voting-app.")
    return os.environ["SAMPLE_APP"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for all temporary ones, with a short name."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def row(title: str, text: str) -> list[int]:
    """Return the numbers of a row of the ledger: here, and at the sample app."""
    found = re.search(rf"^{re.escape(title)} +([\d,]+) +([\d,]+)$", text, re.MULTILINE)
    assert found, text
    return [int(number.replace(",", "")) for number in found.groups()]


def test_the_hook_leads_the_hosts_to_ports_here():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environment = {
            "PYTHONPATH": str(Path(app.__file__).parent / "hooks"),
            "SAMPLE_PORTS": json.dumps({"redis": listener.getsockname()[1]}),
        }
        connect = "import socket; socket.create_connection(('redis', 6379), 5)"

        assert subprocess.run([sys.executable, "-c", connect], env=environment, timeout=30).returncode == 0


@pytest.mark.slow
def test_both_ledgers_are_printed(checkout: str, place: Path):
    """Killed with most votes still in its memory, the sample app's Redis loses them; here nothing is lost."""
    done = subprocess.run(
        [MANAGE, "drill", "kill-redis", "--beside", checkout, *SHORT],
        env={**os.environ, "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=500,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    accepted, counted = row("told: accepted", done.stdout), row("counted, of those accepted", done.stdout)
    lost = row("voters whose vote is lost", done.stdout)
    assert (accepted[0], lost[0]) == (counted[0], 0)
    assert accepted[1] > counted[1] > 0
    assert lost[1] > 0
    assert "Every promise held." in done.stdout
    assert "our port of worker/Program.cs to Python" in done.stdout
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_of_the_sample_app(checkout: str, place: Path):
    with subprocess.Popen(
        [MANAGE, "drill", "pause-worker", "--beside", checkout, *SHORT],
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            (log,) = eventually(lambda: list(place.glob("votingsite-beside-*/result.log")), 300, "the sample app")
            eventually(lambda: "Connected to db" in log.read_text(), 60, "its result service")
            processes = psutil.Process(running.pid).children(recursive=True)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=60)
        finally:
            running.kill()

    assert running.returncode == 130
    assert errors.strip().endswith("Stopped; nothing of the copy is left.")
    assert [process for process in processes if process.is_running() and process.status() != "zombie"] == []
    assert list(place.iterdir()) == []
