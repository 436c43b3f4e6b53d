"""A code that leads nowhere: the page says so and has the field to type the right one into."""

import re

import pytest

from polls.models import Poll
from tests.polls.poll_driver import Client


@pytest.mark.parametrize("address", ["/qqqq", "/QQQQ", "/?code=qqqq"])
def test_a_wrong_code_can_be_mended_where_it_is_said(client: Client, poll: Poll, address: str):
    answer = client.get(address)
    assert answer.status_code == 404
    page = answer.content.decode()
    code = address.removeprefix("/").removeprefix("?code=")
    assert f"No poll has the code {code}." in page
    field = re.search(r'<input\s+id="code"\s+name="code"\s+value="(\w+)"[^>]*aria-describedby="code-error"', page)
    assert field is not None
    assert field[1] == code
    assert client.get("/", {"code": poll.code})["Location"] == poll.get_absolute_url()
