"""The first start of a command in a fresh clone: what it installs, what it says meanwhile, and how it can fail."""

import base64
import hashlib
import io
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from ops.launch.data_dir import BASE_DIR
from tests.waiting import eventually

#: A command as those in bin/ are, which needs the package that is installed.
_COMMAND = '. "$(dirname -- "$0")/_environment"\nexec "$python" -P -c "import tiny; print(tiny.WORD)"\n'


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Commands hear a closed terminal, also under nohup: a shell hears nothing that it was started to ignore."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


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
    wheels = (project.parent / "wheels").as_uri()
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}
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


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed here")
def test_uv_is_as_quiet_and_its_words_are_shown_when_it_fails(project: Path) -> None:
    wheels = (project.parent / "wheels").as_uri()
    uv = dict.fromkeys(("UV_NO_CONFIG", "UV_NO_CACHE", "UV_OFFLINE", "UV_NO_INDEX"), "1")
    uv |= {"PATH": os.environ["PATH"], "UV_FIND_LINKS": wheels}
    done = start(project, **uv)
    assert (done.returncode, done.stdout) == (0, "installed\n")
    assert re.fullmatch(r"Installing 1 packages .* \.\.\.\nInstalled 1 packages into .venv in \d+ s\.\n", done.stderr)

    _require(project, "2.0", "0" * 64)
    done = start(project, **uv)
    assert done.returncode == 1
    assert re.search(r"no version of tiny==2\.0.*\nbin/say: The requirements could not be inst", done.stderr, re.DOTALL)


def test_without_a_python_that_is_new_enough_it_says_so(project: Path) -> None:
    done = start(project, PYTHON="/bin/false")

    assert done.returncode == 1
    assert done.stderr.endswith(
        "bin/say: Python 3.11 or newer is needed, and none was found (tried /bin/false). Install one, or uv.\n"
    )
    assert sorted(path.name for path in project.iterdir()) == ["bin", "requirements-dev.txt"]


def test_a_terminal_shows_how_far_the_installation_is(project: Path, stuck_index: str) -> None:
    """The count has only what is required."""
    variables = environment(project, PIP_NO_INDEX="0", PIP_INDEX_URL=stuck_index, PIP_FIND_LINKS="")
    ours, theirs = pty.openpty()
    shown = ""

    def shows(text: str) -> bool:
        nonlocal shown
        shown += os.read(ours, 4096).decode()
        return text in shown

    with _started(project, variables, theirs) as started:
        os.close(theirs)
        eventually(lambda: shows("1 collected, 0 installed (tiny 1.0) ..."), 60, "the package that is collected")
        # As Ctrl-C does. The prompt that comes next has a line of its own.
        started.send_signal(signal.SIGINT)
        eventually(lambda: shows("\n"), what="the line's end")
        assert started.wait(20) == 130
    os.close(ours)
    assert shown.startswith("\rInstalling 1 packages into .venv: 0 installed ...\033[K\r")


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


@pytest.fixture
def stuck_index(silent_index: str) -> Iterator[str]:
    """A package index that has `tiny` and never sends it."""

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f'<a href="{silent_index}/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGTERM, signal.SIGHUP))],
)
def test_it_can_be_broken_off(project: Path, silent_index: str, number: signal.Signals) -> None:
    variables = environment(project, PIP_NO_INDEX="0", PIP_INDEX_URL=silent_index, PIP_FIND_LINKS="")
    with _started(project, variables) as started:
        children = eventually(
            lambda: _children(started.pid, psutil.Process.net_connections), 60, "an installer that waits for the index"
        )

        started.send_signal(number)

        assert started.wait(20) == 128 + number
    eventually(lambda: _are_gone(children), what="the installer's end")
    assert not (project / ".venv.lock").is_symlink()


def test_what_pip_has_started_ends_with_it(project: Path) -> None:
    source = _endless_source(project.parent / "wheels")
    _require(project, "2.0", hashlib.sha256(source.read_bytes()).hexdigest())
    with _started(project, environment(project)) as started:
        children = eventually(lambda: _children(started.pid, _builds), 60, "a package that is built from its source")

        started.send_signal(signal.SIGTERM)

        assert started.wait(20) == 128 + signal.SIGTERM
    eventually(lambda: _are_gone(children), what="the end of the build")
    assert not (project / ".venv.lock").is_symlink()


@contextmanager
def _started(
    project: Path, variables: dict[str, str], stderr: int = subprocess.DEVNULL
) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["sh", str(project / "bin" / "say")]
    with subprocess.Popen(command, env=variables, stderr=stderr) as started:
        try:
            yield started
        finally:
            started.kill()  # if a test fails: it would wait for the index for minutes


def _endless_source(folder: Path) -> Path:
    """A package's source that takes five minutes to say what it is."""
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: tiny\nVersion: 2.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "endless"\nbackend-path = ["."]\n',
        "endless.py": "import time\n\ndef prepare_metadata_for_build_wheel(*_):\n    time.sleep(300)\n",
    }
    path = folder / "tiny-2.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"tiny-2.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def _builds(process: psutil.Process) -> bool:
    return "prepare_metadata_for_build_wheel" in process.cmdline()


def _children(pid: int, are_ready: Callable[[psutil.Process], object]) -> list[psutil.Process]:
    """All that this process has started, once one of them is as asked for."""
    children = psutil.Process(pid).children(recursive=True)
    try:
        return children if any(are_ready(child) for child in children) else []
    except psutil.NoSuchProcess:
        # One of those that only live for a moment.
        return []


def _are_gone(processes: Sequence[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=0.1)[1]
