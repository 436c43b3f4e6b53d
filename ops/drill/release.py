"""The code of an earlier release, out of git."""

import subprocess
import tarfile
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryFile

from ops.launch.data_dir import BASE_DIR

_MIGRATIONS = "*/migrations/[0-9]*.py"


class NoReleaseError(Exception):
    """An earlier release can't be had: why, in a sentence."""


def find(ref: str = "") -> str:
    """Return the commit that an upgrade begins with. Raises NoReleaseError.

    It is `ref`; else the last tag before this commit; else the last commit that lacks migrations of this one.
    """
    _require_history()
    if ref:
        return _one(f"{ref}^{{commit}}", f"git knows no commit {ref!r} here.")
    tag = _git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
    without = "git has no earlier release here; `git fetch --unshallow --tags` may get one."
    return _one(f"{tag or _before_newest_migrations()}^{{commit}}", without)


def unpack(commit: str, folder: Path) -> None:
    """Put the files of that commit into a new folder."""
    folder.mkdir()
    with TemporaryFile() as archive:
        subprocess.run(["git", "-C", BASE_DIR, "archive", commit], stdout=archive, check=True)
        archive.seek(0)
        with tarfile.open(fileobj=archive) as files:
            files.extractall(folder, filter="data")


def _before_newest_migrations() -> str:
    """Return the last commit that lacks migrations of this one, if each comes after all that it has.

    Between two releases a migration may be renumbered, so no database of such a commit is one of a release.
    """
    now = _migrations("HEAD")
    changes = _git("log", "--first-parent", "-m", "--format=%H^", "--", _MIGRATIONS).split()
    return next((before for before in changes if _is_earlier(_migrations(before), now)), "HEAD^")


def _is_earlier(then: set[str], now: set[str]) -> bool:
    """Say whether each app's migrations were the first ones of now, and some are new."""
    latest = {Path(name).parent: name for name in sorted(then)}
    return then < now and all(name > latest.get(Path(name).parent, "") for name in now - then)


def _migrations(commit: str) -> set[str]:
    files = _git("ls-tree", "-r", "--name-only", commit).split("\n")
    return {name for name in files if fnmatch(name, _MIGRATIONS)}


def _require_history() -> None:
    """Raise NoReleaseError in an image or a tarball; it may lie in somebody else's repository."""
    if _git("rev-parse", "--is-inside-work-tree") != "true" or _git("rev-parse", "--show-prefix"):
        raise NoReleaseError("An earlier release comes out of git, and this folder is no clone of the repository.")


def _one(name: str, without: str) -> str:
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if not commit:
        raise NoReleaseError(without)
    return commit


def _git(*arguments: str) -> str:
    """Return what git prints; empty if it fails, or is not installed."""
    try:
        done = subprocess.run(["git", "-C", BASE_DIR, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
