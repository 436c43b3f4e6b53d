"""`manage.py verify`, as people run it."""

import gzip
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ops.launch.data_dir import BASE_DIR
from tests.polls.recount.generated import pure_file


def run(*words: str) -> tuple[str, int, str]:
    """Run it; what it says, its exit code and its error."""
    said = io.StringIO()
    try:
        call_command("verify", *words, stdout=said)
    except CommandError as error:
        return said.getvalue(), error.returncode, str(error)
    return said.getvalue(), 0, ""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a final poll."""
    path = tmp_path / "ballots.jsonl"
    path.write_text("".join(f"{line}\n" for line in pure_file("rank", 100)))
    return path


def test_it_agrees_with_what_was_published(file: Path):
    said, code, _ = run(str(file))
    assert code == 0
    assert "every number agrees with the result" in said
    assert "Compare it with the one on the poll's page" in said


def test_a_compressed_file_is_read_too(file: Path):
    packed = file.with_suffix(".gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert run(str(packed))[1] == 0


def test_a_row_that_was_dropped_is_named(file: Path):
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([head, *rows[:10], *rows[11:], ""]))
    said, code, error = run(str(file))
    assert f"dropped after sealing: {json.loads(rows[10])[0]}" in said
    assert (code, error) == (1, "The file does not agree with what was published.")
    assert f"ballots: the file says {len(rows)}, its rows give {len(rows) - 1}" in said


def test_another_commitment_is_said_to_be_one(file: Path):
    said, code, _ = run(str(file), "--commitment", "0" * 64)
    assert ("NOT the commitment that you gave" in said, code) == (True, 1)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x1f\x8bnot gzip"])
def test_what_is_no_such_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "other"
    path.write_bytes(content)
    said, code, error = run(str(path))
    assert (said, code, "can't be verified" in error) == ("", 2, True)
    assert run(str(tmp_path / "missing"))[1] == 2


def test_it_needs_no_server(file: Path, tmp_path: Path):
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "none")}
    command = [str(BASE_DIR / "bin" / "manage"), "verify", str(file), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["agrees"]) == (0, True)
