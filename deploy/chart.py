"""bin/chart: what is made of the Helm chart and committed, its README and deploy/kubernetes/."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.tools import ROOT, MissingToolError, tool

CHART = ROOT / "deploy" / "helm" / "votingsite"
KUBERNETES = ROOT / "deploy" / "kubernetes"
#: Of the rendering that is committed: the release's name, and its namespace.
NAME = "votingsite"

_DESCRIPTION = "Makes the README of the Helm chart out of values.yaml, and deploy/kubernetes/ out of the chart."
_HEADER = "# Made of deploy/helm/votingsite by bin/chart.\n"
_SOURCE = re.compile(r"^# Source: votingsite/templates/(.+)$", re.MULTILINE)
_KEY = re.compile(r"^( *)([\w]+):(?: (.+))?$")
_README = """\
# votingsite

The Helm chart of votingsite: live polls that anybody can host, built so that no vote is lost. How to install, upgrade
and back up: [operations.md](../../../docs/operations.md#on-kubernetes). Why it is as it is:
[decision 41](../../../docs/decisions/0041-a-chart-of-our-own.md).

```sh
helm install votingsite deploy/helm/votingsite --namespace votingsite --create-namespace
```

This file is made from the comments of [values.yaml](values.yaml) by `bin/chart`.
"""


def main() -> int:
    """Make them, or with --check say which are not as they would be made."""
    parser = argparse.ArgumentParser("bin/chart", description=_DESCRIPTION)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something would change")
    options = parser.parse_args()
    try:
        wanted = files()
    except MissingToolError as why:
        sys.exit(f"bin/chart: {why}")
    wrong = stale(wanted)
    if not options.check:
        KUBERNETES.mkdir(exist_ok=True)
        for path in wrong:
            path.write_text(wanted[path]) if path in wanted else path.unlink()
    sys.stdout.writelines(f"{path.relative_to(ROOT)}\n" for path in wrong)
    return 1 if options.check and wrong else 0


def files() -> dict[Path, str]:
    """Return what is to be there. Raises MissingToolError."""
    texts: dict[Path, str] = {CHART / "README.md": readme((CHART / "values.yaml").read_text())}
    for document in render().split("---\n"):
        if source := _SOURCE.search(document):
            path = KUBERNETES / source[1]
            lines = [line for line in _SOURCE.sub("", document).splitlines() if line.strip()]
            texts[path] = texts.get(path, _HEADER) + "\n".join(["---", *lines, ""])
    return texts


def stale(wanted: dict[Path, str]) -> list[Path]:
    """Return which of them are not so, and which are there and should not be."""
    there = {path: path.read_text() for path in [*KUBERNETES.glob("*"), CHART / "README.md"] if path.exists()}
    return sorted(path for path in there.keys() | wanted.keys() if there.get(path) != wanted.get(path))


def render(*arguments: str) -> str:
    """Return what Helm makes of the chart. Raises MissingToolError, and CalledProcessError with what Helm says."""
    command = [str(tool("helm")), "template", NAME, str(CHART), "--namespace", NAME, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def readme(values: str) -> str:
    """Return the README: for each part of values.yaml a table of its keys, with defaults and comments."""
    return _README + "".join(_rows(values))


def _rows(values: str) -> Iterator[str]:
    own = ""
    keys: list[str] = []
    comments: list[str] = []
    for line in values.splitlines():
        text = line.strip()
        if text.startswith("# ## "):
            yield f"\n## {text[5:]}\n\n| value | default | is |\n|---|---|---|\n"
        elif text.startswith("# "):
            own = f"{own} {text[2:]}".strip()
        elif match := _KEY.match(line):
            indent, key, default = match.groups()
            depth = len(indent) // 2
            # What belongs to several keys stands above the one that holds them.
            inherited = comments[depth - 1] if depth else ""
            keys, comments = [*keys[:depth], key], [*comments[:depth], own or inherited]
            if default:
                yield f"| `{'.'.join(keys)}` | `{default}` | {comments[-1]} |\n"
            own = ""
        else:
            own = ""


if __name__ == "__main__":
    sys.exit(main())
