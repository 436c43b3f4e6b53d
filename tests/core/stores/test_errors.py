"""core/stores/errors.py."""

from core.stores.errors import one_line


def test_an_error_reads_as_one_line():
    error = ValueError("FATAL:  the database system is starting up\n\tDETAIL: wait\n")
    assert one_line(error) == "FATAL: the database system is starting up DETAIL: wait"
