"""Migrations beside parts of an older release, which go on counting votes."""

import logging
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from ops.entrypoint import bootstrap
from tests.waiting import eventually

# Each goes five migrations back and forth.
pytestmark = pytest.mark.slow

#: Changes the tables of polls and of tallies, in this order.
BEFORE = ("polls", "0019_nicknames")


@pytest.fixture
def older(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A part of an older release, in a database of that time."""
    call_command("migrate", *BEFORE, verbosity=0)
    settings = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    with psycopg.connect(**{name: settings[key] for name, key in names.items()}) as part:
        yield part
    call_command("migrate", verbosity=0)


def in_the_way(part: psycopg.Connection) -> None:
    """Lock a tally, and look at its poll as soon as the migration has locked polls."""
    part.execute("SET deadlock_timeout = '30s'")
    part.execute("LOCK TABLE polls_tally IN ROW SHARE MODE")
    locked = "SELECT 1 FROM pg_locks WHERE relation = 'polls_poll'::regclass AND mode = 'AccessExclusiveLock'"
    eventually(lambda: part.execute(locked).fetchone(), what="a migration that has locked polls")
    part.execute("SELECT count(*) FROM polls_poll")
    part.commit()


def holding(seconds: float) -> Callable[[psycopg.Connection], None]:
    """Return what locks polls for so long."""

    def hold(part: psycopg.Connection) -> None:
        part.execute("LOCK TABLE polls_poll IN ACCESS SHARE MODE")
        threading.Event().wait(seconds)
        part.commit()

    return hold


@pytest.mark.parametrize(("does", "why"), [(in_the_way, "deadlock"), (holding(3), "lock timeout")])
def test_a_migration_that_loses_its_locks_begins_again(
    older: psycopg.Connection, caplog: pytest.LogCaptureFixture, does: Callable[[psycopg.Connection], None], why: str
) -> None:
    thread = threading.Thread(target=does, args=[older])
    thread.start()
    eventually(lambda: older.info.transaction_status != psycopg.pq.TransactionStatus.IDLE)
    with caplog.at_level(logging.WARNING, bootstrap.__name__):
        bootstrap._migrate()
    thread.join()
    assert why in caplog.text
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_another_error_is_raised_at_once(older: psycopg.Connection, caplog: pytest.LogCaptureFixture) -> None:
    older.execute("ALTER TABLE polls_event RENAME TO polls_gone")
    older.commit()
    try:
        with pytest.raises(Exception, match="polls_event"):
            bootstrap._migrate()
    finally:
        older.execute("ALTER TABLE polls_gone RENAME TO polls_event")
        older.commit()
    assert caplog.messages == []


def test_a_lock_that_is_never_free_ends_it(older: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_TRIES", 2)
    older.execute("LOCK TABLE polls_poll IN ACCESS SHARE MODE")
    with pytest.raises(OperationalError, match="lock timeout"):
        bootstrap._migrate()
    older.rollback()
