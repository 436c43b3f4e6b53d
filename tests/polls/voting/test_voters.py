from uuid import UUID

from polls.models import Poll
from polls.voting import voters
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def test_ballots_of_one_voter_in_two_polls_can_not_be_joined(poll: Poll):
    booths = [PollDriver(poll), PollDriver(make_poll("other", "Red", "Blue"))]
    keys = {driver.vote("ann").cast.voter_key for driver in booths}
    assert len(keys) == 2


def test_a_voter_has_one_key_in_a_poll():
    salt = "00" * 32
    assert voters.key("ann", salt) == voters.key("ann", salt)
    assert voters.key("ann", salt) != voters.key("bob", salt)
    # HMAC-SHA256 with a key of 32 zero bytes over b"ann", cut to 128 bits; by `openssl dgst -mac HMAC`.
    assert voters.key("ann", salt) == UUID("78352bae17eb6789b087bccad1370630")
