"""A checkout of the sample app that can't be run is refused in a sentence, before anything starts."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ops.drill.sample import checkout

FILES = [
    "vote/app.py",
    "vote/requirements.txt",
    "result/server.js",
    "result/package.json",
    "result/package-lock.json",
    "worker/Program.cs",
]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder with the files of a checkout, empty."""
    path = tmp_path / "sample"
    for name in FILES:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("")
    return path


def refused(path: Path, name: str = "kill-db", *options: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("drill", name, "--beside", str(path), *options)
    return str(error.value)


def on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Put programs before all others on PATH."""
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    assert refused(tmp_path / "nowhere").startswith(f"--beside {tmp_path}/nowhere: there is no such folder. Clone ")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_named(sample: Path, name: str):
    (sample / name).unlink()

    assert f"no checkout of the sample app, since {name} is missing. Clone " in refused(sample)


@pytest.mark.parametrize("program", ["node", "npm"])
def test_a_program_that_is_missing_is_named(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
):
    (other,) = {"node", "npm"} - {program}
    on_path(tmp_path, monkeypatch, **{other: "true"})
    monkeypatch.setenv("PATH", str(tmp_path))

    assert refused(sample).startswith(f"The sample app's result service needs {program}, which is not on PATH.")


def test_a_failure_of_pip_is_shown(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    on_path(tmp_path, monkeypatch, node="true", npm="true")
    (sample / "vote" / "requirements.txt").write_text("./no-such-folder\n")

    said = refused(sample)

    assert said.startswith("pip could not install vote/requirements.txt: ")
    assert "no-such-folder" in said


def test_a_failure_of_npm_is_shown(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    on_path(tmp_path, monkeypatch, node="true", npm="echo npm error: no lock >&2; exit 1")

    with pytest.raises(checkout.NotUsableError, match=r"^npm could not install .*: npm error: no lock \(Mend that"):
        checkout.install(sample, tmp_path)


def test_what_the_sample_app_lacks_is_refused(sample: Path):
    assert refused(sample, "full-redis").startswith("--beside: the sample app has the drills kill-db, ")
    assert refused(sample, "kill-db", "--seconds", "60", "--rate", "60").startswith("--beside: 3,600 presses are too")
