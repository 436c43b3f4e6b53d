"""Every command says what it does with nothing running: whoever asks has perhaps not come further."""

import os
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from ops.launch.data_dir import BASE_DIR
from votingsite import translations

OURS = sorted(name for name, app in get_commands().items() if str(app) in translations.PACKAGES)
SCRIPTS = [file for file in sorted((BASE_DIR / "bin").iterdir()) if not file.name.startswith("_")]
#: Of the environment, what names servers.
SERVERS = ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "REDIS_PORT", "SECRET_KEY")


def ask(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in SERVERS}
    environment["DATA_DIR"] = str(folder / "nothing")
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", OURS)
def test_a_command_says_what_it_does(tmp_path: Path, name: str) -> None:
    done = ask(tmp_path, str(BASE_DIR / "bin" / "manage"), name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: manage {name} ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_says_what_it_does(tmp_path: Path, script: Path) -> None:
    done = ask(tmp_path, str(script), "--help")
    assert (done.returncode, done.stdout != "") == (0, True), done.stderr
    assert list(tmp_path.iterdir()) == []
