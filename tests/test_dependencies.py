import json
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from tests import dependencies
from tests.dependencies import Package

ALLOWED = ["MIT", "BSD-3-Clause", "MPL-2.0"]


@pytest.mark.parametrize(
    ("named", "is_allowed"),
    [
        (["MIT"], True),
        (["MPL-2.0 AND MIT"], True),
        (["GPL-3.0-only OR MIT"], True),
        (["MIT AND GPL-3.0-only"], False),
        (["MIT", "GPL-3.0-only"], False),
        (["AGPL-3.0-only"], False),
        ([], False),
    ],
)
def test_a_licence_is_allowed_if_all_that_holds_is(named: list[str], is_allowed: bool):
    assert Package("thing", named).is_allowed(ALLOWED) == is_allowed


def test_a_package_whose_licence_is_not_allowed_is_named():
    found = [Package("good", ["MIT"]), Package("bad", ["AGPL-3.0-only"]), Package("silent", [])]

    sentences = dependencies.unlicensed(found, ALLOWED)

    assert [sentence.partition(",")[0] for sentence in sentences] == [
        "bad is under AGPL-3.0-only",
        "silent is under no licence that it names",
    ]


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ("License-Expression: MIT\nClassifier: License :: OSI Approved :: BSD License", ["MIT"]),
        ("License: BSD", ["BSD"]),
        ("License: Permission is hereby granted, free of charge, to any person who gets a copy", []),
        ("Classifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: Games", ["MIT License"]),
    ],
)
def test_a_licence_is_found_wherever_it_is_named(metadata: str, found: list[str], tmp_path: Path):
    (tmp_path / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: 1\n{metadata}\n")

    assert dependencies.licences(Distribution.at(tmp_path)) == found


def test_what_is_missing_is_said(tmp_path: Path):
    """Packages for other systems are left out."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("nowhere==1 ; sys_platform == 'plan9' \\\n    --hash=x\ndjango==5 \\\n    --hash=x\n")
    assert [package.name for package in dependencies.packages(requirements)] == ["django"]

    requirements.write_text("nowhere==1 \\\n    --hash=x\n")
    with pytest.raises(PackageNotFoundError, match="nowhere"):
        list(dependencies.packages(requirements))


def report(*packages: Any) -> str:
    return json.dumps({"dependencies": packages})


FINE = {"name": "fine", "version": "1", "vulns": []}
HOLE = {"name": "bad", "version": "1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}
SKIPPED = {"name": "far", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (report(FINE), 0, "1 packages, 0 known holes"),
        (report(FINE, HOLE), 1, "bad 1: PYSEC-2026-1, mended in 1.1\n2 packages, 1 known holes"),
        (report(SKIPPED), 3, "doesn't know any package: nothing is known of holes there."),
        (report(FINE, SKIPPED), 3, "doesn't know far: nothing is known of holes there."),
        ("", 3, "nothing is known of holes: ERROR: no route to host"),
    ],
)
def test_no_answer_is_never_called_a_clean_one(said: str, code: int, words: str):
    found, text = dependencies.judge(said, "Traceback ...\nERROR: no route to host (x)\n")

    assert (found, text[-len(words) :]) == (code, words)
