"""Counters are read, and count."""

from counter.models import Counter
from tests.api.conftest import Program, word


def test_a_counter_is_read_and_counts(anybody: Program):
    Counter.objects.create(name="home")
    assert anybody.post("/counters/home/visits").json() == {"name": "home", "visits": 1}
    assert anybody.get("/counters/home").json() == {"name": "home", "visits": 1}


def test_an_unknown_counter_is_not_found(anybody: Program):
    assert word(anybody.get("/counters/nowhere")) == (404, "not_found")
    assert word(anybody.post("/counters/nowhere/visits")) == (404, "not_found")
