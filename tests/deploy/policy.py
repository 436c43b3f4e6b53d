"""bin/test-chart: whether what the Helm chart renders keeps checkov's rules for Kubernetes, for all sets of values."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy import chart
from deploy.tools import ROOT, MissingToolError, packages

_DESCRIPTION = """\
Renders the Helm chart with each set of values in tests/deploy/values/, and holds it against checkov's rules for
Kubernetes, but for those that deploy/checkov.yaml explains. Installs checkov at the first call."""
_REQUIREMENTS = ROOT / "deploy" / "policy.txt"
_RULES = ROOT / "deploy" / "checkov.yaml"
_VALUES = Path(__file__).parent / "values"


def main() -> int:
    """Render each set, and return checkov's exit code: 0 when all rules are kept but those of deploy/checkov.yaml."""
    argparse.ArgumentParser("bin/test-chart", description=_DESCRIPTION).parse_args()
    try:
        installed = packages(_REQUIREMENTS)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "default.yaml").write_text(chart.render())
            for values in _VALUES.glob("*.yaml"):
                Path(folder, values.name).write_text(chart.render("--values", str(values)))
            command = [sys.executable, "-P", "-m", "checkov.main", "--config-file", str(_RULES), "--directory", folder]
            code = subprocess.run(command, check=False, env={"PYTHONPATH": str(installed), "PATH": ""}).returncode
    except MissingToolError as why:
        sys.exit(f"bin/test-chart: {why}")
    if not code:
        print("The chart keeps all rules but those that deploy/checkov.yaml names.")
    return code


if __name__ == "__main__":
    sys.exit(main())
