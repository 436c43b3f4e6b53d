"""The oldest browsers that we support, as docs/operations.md names them: what our scripts are written in."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: What Safari 15.4, Chrome 94 and Firefox 93 understand all of.
ECMASCRIPT = 2021
SCRIPTS = sorted((ROOT / "static").glob("*.js"))


@pytest.mark.skipif(
    shutil.which("acorn") is None, reason="There is no acorn, which parses: apt-get install node-acorn."
)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_in_no_newer_a_language(script: Path):
    command = ["acorn", "--module", f"--ecma{ECMASCRIPT}", "--silent", str(script)]
    parsed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_the_documents_name_them():
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert f"Safari 15.4, Chrome 94 and Firefox 93 (ECMAScript {ECMASCRIPT})" in operations
