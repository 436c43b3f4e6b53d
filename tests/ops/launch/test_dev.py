"""bin/up --dev, as somebody uses it who changes the project: in a copy of it, whose files these tests edit."""

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.launch.data_dir import BASE_DIR
from tests.system import System, alive
from tests.waiting import eventually

pytestmark = pytest.mark.slow

#: Seconds for the slowest part to be there again, on a busy machine.
RELOAD_S = 30


class Copy(System):
    """A bin/up --dev of a copy of the project."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "data", "--dev")
        self.project = folder / "project"
        shutil.copytree(BASE_DIR, self.project, ignore=shutil.ignore_patterns("var", ".*", "tests", "docs"))
        (self.project / ".venv").symlink_to(sys.prefix)

    @property
    def command(self) -> list[str]:
        return [str(self.project / "bin" / "up"), *super().command[1:]]

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.project / file
        path.write_text(change(path.read_text()))

    def answers(self, path: str) -> list[str]:
        """Return the answers of both web services; nothing for one that is being started anew."""
        return [_get(f"{service}{path}") for service in (self.vote_url, self.result_url)]


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    copy = Copy(tmp_path_factory.mktemp("dev"))
    copy.start(wait=False)
    try:
        eventually(lambda: copy.ended() is not None or "Ctrl-C stops everything" in copy.output, 120)
        yield copy
        processes = copy.processes()
        assert copy.stop() == 0
        assert alive(processes) == []
    finally:
        copy.destroy()


def test_templates_and_styles_are_read_anew_at_once(dev: Copy) -> None:
    dev.edit("templates/base.html", lambda text: text.replace("</body>", "<!-- edited --></body>"))
    dev.edit("static/votingsite.css", lambda text: f"{text}\n/* edited */")

    assert all("<!-- edited -->" in page for page in dev.answers("/p/cats-vs-dogs/"))
    assert all("/static/votingsite.css" in page for page in dev.answers("/p/cats-vs-dogs/"))
    assert all("/* edited */" in style for style in dev.answers("/static/votingsite.css"))


def test_error_pages_have_the_source(dev: Copy) -> None:
    assert all("votingsite.urls" in page for page in dev.answers("/there/is/no/such/page"))


def test_every_part_follows_its_code(dev: Copy) -> None:
    dev.edit("core/web/health.py", lambda text: text.replace('"ok\\n"', '"edited\\n"'))
    dev.edit("workers/worker.py", lambda text: f'{text}\n\nlogger.warning("This worker is edited")\n')

    eventually(lambda: dev.answers("/healthz") == ["edited\n"] * 2, RELOAD_S, "both web services with the new code")
    eventually(lambda: "worker-1 | WARNING workers.worker: This worker is edited" in dev.output, RELOAD_S)


def test_a_syntax_error_is_said_and_mended(dev: Copy) -> None:
    sound = (dev.project / "core/stores/redis.py").read_text()

    dev.edit("core/stores/redis.py", lambda text: f"{text}\ndef broken(:\n")

    said = [f"{part:9}| SyntaxError: invalid syntax" for part in ("vote", "result", "worker-1")]
    eventually(lambda: all(line in dev.output for line in said), RELOAD_S, "a word of each part")
    assert dev.ended() is None

    dev.edit("core/stores/redis.py", lambda _: sound)
    dev.edit("core/web/health.py", lambda text: text.replace("\\n", " again\\n"))

    eventually(lambda: all(" again" in answer for answer in dev.answers("/healthz")), RELOAD_S, "both web services")
