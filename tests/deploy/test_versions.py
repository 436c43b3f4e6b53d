"""pyproject.toml has the version; whatever names it elsewhere names the same."""

import re
from pathlib import Path

import pytest
import yaml

from deploy import sbom
from deploy.tools import ROOT

_IMAGE = re.compile(r"\bvotingsite:(\d+\.\d+\.\d+)")
_NAMING = ["README.md", "docker-compose.yml", "deploy/stack.yml", "docs/operations.md", "deploy/kubernetes/vote.yaml"]


@pytest.mark.parametrize("name", _NAMING)
def test_images_have_it(name: str) -> None:
    assert set(_IMAGE.findall((ROOT / name).read_text())) == {sbom.version()}


def test_the_chart_has_it() -> None:
    chart = yaml.safe_load((ROOT / "deploy/helm/votingsite/Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (sbom.version(), sbom.version())


def test_the_changelog_has_a_section_with_its_date() -> None:
    heading = rf"^## {re.escape(sbom.version())} - \d{{4}}-\d\d-\d\d$"
    assert re.findall(heading, (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_image_holds_it() -> None:
    assert "!pyproject.toml" in (ROOT / ".dockerignore").read_text().splitlines()
    assert "pyproject.toml" not in re.findall(r"rm -rf (.*) \\", (ROOT / "deploy/Dockerfile").read_text())[0]


def test_labels_are_those_of_the_oci() -> None:
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", Path(ROOT / "deploy/Dockerfile").read_text())
    assert labels == ["title", "description", "licenses", "version", "revision", "source"]
