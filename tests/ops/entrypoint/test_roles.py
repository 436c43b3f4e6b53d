"""The parts' role in Postgres, made by an owner who is no superuser: as in a database of somebody else."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from ops.entrypoint import roles

OWNER = "plain_owner"
NAMES = f"{roles.PARTS}, {OWNER}"


@pytest.fixture
def database(django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address, for the parts' role, of an empty database whose plain owner `roles` connects as."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD 'word'")
        superuser.execute(f"GRANT pg_read_all_stats, pg_read_all_settings TO {OWNER} WITH ADMIN OPTION")
        superuser.execute(f"CREATE DATABASE plain OWNER {OWNER}")
        theirs = connection.copy()
        theirs.settings_dict = {**theirs.settings_dict, "NAME": "plain", "USER": OWNER, "PASSWORD": "word"}
        monkeypatch.setattr(roles, "connection", theirs)
        with django_db_blocker.unblock():
            yield psycopg.conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname="plain", user=roles.PARTS)
            theirs.close()
        superuser.execute("DROP DATABASE plain WITH (FORCE)")
        superuser.execute(f"DROP OWNED BY {NAMES}")
        superuser.execute(f"DROP ROLE {NAMES}")


def test_a_plain_owner_makes_the_role_and_changes_its_password(database: str) -> None:
    roles.grant("first")
    roles.grant("second")

    with psycopg.connect(database, password="second") as part:
        rights = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert part.execute(rights).fetchone() == (False, False, False)
        assert part.execute("SELECT pg_has_role('pg_read_all_stats', 'USAGE')").fetchone() == (True,)
        # Behind PgBouncer nobody else sets them.
        assert part.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        ).fetchone() == (
            "800ms",
            "10s",
        )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database, password="first")


def test_a_role_that_could_do_more_can_no_longer(database: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {roles.PARTS} SUPERUSER CREATEROLE")
        superuser.execute(f"ALTER ROLE {OWNER} SUPERUSER")

    roles.grant("word")

    with psycopg.connect(database, password="word") as part:
        rights = "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert part.execute(rights).fetchone() == (False, False)
