"""The commit that a rolling upgrade begins with, in repositories of their own."""

import io
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ops.drill import release, runner
from ops.drill.faults import FAULTS
from ops.drill.release import NoReleaseError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of ours with a commit, then another one with a migration, then one without."""
    monkeypatch.setattr(release, "BASE_DIR", tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for name in ("bin/up", "polls/migrations/0001_initial.py", "README.md"):
        commit(tmp_path, name)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = (
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    )
    return subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True).stdout


def commit(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "--message", name)


def subject(folder: Path, name: str) -> str:
    return git(folder, "log", "-1", "--format=%s", name).strip()


def test_without_a_tag_it_has_other_migrations(repository: Path) -> None:
    assert subject(repository, release.find()) == "bin/up"


def test_a_renumbered_migration_begins_nothing(repository: Path) -> None:
    commit(repository, "polls/migrations/0003_frames.py")
    git(repository, "mv", "polls/migrations/0003_frames.py", "polls/migrations/0002_frames.py")
    git(repository, "commit", "--quiet", "--message", "renumbered")
    assert subject(repository, release.find()) == "README.md"


def test_a_migration_put_before_another_begins_nothing(repository: Path) -> None:
    commit(repository, "polls/migrations/0003_frames.py")
    commit(repository, "polls/migrations/0002_codes.py")
    assert subject(repository, release.find()) == "README.md"


def test_what_a_merge_has_brought_is_one_step(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "accounts", "HEAD^")
    commit(repository, "accounts/migrations/0001_initial.py")
    commit(repository, "accounts/migrations/0002_factor.py")
    git(repository, "switch", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-edit", "accounts")
    assert subject(repository, release.find()) == "README.md"


def test_the_last_tag_before_is_taken(repository: Path) -> None:
    git(repository, "tag", "v0.1.0", "HEAD^")
    git(repository, "tag", "v0.2.0")
    git(repository, "tag", "nightly", "HEAD^")
    assert subject(repository, release.find()) == "polls/migrations/0001_initial.py"


def test_what_is_asked_for_is_taken(repository: Path) -> None:
    assert subject(repository, release.find("HEAD")) == "README.md"


def test_what_git_does_not_know_is_said(repository: Path) -> None:
    with pytest.raises(CommandError, match=r"^git knows no commit 'v9' here\.$"):
        call_command("drill", "rolling-upgrade", "--from", "v9")


def test_a_history_that_is_cut_off_is_said(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shallow = tmp_path / "shallow"
    git(repository, "clone", "--quiet", "--depth=1", f"file://{repository}", str(shallow))
    monkeypatch.setattr(release, "BASE_DIR", shallow)
    with pytest.raises(NoReleaseError, match=r"^git has no earlier release here"):
        release.find()


@pytest.mark.parametrize("inside", [False, True])
def test_without_a_clone_that_is_said(
    inside: bool, repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = repository / "vendor" if inside else tmp_path_factory.mktemp("tarball")
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(release, "BASE_DIR", folder)
    with pytest.raises(CommandError, match=r"^An earlier release comes out of git, and this folder is no clone"):
        call_command("drill", "rolling-upgrade")


def test_its_files_are_unpacked(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("copy") / "code"
    release.unpack("HEAD^", folder)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "bin/up",
        "polls/migrations/0001_initial.py",
    ]


def test_of_all_drills_only_that_one_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "BASE_DIR", tmp_path)
    plan = list(FAULTS.items())
    said = io.StringIO()

    left, _ = runner._with_release("all", plan, runner.Options(seconds=1, rate=1, seed=1), said)

    assert [name for name, _ in left] == [name for name, _ in plan if name != "rolling-upgrade"]
    assert said.getvalue().endswith("no clone of the repository. Left out: rolling-upgrade.\n")
