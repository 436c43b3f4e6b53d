"""The time line of a drill, as the copy of the system that it breaks can show it. Only this module knows the file.

The drill writes one small JSON file into the data folder of its copy, replaced at each change, and the web services of
the copy read it. So the time line outlives every part that the drill kills, both stores and bin/up included.
"""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.stores import files


class Sign(StrEnum):
    """Kinds of moments."""

    FAULT = "fault"
    RECOVERY = "recovery"
    NOTE = "note"
    #: A step that every drill takes: voters begin, the poll is closed.
    PHASE = "phase"


#: How moments are drawn; those of other signs without one.
DRAWN: dict[str, str] = {Sign.FAULT: "bad", Sign.RECOVERY: "ok"}
#: What voters are told, in the order in which it is shown.
TOLD = ("accepted", "unknown", "refused")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a drill. `at` is in seconds since 1970."""

    at: float
    #: In English and marked for translation, with gaps for the `values`.
    text: str
    values: dict[str, Any] = field(default_factory=dict)
    sign: str = Sign.NOTE
    #: Answers that voters got from this moment to the next one, by the words of TOLD.
    told: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill: its name, and its fault as a text in English that is marked for translation."""

    name: str
    what: str
    moments: tuple[Moment, ...] = ()
    #: Voters without an answer now.
    waiting: int = 0
    #: Once it is over: `accepted`, `counted`, `lost`, `twice`, `wrong`; `clean` is 1 if every promise held, else 0.
    result: dict[str, int] | None = None


def _file(data_dir: Path) -> Path:
    return data_dir / "log" / "drill.json"


def read(data_dir: Path) -> Drill | None:
    """Return the present drill, or the last one; None if there was none, or its file can't be read."""
    try:
        found = json.loads(_file(data_dir).read_text())
        return Drill(**{**found, "moments": tuple(Moment(**moment) for moment in found["moments"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(data_dir: Path, drill: Drill) -> None:
    """Replace the time line. For drills alone. Raises OSError."""
    files.write(_file(data_dir), json.dumps(asdict(drill)))
