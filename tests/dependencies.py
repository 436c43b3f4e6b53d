"""bin/audit-dependencies."""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

_DESCRIPTION = """\
Asks the Python Packaging Advisory Database about every version in requirements.txt and requirements-dev.txt, which
needs the network, and compares the licences of what production installs with those that pyproject.toml allows, which
doesn't (bin/test --lint does that, too). Exit codes: 0 all is well, 1 something is wrong, 3 the advisories can't be
had."""

_BASE_DIR = Path(__file__).parent.parent
#: Production with all its extras.
_PRODUCTION = _BASE_DIR / "requirements-otel.txt"
_ALL = _BASE_DIR / "requirements-dev.txt"
_NO_ADVISORIES = 3
#: Longer ones are the whole text.
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Package:
    """A package that production installs, and the licences that it names; all of them hold at once."""

    name: str
    licences: Sequence[str]

    def is_allowed(self, allowed: Sequence[str]) -> bool:
        """Tell whether each of its licences is allowed; of `A OR B` one is enough."""
        parts = [part for licence in self.licences for part in licence.split(" AND ")]
        return bool(parts) and all(any(one in allowed for one in part.split(" OR ")) for part in parts)


def packages(requirements: Path) -> Iterator[Package]:
    """All packages that this file has for this system and Python. Raises PackageNotFoundError for a missing one."""
    for line in re.findall(r"^[\w.-]+==[^\\\n]*", requirements.read_text(), re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            yield Package(requirement.name, licences(distribution(requirement.name)))


def licences(package: Distribution) -> list[str]:
    """Return how a package names its licence: in today's field, in that of before, or as a classifier."""
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        name = (metadata.get_all(field) or [""])[0].strip()
        if name and len(name) <= _LONGEST_NAME and "\n" not in name:
            return [name]
    classifiers = metadata.get_all("Classifier") or []
    return [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License :: ")]


def unlicensed(found: Sequence[Package], allowed: Sequence[str]) -> list[str]:
    """Return a sentence for each package whose licence isn't allowed."""
    return [
        f"{package.name} is under {' and '.join(package.licences) or 'no licence that it names'}, which pyproject.toml "
        "([tool.votingsite]) doesn't allow."
        for package in found
        if not package.is_allowed(allowed)
    ]


def _check_licences(*, list_them: bool) -> int:
    allowed = tomllib.loads((_BASE_DIR / "pyproject.toml").read_text())["tool"]["votingsite"]["licences"]
    try:
        found = list(packages(_PRODUCTION))
    except PackageNotFoundError as missing:
        print(f"{missing.name} is in {_PRODUCTION.name} and not installed: remove .venv and start again.")
        return 1
    if list_them:
        print("".join(f"{package.name:20} {', '.join(package.licences)}\n" for package in found), end="")
    wrong = unlicensed(found, allowed)
    print("".join(f"{sentence}\n" for sentence in wrong), end="")
    return 1 if wrong else 0


def _ask_for_advisories(requirements: Path) -> int:
    """Ask; print a line for each known hole. What nobody could say is no answer."""
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    code, said = judge(done.stdout, done.stderr)
    print(said)
    return code


def judge(report: str, errors: str) -> tuple[int, str]:
    """Return the exit code and what to say for pip-audit's report (JSON), or for what it said in its place."""
    try:
        asked = json.loads(report)["dependencies"]
    except ValueError:
        why = (errors.strip().splitlines() or ["pip-audit said nothing"])[-1].partition("(")[0].strip()
        return _NO_ADVISORIES, f"The advisories can't be had, so nothing is known of holes: {why}"
    holes = [(package, hole) for package in asked for hole in package.get("vulns", [])]
    lines = []
    for package, hole in holes:
        mended = f"mended in {', '.join(hole['fix_versions'])}" if hole["fix_versions"] else "not mended yet"
        lines.append(f"{package['name']} {package['version']}: {hole['id']}, {mended}")
    skipped = [package["name"] for package in asked if "skip_reason" in package]
    if skipped:
        which = "any package" if len(skipped) == len(asked) else ", ".join(skipped)
        lines.append(f"The advisory service can't be reached or doesn't know {which}: nothing is known of holes there.")
    else:
        lines.append(f"{len(asked)} packages, {len(holes)} known holes")
    return (1 if holes else _NO_ADVISORIES if skipped else 0), "\n".join(lines)


def main() -> int:
    """Do it; returns the exit code."""
    parser = argparse.ArgumentParser("bin/audit-dependencies", description=_DESCRIPTION)
    parser.add_argument("--licences", action="store_true", help="list the licences, and ask nobody")
    parser.add_argument("--quiet", action="store_true", help="with --licences: only what is not allowed")
    options = parser.parse_args()
    wrong = _check_licences(list_them=options.licences and not options.quiet)
    return wrong if options.licences else _ask_for_advisories(_ALL) or wrong


if __name__ == "__main__":
    sys.exit(main())
