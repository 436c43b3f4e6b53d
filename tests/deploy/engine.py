"""A Docker engine of our own: installed if need be, with a folder of its own, started and ended by us."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from ops.drill.system import end_with_parent
from tests.waiting import TooLate, eventually

#: Programs, and the Debian packages that they come with.
_NEEDED = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "containerd": "containerd",
    "iptables": "iptables",
    "debootstrap": "debootstrap",
}
#: Compose: version 2, a plugin of docker's, which people have; where it is not, version 1 of Debian's.
PLUGIN, _PROGRAM = ("docker", "compose"), ("docker-compose",)
#: Seconds for the engine to be there, or gone with all its containers.
_START_S, _STOP_S = 60, 90
#: The weight of all containers together, to the kernel; that of one other process is 1,024.
_WEIGHT = Path("/sys/fs/cgroup/cpu/docker/cpu.shares")


class NoEngine(Exception):
    """An error with one sentence: why there can be no engine here."""


def install() -> None:
    """Install what is missing, where that is possible. Raises NoEngine."""
    if os.geteuid() != 0:
        raise NoEngine("a Docker engine of our own can only be started by root")
    # Two of them would undo each other's firewall rules.
    if running := [process.pid for process in psutil.process_iter(["name"]) if process.name() == "dockerd"]:
        raise NoEngine(f"a Docker engine runs here already (process {running[0]}): stop it first")
    has_new = install_packages(_NEEDED)
    if compose() != PLUGIN:
        install_packages({_PROGRAM[0]: "docker-compose"})
        compose.cache_clear()  # Debian 13's package is the plugin
    if not has_new:
        return
    if Path("/run/systemd/system").exists():
        # The package has started one by itself.
        subprocess.run(["systemctl", "stop", "docker.socket", "docker.service"], capture_output=True, check=False)


@cache
def compose() -> tuple[str, ...]:
    """Return the command of Compose. Needs docker."""
    asked = subprocess.run([*PLUGIN, "version"], capture_output=True, check=False)
    return PLUGIN if asked.returncode == 0 else _PROGRAM


def install_packages(needed: Mapping[str, str]) -> bool:
    """Install the Debian packages of programs that are missing; returns whether any was. Raises NoEngine."""
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
    missing = sorted({package for program, package in needed.items() if not shutil.which(program)})
    if not missing:
        return False
    if not shutil.which("apt-get"):
        raise NoEngine(f"{', '.join(missing)} is not installed, and this is no Debian")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NoEngine(f"apt-get {' '.join(arguments)} failed: {_last_line(done.stderr)}")
    return True


class Engine:
    """A dockerd whose images stay in a folder. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._data, self._log = folder / "docker", folder / "dockerd.log"
        # Paths of sockets are short (107 bytes), and the project is anywhere.
        self._run = Path(tempfile.mkdtemp(prefix="votingsite-docker-"))
        self.host = f"unix://{self._run}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Engine":
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._run, ignore_errors=True)

    def start(self) -> None:
        """Start it, and with it the containers that it ran when it was stopped. Raises NoEngine."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # No bridge of its own: what is built and what runs gets networks of ours.
                ["dockerd", "--host", self.host, "--data-root", str(self._data), "--exec-root", str(self._run / "exec"),
                 "--pidfile", str(self._run / "pid"), "--bridge", "none",
                 "--containerd-namespace", "votingsite", "--containerd-plugins-namespace", "votingsite-plugins"],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )  # fmt: skip
        _be_heard()
        try:
            eventually(self._answers, _START_S, "a Docker engine that answers")
        except TooLate as error:
            raise NoEngine(str(error)) from None

    def stop(self) -> None:
        """End it as an administrator does, and see to it that nothing of it is left."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_S)
        for process in self._left_over():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._process = None

    def _answers(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise NoEngine(f"the Docker engine has ended: {_last_line(self._log.read_text(errors='replace'))}")
        command = ["docker", "--host", self.host, "info"]
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0

    def _left_over(self) -> list[psutil.Process]:
        """The engine, its containerd, and what watches each container, with all their children."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            with suppress(psutil.NoSuchProcess):
                if str(self._run) in " ".join(process.info["cmdline"] or []):
                    found += [process, *process.children(recursive=True)]
        return found


def _be_heard() -> None:
    """Let all containers together weigh as twenty processes: else on a busy machine their waits are those of others."""
    with suppress(OSError):  # no such groups: cgroups of version 2, or systemd's
        _WEIGHT.parent.mkdir(exist_ok=True)
        _WEIGHT.write_text(str(20 * 1024))


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1]
