"""The way of a vote through the web service, as docs/architecture.md tells it."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from polls.box import ballot_box
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post

ROOT = Path(__file__).parents[3]
TABLE = re.compile(r"^\| `(polls/[\w/]+\.py): ([\w.]+)` \|", re.MULTILINE)


def told() -> list[str]:
    """Return the stays in the table."""
    section = (ROOT / "docs/architecture.md").read_text().partition("### The stays of a vote")[2].partition("\n#")[0]
    return [f"{file}: {name}" for file, name in TABLE.findall(section)]


@contextmanager
def watched(stays: list[str]) -> Iterator[None]:
    """Note each function of polls/ that is called."""

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT / "polls"):
            name = frame.f_code.co_qualname.removesuffix(".__init__")
            stays.append(f"{path.relative_to(ROOT)}: {name}")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


def in_order(wanted: Sequence[str], stays: Sequence[str]) -> list[str]:
    """Return the wanted stays that don't come after the ones before them."""
    rest = iter(stays)
    return [stay for stay in wanted if stay not in rest]


def test_a_vote_goes_the_way_that_is_told(transactional_db: None) -> None:
    driver, browser = PollDriver(make_poll("way", "Cats", "Dogs")), Client()
    stays: list[str] = []
    post(browser, driver, choice=driver.choices[0])
    ballot_box.clear_bell(driver.poll.pk)

    with watched(stays):
        answer = post(browser, driver, choice=driver.choices[1])

    assert answer.status_code == 202
    stays = stays[stays.index(told()[0]) :]
    assert in_order(told(), stays) == []
    files = {stay.partition(":")[0] for stay in stays}
    assert files - {stay.partition(":")[0] for stay in told()} == set()
