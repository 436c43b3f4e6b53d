"""The file in which a drill tells its copy of the system what happens."""

from pathlib import Path

import pytest

from core.telemetry import drills
from core.telemetry.drills import Drill, Moment, Sign

KILLED = Moment(1000.5, "{part} is killed", {"part": "redis"}, Sign.FAULT, {"accepted": 12})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder."""
    (tmp_path / "log").mkdir()
    return tmp_path


def test_what_was_written_is_read(folder: Path) -> None:
    drill = Drill("kill-redis", "Redis is killed", (KILLED, Moment(1002.0, "redis is back")), 3, {"lost": 0})
    drills.write(folder, drill)
    assert drills.read(folder) == drill


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x"}', '{"name": 1, "moments": [{}]}'])
def test_what_is_no_time_line_is_none(folder: Path, text: str) -> None:
    (folder / "log" / "drill.json").write_text(text)
    assert drills.read(folder) is None


def test_a_system_without_a_drill_has_none(folder: Path) -> None:
    assert drills.read(folder) is None
