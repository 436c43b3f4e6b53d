"""A checkout of the sample app: what must be there, and the installation of its packages beside it."""

import shutil
import subprocess
import sys
from pathlib import Path

from ops.drill.system import end_with_parent

_CLONE = "Clone https://github.com/dockersamples/example-voting-app, and give the clone's folder."
#: The files that are run, and the one that worker.py is a port of.
_NEEDED = (
    *("vote/app.py", "vote/requirements.txt"),
    *("result/server.js", "result/package.json", "result/package-lock.json", "worker/Program.cs"),
)
_INSTALL_S = 300
#: Characters that are shown of an error.
_SHOWN = 500


class NotUsableError(Exception):
    """The sample app can't be run here. The text says why, and what to do."""


def require(path: Path) -> None:
    """Raise NotUsableError if this is no checkout of the sample app, or a program that runs it is missing."""
    if not path.is_dir():
        raise NotUsableError(f"--beside {path}: there is no such folder. {_CLONE}")
    for name in _NEEDED:
        if not (path / name).is_file():
            raise NotUsableError(f"--beside {path}: no checkout of the sample app, since {name} is missing. {_CLONE}")
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise NotUsableError(
                f"The sample app's result service needs {program}, which is not on PATH. Install Node.js with npm "
                "(Debian: nodejs and npm), and try again."
            )


def install(path: Path, folder: Path) -> None:
    """Copy `vote` and `result` into a folder, and install their packages there. Raises NotUsableError."""
    for name in ("vote", "result"):
        # What the checkout's owner has installed or built is of another place.
        shutil.copytree(path / name, folder / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    venv = folder / "venv"
    _run("Python", "make a virtual environment", [sys.executable, "-m", "venv", str(venv)], folder)
    pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    _run("pip", "install vote/requirements.txt", [*pip, "--requirement", "requirements.txt"], folder / "vote")
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run("npm", "install result/package-lock.json", npm, folder / "result")


def _run(program: str, what: str, command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
            preexec_fn=end_with_parent,
        )
    except subprocess.TimeoutExpired:
        raise NotUsableError(
            f"{program} could not {what} within {_INSTALL_S} s. See that the network is there, and try again."
        ) from None
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout).split())[-_SHOWN:]
        raise NotUsableError(f"{program} could not {what}: {said} (Mend that, and try again.)")
