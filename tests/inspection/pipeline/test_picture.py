"""The picture of the pipeline."""

import pytest

from inspection.pipeline.picture import Pipe


@pytest.mark.parametrize(
    ("is_cut", "has_cross", "flows", "classes"),
    [
        (False, False, False, ""),
        (False, False, True, "flows"),
        (True, False, False, "is-cut"),
        (True, True, False, "is-cut has-cross"),
    ],
)
def test_a_pipe_is_drawn_as_it_is(is_cut: bool, has_cross: bool, flows: bool, classes: str) -> None:
    assert Pipe("cast", "cast", "0 /s", is_cut, has_cross, flows).classes == classes
