"""The address of a poll's WebSocket."""

from polls.templatetags.sockets import socket_path


def test_options_without_a_value_are_left_out() -> None:
    assert socket_path("town") == "/ws/polls/town/"
    assert socket_path("town", **{"screen": "projector", "pass": None}) == "/ws/polls/town/?screen=projector"


def test_a_pass_is_quoted() -> None:
    assert socket_path("town", **{"pass": "a:b&c"}) == "/ws/polls/town/?pass=a%3Ab%26c"
