"""The time line of a drill on the pipeline page of the system that it breaks."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from core.telemetry import drills
from core.telemetry.drills import Drill, Moment, Sign
from inspection.pipeline import drill
from inspection.pipeline.formatting import utc
from tests.inspection.pipeline.conftest import all_parts
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres

PAGE, PICTURE = "/admin/pipeline/", "/admin/pipeline/picture/"
MOMENTS = (
    Moment(1000.0, "voters vote", {}, Sign.PHASE, {"accepted": 1204}),
    Moment(1004.0, "{part} is killed", {"part": "redis"}, Sign.FAULT, {"unknown": 3, "refused": 1}),
    Moment(1006.5, "{parts} is back", {"parts": "redis"}, Sign.RECOVERY),
)
RESULT = {"accepted": 1204, "counted": 1204, "lost": 0, "twice": 0, "wrong": 0, "clean": 1}


@pytest.fixture
def broken(tmp_path: Path, settings: Settings) -> Path:
    """The data folder of a system that a drill breaks."""
    folder = tmp_path / "data"
    (folder / "log").mkdir(parents=True)
    settings.DATA_DIR = folder
    drills.write(folder, Drill("kill-redis", "Redis is killed", MOMENTS, waiting=7))
    return folder


def test_it_has_fault_answers_and_recovery_the_newest_first(broken: Path) -> None:
    shown = drill.read(utc)
    assert shown
    assert [(row.when, row.since, row.what, row.sign, row.told) for row in shown.rows] == [
        ("00:16:46 UTC", "+2.5\N{NO-BREAK SPACE}s", "redis is back", "ok", ["0", "0", "0"]),
        ("00:16:44 UTC", "", "redis is killed", "bad", ["0", "3", "1"]),
        ("00:16:40 UTC", "", "voters vote", "", ["1,204", "0", "0"]),
    ]
    assert (shown.name, shown.status, shown.sign) == ("kill-redis", "7 voters wait for an answer", "")


@pytest.mark.parametrize(
    ("lost", "verdict", "sign"), [(0, "Every promise held:", "ok"), (2, "A promise was broken:", "bad")]
)
def test_at_its_end_it_has_the_result(broken: Path, lost: int, verdict: str, sign: str) -> None:
    result = RESULT | {"counted": 1204 - lost, "lost": lost, "clean": int(not lost)}
    drills.write(broken, Drill("kill-redis", "Redis is killed", MOMENTS, 0, result))
    shown = drill.read(utc)
    assert shown
    numbers = f"1,204 accepted, {1204 - lost:,} counted, {lost} lost, 0 twice, 0 wrong"
    assert (shown.status, shown.sign) == (f"{verdict} {numbers}", sign)


def test_it_is_in_the_language_of_who_looks(broken: Path) -> None:
    with translation.override("es"):
        shown = drill.read(utc)
    assert shown
    assert (shown.what, shown.rows[1].what) == ("se termina Redis a la fuerza", "redis: terminado a la fuerza")


def test_staff_see_it_on_the_page(broken: Path, staff: Client) -> None:
    all_parts()
    for page in (PAGE, PICTURE):
        text = staff.get(page).content.decode()
        assert re.findall(r"</svg>\s*(redis is \w+|voters vote)", text) == [
            "redis is back",
            "redis is killed",
            "voters vote",
        ]
        assert re.search(r'<code translate="no">kill-redis</code>: Redis is killed', text)


def test_it_is_there_while_a_store_is_away(
    broken: Path, staff: Client, postgres: Postgres, own_redis: OwnRedis
) -> None:
    all_parts()
    staff.get(PAGE)
    own_redis.stop()
    postgres.stop()
    assert "redis is killed" in staff.get(PICTURE).content.decode()


def test_where_there_was_none_nothing_is_shown(staff: Client, tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    all_parts()
    text = staff.get(PAGE).content.decode()
    assert re.search(r'<section class="drill" hidden>\s*</section>', text)
