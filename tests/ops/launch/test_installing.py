"""The first start of a command in a fresh clone: what it installs, what it says meanwhile, and how it can fail."""

import base64
import hashlib
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops.launch.data_dir import BASE_DIR
from tests.waiting import eventually

#: A command as those in bin/ are, which needs the package that is installed.
_COMMAND = '. "$(dirname -- "$0")/_environment"\nexec "$python" -P -c "import tiny; print(tiny.WORD)"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A fresh clone of a project that needs one package, `tiny`, which lies in a folder as a wheel."""
    project = tmp_path / "a project"
    (project / "bin").mkdir(parents=True)
    shutil.copy(BASE_DIR / "bin" / "_environment", project / "bin")
    (project / "bin" / "say").write_text(_COMMAND)
    wheel = _wheel(tmp_path / "wheels")
    _require(project, "1.0", hashlib.sha256(wheel.read_bytes()).hexdigest())
    return project


def _wheel(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": 'WORD = "installed"\n',
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        sums = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in files.items()}
        record = [f"{name},sha256={digest.decode().rstrip('=')},\n" for name, digest in sums.items()]
        wheel.writestr("tiny-1.0.dist-info/RECORD", "".join([*record, "tiny-1.0.dist-info/RECORD,,\n"]))
    return path


def _require(project: Path, version: str, digest: str) -> None:
    (project / "requirements-dev.txt").write_text(f"tiny=={version} \\\n    --hash=sha256:{digest}\n")


def environment(project: Path, **further: str) -> dict[str, str]:
    """The variables of somebody who has no uv, and whose pip finds the wheel and nothing else."""
    programs = [folder for folder in os.environ["PATH"].split(":") if not (Path(folder) / "uv").exists()]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (project.parent / "wheels").as_uri()}
    return {**kept, "PATH": ":".join(programs), "PYTHON": sys.executable, **pip, **further}


def start(project: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = ["sh", str(project / "bin" / "say")]
    return subprocess.run(command, env=environment(project, **variables), capture_output=True, text=True, timeout=120)


def test_the_warnings_of_an_odd_pip_are_not_shown(project: Path, tmp_path: Path) -> None:
    odd = tmp_path / "pip.conf"
    odd.write_text(f"[global]\nfind-links = {tmp_path}/nowhere\n    {(project.parent / 'wheels').as_uri()}\n")
    done = start(project, PIP_CONFIG_FILE=str(odd), PIP_FIND_LINKS=f"{tmp_path}/nowhere {project.parent / 'wheels'}")

    assert (done.returncode, done.stdout) == (0, "installed\n")
    first, last = done.stderr.splitlines()
    assert first == "Installing 1 packages into .venv (once; a minute or two) ..."
    assert re.fullmatch(r"Installed 1 packages into .venv in \d+ s\.", last)
    assert (start(project).stdout, start(project).stderr) == ("installed\n", "")


def test_a_terminal_shows_how_far_it_is(project: Path) -> None:
    ours, theirs = pty.openpty()
    command = ["sh", str(project / "bin" / "say")]
    subprocess.run(command, env=environment(project), stdout=subprocess.DEVNULL, stderr=theirs, timeout=120, check=True)
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)

    assert re.search(r"\rInstalling 1 packages into \.venv: \d collected, \d+ installed ", shown), shown


def test_what_can_not_be_had_is_said_in_pips_own_words(project: Path) -> None:
    _require(project, "2.0", "0" * 64)

    done = start(project)

    assert done.returncode == 1
    assert "No matching distribution found for tiny==2.0" in done.stderr
    assert done.stderr.endswith(
        "bin/say: The requirements could not be installed. What was installed stays: try again. "
        f"All that the installer said is in {project}/.venv.log.\n"
    )
    assert "tiny==2.0" in (project / ".venv.log").read_text()
    assert not (project / ".venv.lock").is_symlink()


@pytest.fixture
def silent_index() -> Iterator[str]:
    """A package index that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_broken_off(project: Path, silent_index: str, number: signal.Signals) -> None:
    variables = environment(project, PIP_NO_INDEX="0", PIP_INDEX_URL=silent_index, PIP_FIND_LINKS="")
    with subprocess.Popen(["sh", str(project / "bin" / "say")], env=variables, stderr=subprocess.PIPE) as started:
        try:
            children = eventually(lambda: _waiting_for_index(started.pid), 60, "an installer that waits for the index")
            started.send_signal(number)
            assert started.wait(20) == 128 + number
        finally:
            started.kill()  # it would wait for the index for minutes
    eventually(lambda: not any(child.is_running() for child in children), what="the installer's end")
    assert not (project / ".venv.lock").is_symlink()


def _waiting_for_index(pid: int) -> list[psutil.Process]:
    children = psutil.Process(pid).children(recursive=True)
    return children if any(_is_connected(child) for child in children) else []


def _is_connected(process: psutil.Process) -> bool:
    try:
        return bool(process.net_connections())
    except psutil.NoSuchProcess:  # a short step of the installation, which has just ended
        return False
