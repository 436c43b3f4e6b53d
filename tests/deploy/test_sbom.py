"""The list of what the image holds is a CycloneDX document, and complete."""

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom, tools
from deploy.tools import MissingToolError


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "a folder" / "sbom.json"
    sbom.write(file)
    return file.read_text()


def test_it_keeps_the_schema(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str('{"bomFormat": "CycloneDX"}') is not None


def test_it_names_us_and_all_that_is_pinned(text: str) -> None:
    document = json.loads(text)
    us = document["metadata"]["component"]
    assert (us["name"], us["version"], us["licenses"][0]["license"]["id"]) == ("votingsite", sbom.version(), "MIT")
    requirements = (tools.ROOT / "requirements.txt").read_text()
    pinned = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ \\]+)", requirements, re.MULTILINE)
    listed = {(one["name"], one["version"]) for one in document["components"]}
    assert listed == set(pinned)
    hashes = [each for one in document["components"] for each in one["externalReferences"][0]["hashes"]]
    assert len(hashes) == requirements.count("--hash=sha256:") > len(pinned)


def test_the_same_requirements_make_the_same_document(text: str, tmp_path: Path) -> None:
    sbom.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == text


def test_what_fails_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "ROOT", tmp_path)
    with pytest.raises(MissingToolError, match=r"^cyclonedx-bom failed: "):
        sbom.write(tmp_path / "sbom.json")
