from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from core.web import hidden_fields
from polls.box import replies
from polls.box.newcomers import Newcomer
from polls.kinds import OPEN_LIST
from polls.lifecycle import transitions
from polls.models import Poll
from polls.voting.limits import Windows
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, waiting
from tests.polls.voting.solving import solved

OURS, THEIRS = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def limited() -> PollDriver:
    """A poll with two new voters of a network a minute."""
    return PollDriver(make_poll("limited", "Yes", "No", voters_per_minute=2))


@pytest.fixture
def slowed() -> PollDriver:
    """A poll that slows down after two voters of a network."""
    return PollDriver(make_poll("slowed", "Yes", "No", slow_down_after=2))


def post(driver: PollDriver, client: Client | None = None, address: str = OURS, **fields: Any) -> Any:
    fields = {"choice": driver.choices[0], **fields}
    return (client or Client()).post(driver.poll.get_absolute_url(), fields, headers=JSON, REMOTE_ADDR=address)


def codes(driver: PollDriver, number: int, address: str = OURS) -> list[int]:
    return [post(driver, address=address).status_code for _ in range(number)]


def test_a_network_has_so_many_new_voters_a_minute(limited: PollDriver):
    assert codes(limited, 3) == [202, 202, 429]
    answer = post(limited)
    assert answer.json()["status"] == "crowded"
    assert "2 new voters a minute" in answer.json()["detail"]
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert codes(limited, 3, THEIRS) == [202, 202, 429]
    assert waiting() == 4


def test_the_next_minute_takes_further_ones(limited: PollDriver, redis: Redis):
    assert codes(limited, 3) == [202, 202, 429]
    (window,) = redis.scan_iter("votes:*:minute:*")
    assert 0 < redis.ttl(window) <= 60
    redis.expire(window, 0)
    assert codes(limited, 3) == [202, 202, 429]


def test_an_ipv6_network_is_one(limited: PollDriver):
    found = [post(limited, address=f"2001:db8::{number:x}").status_code for number in range(1, 5)]
    assert found == [202, 202, 429, 429]


def test_who_votes_again_is_not_new(limited: PollDriver, redis: Redis):
    voters = [Client(), Client()]
    assert [post(limited, each).status_code for each in voters * 3] == [202] * 6
    redis.delete(*redis.scan_iter("votes:*:minute:*"))
    assert codes(limited, 2) == [202, 202]
    # Their receipts say so, now that Redis has forgotten them.
    assert [post(limited, each).status_code for each in voters] == [202, 202]


def test_who_has_lost_the_answer_is_not_new(limited: PollDriver):
    voter = Client()
    assert post(limited, voter).status_code == 202
    del voter.cookies["ballot"]
    assert codes(limited, 2) == [202, 429]
    assert post(limited, voter).status_code == 202


def test_the_receipt_of_another_makes_nobody_known(limited: PollDriver):
    voter = Client()
    post(limited, voter)
    assert codes(limited, 2) == [202, 429]
    other = Client()
    other.get(limited.poll.get_absolute_url())
    other.cookies["ballot"] = voter.cookies["ballot"].value
    assert post(limited, other).status_code == 429


def test_the_receipt_of_another_round_makes_nobody_known(limited: PollDriver):
    voter = Client()
    post(limited, voter)
    transitions.reset(limited.poll.pk)
    assert codes(limited, 2, OURS) == [202, 202]
    assert post(limited, voter).status_code == 429


def test_a_limit_that_is_turned_on_holds_from_the_next_vote_on(driver: PollDriver):
    assert codes(driver, 3) == [202] * 3
    Poll.objects.update(voters_per_minute=1)
    transitions.edited(driver.poll.pk)
    assert codes(driver, 2) == [202, 429]
    Poll.objects.update(voters_per_minute=None)
    transitions.edited(driver.poll.pk)
    assert codes(driver, 2) == [202, 202]


def test_a_poll_without_limits_keeps_no_list(driver: PollDriver, redis: Redis):
    codes(driver, 3)
    kinds = {key.decode().split(":")[2] for key in redis.scan_iter("votes:[0-9]*")}
    assert kinds.isdisjoint({"minute", "hour"})


def test_without_javascript_it_is_a_page_that_keeps_the_ballot(limited: PollDriver):
    codes(limited, 2)
    voter, url = Client(), limited.poll.get_absolute_url()
    answer = voter.post(url, {"choice": limited.choices[0]}, REMOTE_ADDR=OURS)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    text = answer.content.decode()
    assert "2 new voters a minute" in text
    assert 'name="choice"' in text


