"""The parts behind PgBouncer in transaction mode, where each transaction may have another connection."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from psycopg import sql

from core.stores import checks
from polls.models import Ballot
from tests.browsing import Browser
from tests.pgbouncer import PROGRAM, PgBouncer
from tests.polls.conftest import clean, make_poll
from tests.polls.poll_driver import PollDriver
from tests.system import System
from tests.test_staff_only import ADDRESSES, ODD
from tests.waiting import eventually
from votingsite import store_settings

__all__ = ["clean"]

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="There is no pgbouncer (Debian: apt install pgbouncer).")

NAME, PASSWORD = "behind_pgbouncer", "word"
LIMITS = {"lock_timeout": "800ms", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "10s"}


@pytest.fixture
def pooled(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """This process's connection, made as with DATABASE_VIA_PGBOUNCER=on."""
    direct = connection.settings_dict
    with PgBouncer(tmp_path, direct["NAME"], direct["USER"], direct["PASSWORD"]) as pgbouncer:
        connection.close()
        address = {**direct, "PORT": pgbouncer.port, "OPTIONS": {}}
        connection.settings_dict = store_settings.database(address, None, is_web_service=False, pgbouncer=True)
        yield
        connection.close()
        connection.settings_dict = direct


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_each_transaction_has_another_connection(pooled: None) -> None:
    assert backend() != backend()


def test_votes_are_counted_and_audited(pooled: None) -> None:
    driver = PollDriver(make_poll("pooled", "Yes", "No"))
    for voter in ("ann", "bob", "cid"):
        driver.vote(voter)
    driver.count()

    assert Ballot.objects.filter(poll=driver.poll).count() == 3


def test_no_staff_page_fails(pooled: None) -> None:
    driver = PollDriver(make_poll("secret", "Yes", "No"))
    driver.vote("ann")
    driver.count()
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root"))
    number = User.objects.get().pk
    addresses = [address.replace("/user/1/", f"/user/{number}/") for address in (*ADDRESSES, *ODD)]
    addresses += [f"/admin/polls/{model}/add/" for model in ("poll", "ballot", "choice")]

    assert [address for address in addresses if browser.get(address).status_code >= 500] == []


def test_a_cursor_would_not_outlive_its_transaction(pooled: None) -> None:
    for number in range(5):
        User.objects.create_user(f"user{number}")
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = False

    with pytest.raises(DatabaseError, match="does not exist"):
        list(User.objects.iterator(chunk_size=1))


def test_limits_of_time_that_nobody_has_set_stop_the_start(pooled: None) -> None:
    found = checks.judge_limits(checks.ask_postgres(checks.LIMITS))
    assert [message.id for message in found] == ["votingsite.E104"]


@pytest.fixture
def role() -> Iterator[str]:
    """The password of a role with the limits, which owns a database of its own; both have the same name."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {NAME} LOGIN PASSWORD '{PASSWORD}'")
        for limit, value in LIMITS.items():
            superuser.execute(f"ALTER ROLE {NAME} SET {limit} = '{value}'")
        superuser.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        yield PASSWORD
        superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))
        superuser.execute(f"DROP ROLE {NAME}")


@pytest.mark.slow
def test_a_whole_system_votes_counts_and_audits(role: str, tmp_path: Path) -> None:
    with PgBouncer(tmp_path, NAME, NAME, role) as pgbouncer:
        environment = {"DATABASE_URL": pgbouncer.url, "DATABASE_VIA_PGBOUNCER": "on"}
        with System(tmp_path / "data", workers=2, environment=environment) as system:
            seeded = system.manage("seed", "--votes", "2000")
            assert seeded.returncode == 0, seeded.stderr
            voters = Browser(system.result_url)
            eventually(lambda: voters.get("/p/cats-vs-dogs/results.json").json()["voters"] >= 2000, 30, "2,000 voters")
            audit = system.manage("audit")
            sealed = system.manage("seal", "cats-vs-dogs")

    assert (audit.returncode, sealed.returncode) == (0, 0), audit.stdout + sealed.stderr
    assert "every total equals its ballots" in audit.stdout
