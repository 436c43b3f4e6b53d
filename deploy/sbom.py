"""bin/sbom: what the image installs of Python's index, as a CycloneDX document."""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.tools import ROOT, MissingToolError, packages

_DESCRIPTION = """\
Writes what requirements.txt pins, with hashes, as a software bill of materials (CycloneDX 1.6, JSON), checked against
its schema. The same requirements make the same document. Installs cyclonedx-bom at the first call."""
REQUIREMENTS = Path(__file__).with_name("release.txt")


def main() -> None:
    """Write the document, or say in a sentence why not."""
    parser = argparse.ArgumentParser("bin/sbom", description=_DESCRIPTION)
    default = ROOT / "var" / f"votingsite-{version()}.cdx.json"
    parser.add_argument("file", nargs="?", type=Path, default=default, help=f"[{default.relative_to(ROOT)}]")
    file = parser.parse_args().file
    try:
        write(file)
    except (MissingToolError, OSError) as why:
        sys.exit(f"bin/sbom: {why}")
    sys.stdout.write(f"{file}\n")


def version() -> str:
    """Return the project's version."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def write(file: Path) -> None:
    """Write the document. Raises MissingToolError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "cyclonedx_py", "requirements", "requirements.txt"]
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--validate", "--output-file", str(file)]
    environment = {"PYTHONPATH": str(packages(REQUIREMENTS)), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingToolError(f"cyclonedx-bom failed: {done.stderr.strip()}")


if __name__ == "__main__":
    main()