def test_after_so_many_voters_of_a_network_work_is_asked_for(slowed: PollDriver):
    assert codes(slowed, 2) == [202, 202]
    voter = Client()
    refused = post(slowed, voter)
    assert (refused.status_code, refused.json()["status"]) == (429, "slowed")
    work = solved(refused.json()["work"])
    assert post(slowed, voter, work=work).status_code == 202
    assert codes(slowed, 2, THEIRS) == [202, 202]
    assert waiting() == 5


def test_work_that_is_done_counts_for_one_voter(slowed: PollDriver):
    codes(slowed, 2)
    voter = Client()
    work = solved(post(slowed, voter).json()["work"])
    assert post(slowed, voter, work=work).status_code == 202
    assert [post(slowed, work=work).status_code for _ in range(3)] == [429] * 3
    assert post(slowed, voter, work=work).status_code == 202
    slowed.count()
    assert slowed.tally.voters == 3


def test_work_counts_from_the_network_that_it_was_asked_of(slowed: PollDriver):
    codes(slowed, 2)
    codes(slowed, 2, THEIRS)
    voter = Client()
    work = solved(post(slowed, voter).json()["work"])
    assert post(slowed, voter, THEIRS, work=work).status_code == 429


def test_who_has_done_the_work_votes_again_without(slowed: PollDriver, redis: Redis):
    codes(slowed, 2)
    voter = Client()
    post(slowed, voter, work=solved(post(slowed, voter).json()["work"]))
    assert post(slowed, voter).status_code == 202
    (window,) = redis.scan_iter("votes:*:hour:*")
    assert 3590 < redis.ttl(window) <= 3600
    assert redis.scard(window) == 3


def test_work_is_no_way_past_the_minute():
    driver = PollDriver(make_poll("both", "Yes", "No", slow_down_after=1, voters_per_minute=2))
    codes(driver, 1)
    voter, other = Client(), Client()
    work = [solved(post(driver, each).json()["work"]) for each in (voter, other)]
    assert post(driver, voter, work=work[0]).status_code == 202
    answer = post(driver, other, work=work[1])
    assert answer.json()["status"] == "crowded"


def test_without_javascript_it_says_what_to_do(slowed: PollDriver):
    codes(slowed, 2)
    url = slowed.poll.get_absolute_url()
    answer = Client().post(url, {"choice": slowed.choices[0]}, REMOTE_ADDR=OURS)
    assert answer.status_code == 429
    text = " ".join(answer.content.decode().split())
    assert "the host of this poll" in text
    assert "JavaScript" in text
    assert waiting() == 2


def test_an_entry_needs_the_work_that_its_vote_needs():
    poll = make_poll("ideas", kind=OPEN_LIST, max_choices=20, details={"most": 3, "approval": False}, slow_down_after=1)
    driver = PollDriver(poll)
    url = driver.poll.get_absolute_url()

    def write(client: Client, text: str, **fields: str) -> Any:
        page = hidden(client, url)
        fields = {"text": text, "page": page, **fields}
        return client.post(f"{url}entries/", fields, headers=JSON, REMOTE_ADDR=OURS)

    assert write(Client(), "Tea").status_code == 202
    other = Client()
    refused = write(other, "Coffee")
    assert refused.json()["status"] == "slowed"
    assert poll.choices.count() == 1
    assert write(other, "Coffee", work=solved(refused.json()["work"])).status_code == 202


def hidden(client: Client, url: str) -> str:
    return hidden_fields.of(client.get(url).content.decode())["page"]


def test_a_process_counts_as_redis_does(limited: PollDriver):
    windows, ours = Windows(), Newcomer("0a1b2c3d", 2, 3)
    voters = [uuid4() for _ in range(4)]
    definition = limited.definition

    def admit(voter: Any, newcomer: Newcomer = ours) -> Any:
        return windows.admit(definition, voter, newcomer)

    assert [admit(voters[0]), admit(voters[1]), admit(voters[0])] == [None, None, None]
    reply = admit(voters[2])
    assert isinstance(reply, replies.Crowded)
    assert 1 <= reply.seconds <= 60
    assert admit(voters[2], Newcomer("ffffffff", 2, 3)) is None
    slow = Newcomer("0a1b2c3d", 0, 2)
    assert admit(voters[3], slow) == replies.Slowed(2)
    assert admit(voters[3], Newcomer("0a1b2c3d", 0, 2, has_worked=True)) is None
    assert admit(voters[3], slow) is None
