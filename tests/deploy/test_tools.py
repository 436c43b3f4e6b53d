"""Programs that check the ways to run it say in a sentence when they can't be had."""

import platform
from pathlib import Path

import pytest

from deploy import tools
from deploy.tools import MissingToolError


def test_both_are_there_and_can_be_run() -> None:
    assert {tools.tool(name).stat().st_mode & 0o777 for name in ("helm", "kubectl")} == {0o755}


def test_on_another_machine_it_has_to_be_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"^helm is needed, and can be installed by itself on Linux"):
        tools.tool("helm")


def test_the_one_that_is_there_is_taken_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "helm"
    program.touch(0o755)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.tool("helm") == program


def test_what_can_not_be_installed_is_said(tmp_path: Path) -> None:
    requirements = tmp_path / "nothing.txt"
    requirements.write_text("tqdm\n")  # has no hash
    with pytest.raises(MissingToolError, match=r"^nothing\.txt could not be installed: "):
        tools.install(requirements, tmp_path / "packages")
