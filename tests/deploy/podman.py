"""Podman with images, networks and volumes of its own, installed if need be."""

import hashlib
import os
import resource
import subprocess
from pathlib import Path
from typing import Any

from ops.launch.data_dir import BASE_DIR
from ops.launch.environment import without_ours
from tests.deploy.containers import Failed
from tests.deploy.engine import NoEngine, install_packages
from tests.deploy.images import PYTHON, SERVERS

#: Programs, and the Debian packages that they come with.
_NEEDED = {
    "podman": "podman",
    "runc": "runc",
    "catatonit": "catatonit",
    "netavark": "netavark",
    "aardvark-dns": "aardvark-dns",
    "debootstrap": "debootstrap",
}
#: Where Debian keeps the two of the network.
_HELPERS = "/usr/lib/podman"
#: Podman lowers its own limit of processes to this one, and can't raise it again without CAP_SYS_RESOURCE.
_MOST_PROCESSES = 32 * 1024
#: Seconds for one command: an image takes the longest.
_COMMAND_S = 600
#: The image of PostgreSQL has these ids, and its entry point.
_POSTGRES = f"""
FROM {SERVERS}
RUN userdel valkey && groupmod -g 999 postgres && usermod -u 999 -g 999 postgres \\
    && chown 999:999 /var/run/postgresql /var/lib/postgresql
ENTRYPOINT ["postgres"]
"""


def install() -> None:
    """Install what is missing, where that is possible. Raises NoEngine."""
    if os.geteuid() != 0:
        raise NoEngine("pods with limits and networks of their own can only be started by root")
    os.environ["PATH"] += f":{_HELPERS}"
    install_packages(_NEEDED)


class Podman:
    """The command `podman` on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Podman wants the same place each time. Paths of sockets are short (107 bytes), and the project is anywhere.
        run = Path("/run") / f"votingsite-podman-{hashlib.sha256(bytes(folder)).hexdigest()[:8]}"
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        limits = [f"nofile={open_files}:{open_files}", f"nproc={_MOST_PROCESSES}:{_MOST_PROCESSES}"]
        # crun refuses a machine with both versions of cgroups, and systemd may not run.
        (folder / "containers.conf").write_text(f"""
[containers]
default_ulimits = {limits}
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/libpod"
static_dir = "{folder}/podman/libpod"
volume_path = "{folder}/podman/volumes"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/podman/networks"
""")
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/podman"\nrunroot = "{run}/storage"\n'
        )

    def __call__(self, *arguments: str, given: str | None = None) -> str:
        """Run a command; returns what it printed. Raises Failed."""
        return self._run(["podman", *arguments], given)

    def done(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command, which may fail."""
        return self._ended(["podman", *arguments], text=True)

    def carry(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run a command that takes and gives bytes. Raises Failed."""
        done: subprocess.CompletedProcess[bytes] = self._ended(["podman", *arguments], input=given)
        if done.returncode:
            raise Failed(f"podman {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def clear(self) -> None:
        """Take away all there is but images. Raises Failed if something is left."""
        for what in (("pod", "rm"), ("rm",)):
            self.done(*what, "--force", "--all", "--time", "2")
        self.done("network", "prune", "--force")
        for what in (("pod", "ps"), ("ps", "--all")):
            if left := self(*what, "--quiet").split():
                raise Failed(f"podman has left {what[0]} {left}")

    def make_images(self, ours: str, postgres: str, redis: str) -> None:
        """Make our image and stand-ins for those of the stores, under the names that the manifests use."""
        if self.done("image", "exists", PYTHON).returncode:
            self._run([str(BASE_DIR / "deploy/testing/make-base"), str(self._folder / "base")])
        build = ("build", "--quiet", "--network", "host")
        self(*build, "--tag", SERVERS, str(BASE_DIR / "deploy/testing"))
        self(*build, "--build-arg", f"PYTHON_IMAGE={PYTHON}", "--file", "deploy/Dockerfile", "--tag", ours, ".")
        self(*build, "--tag", postgres, "--file", "-", given=_POSTGRES)
        self("tag", SERVERS, redis)

    def _run(self, command: list[str], given: str | None = None) -> str:
        done: subprocess.CompletedProcess[str] = self._ended(command, input=given, text=True)
        if done.returncode:
            said = f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
            raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{said}")
        return done.stdout

    def _ended(self, command: list[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
        return subprocess.run(
            command, env=self._environment(), capture_output=True, timeout=_COMMAND_S, check=False, **options
        )

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in without_ours(os.environ)},
            "ENGINE": "podman",
            "CONTAINERS_CONF": str(self._folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self._folder / "storage.conf"),
        }
