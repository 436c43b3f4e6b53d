"""A Debian machine in a container of its own, whose first process is systemd, as on a plain server."""

import os
import shutil
import subprocess
from pathlib import Path

import psutil

from ops.launch.data_dir import BASE_DIR
from tests.deploy.containers import Failed
from tests.deploy.engine import NoEngine, install_packages
from tests.waiting import TooLate, eventually

_NEEDED = {"systemd-nspawn": "systemd-container", "mmdebstrap": "mmdebstrap", "git": "git", "openssl": "openssl"}
#: What the first line of docs/operations.md's section installs, and what any server has.
_PACKAGES = (
    "git,python3-venv,postgresql,redis-server,nginx,systemd,systemd-sysv,dbus,iproute2,openssl,procps,ca-certificates"
)
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
#: Where the machine finds what it would load from elsewhere.
_SOURCE = "/srv/source"
_HOST = "votes.example"
_BOOT_S, _END_S, _COMMAND_S = 60, 30, 300


def install() -> None:
    """Install what is missing, where that is possible. Raises NoEngine."""
    if os.geteuid() != 0:
        raise NoEngine("a machine of our own can only be booted by root")
    install_packages(_NEEDED)


class Machine:
    """Runs from a folder, and keeps what it writes in memory. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._root, self._source, self._log = folder / "root", folder / "source", folder / "boot.log"
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the root file system, once; and what it is to find instead of the world outside."""
        if not self._root.exists():
            scratch = self._root.with_suffix(".part")
            shutil.rmtree(scratch, ignore_errors=True)
            _run("mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(scratch))
            # Whom this machine trusts, that one trusts.
            shutil.copy(f"/{_CERTIFICATES}", scratch / _CERTIFICATES)
            scratch.rename(self._root)
        shutil.rmtree(self._source, ignore_errors=True)
        self._source.mkdir()
        _run("git", "clone", "--quiet", "--bare", str(BASE_DIR), str(self._source / "votingsite.git"))
        self._load_wheels()
        self._write_settings()

    def __enter__(self) -> "Machine":
        files = {"hosts": "/etc/hosts", "gitconfig": "/etc/gitconfig", "pip.conf": "/etc/pip.conf"}
        files |= {"editor": "/usr/local/bin/editor", "tls": f"/etc/letsencrypt/live/{_HOST}"}
        binds = [f"--bind-ro={self._source / name}:{place}" for name, place in files.items()]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={self._root}", "--volatile=overlay", "--boot",
                 "--machine=votingsite-test", "--register=no", "--keep-unit", "--private-network", "--resolv-conf=off",
                 "--link-journal=no", f"--bind-ro={self._source}:{_SOURCE}", *binds],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            eventually(self._is_up, _BOOT_S, "a machine that has booted")
        except TooLate as error:
            self.__exit__()
            raise NoEngine(f"{error}: {self._log.read_text(errors='replace')[-500:]}") from None
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(self._process.pid).children(recursive=True):
                child.kill()
            self._process.kill()

    def run(self, script: str) -> str:
        """Run a script of shell as root; returns what it printed. Raises Failed."""
        done = self.done(script)
        if done.returncode:
            raise Failed(f"{script}\nexit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def done(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run a script, which may fail."""
        assert self._process
        (first,) = psutil.Process(self._process.pid).children()
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid"]
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        return subprocess.run(
            ["nsenter", f"--target={first.pid}", *spaces, "--", "sh", "-eu", "-c", script],
            env=environment | {"LANG": "C.UTF-8", "SYSTEMD_PAGER": "", "SSL_CERT_FILE": f"{_SOURCE}/tls/fullchain.pem"},
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )

    def _is_up(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise NoEngine(f"systemd-nspawn has ended: {self._log.read_text(errors='replace')[-500:]}")
        if not psutil.Process(self._process.pid).children():
            return False
        return self.done("systemctl is-system-running").stdout.strip() in ("running", "degraded")

    def _load_wheels(self) -> None:
        """Load what requirements.txt names, for the machine's own Python; it has no network to do so."""
        wheels = self._root / "srv/wheels"
        shutil.copy(BASE_DIR / "requirements.txt", self._root / "srv")
        pip = "python3 -m venv /srv/venv && /srv/venv/bin/pip --quiet download --require-hashes --only-binary :all:"
        shutil.copy("/etc/resolv.conf", self._root / "etc/resolv.conf")
        command = f"{pip} --cert /{_CERTIFICATES} --find-links /srv/wheels -r /srv/requirements.txt -d /srv/wheels"
        wheels.mkdir(exist_ok=True)
        _run("chroot", str(self._root), "sh", "-c", command)

    def _write_settings(self) -> None:
        source = self._source
        (source / "hosts").write_text(f"127.0.0.1 localhost {_HOST}\n::1 localhost {_HOST}\n")
        repository = f'[url "{_SOURCE}/votingsite.git"]\n\tinsteadOf = https://git.example/votingsite\n'
        (source / "gitconfig").write_text(f"{repository}[safe]\n\tdirectory = *\n")
        (source / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /srv/wheels\n")
        (source / "editor").write_text("#!/bin/sh\n# The settings are right as they are.\n")
        (source / "editor").chmod(0o755)
        tls = source / "tls"
        tls.mkdir()
        kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={_HOST}"]
        files = ["-keyout", str(tls / "privkey.pem"), "-out", str(tls / "fullchain.pem")]
        _run("openssl", "req", *kind, "-addext", f"subjectAltName=DNS:{_HOST}", *files)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
