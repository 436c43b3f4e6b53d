"""Tests in several processes: pytest-xdist's workers, each with servers of its own."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

#: Processes that run the tests when nobody says how many. Most of a test's time is waiting; but with six on two cores
#: a whole run took 49 minutes in the place of 52, and tests that wait a bounded time became late.
WORKERS = 4
#: The variable in which bin/test passes on the servers of each worker: a JSON list of environments.
SERVERS = "TEST_SERVERS"

#: The files that take longest, longest first: begun last, one of them would go on alone for minutes.
_LONGEST = (
    "test_long_runs.py",
    "test_state_machine.py",
    "ops/drill/test_drills.py",
    "test_every_page.py",
    "test_lab.py",
    "test_up.py",
    "test_recount.py",
    "browser/test_admin.py",
    "promises/test_pipeline.py",
    "test_voting.py",
    "test_screens.py",
    "test_p4_without_redis.py",
    "test_p2_the_last_one_counts.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: Iterable[Any]) -> None:
    """Give each worker its servers, before it reads the settings."""
    environments = json.loads(os.environ.pop(SERVERS, "[]"))
    for spec, environment in zip(specs, environments, strict=True):
        spec.env |= environment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files so that those which take longest begin first, when several processes share them."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: _rank(item.path))


def _rank(file: Path) -> int:
    return next((rank for rank, ending in enumerate(_LONGEST) if str(file).endswith(ending)), len(_LONGEST))
