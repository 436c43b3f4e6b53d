"""A database of the release before goes on working: its tables keep their names, and its votes still count."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

ROOT = Path(__file__).parents[2]
DUMP = ROOT / "tests" / "data" / "database-of-e1580e0.sql"
#: What that release's `audit` and totals said of it.
TOTALS = {"Cats": 200, "Dogs": 100, "Tea": 5, "Coffee": 7, "Milk": 5, "First": 0, "Second": 1, "Yes": 0, "No": 0}

_READ = """
import json
from counter import counting
from polls.models import Poll, RoundResult
print(json.dumps({
    "states": dict(Poll.objects.values_list("slug", "tally__state")),
    "hosts": list(Poll.objects.get(slug="lunch").hosts.values_list("username", flat=True)),
    "first round": [choice["votes"] for choice in RoundResult.objects.get(poll__slug="again").snapshot["choices"]],
    "visits": counting.total("home"),
}))
"""

_VOTE = """
from polls.box import definitions
from polls.box.casts import new_cast_id
from polls.counting import drain
from polls.voting import casting
poll = definitions.read(slug="cats-vs-dogs")
for _ in range(2):
    casting.cast(poll, casting.Submission("a new voter", new_cast_id(), (poll.choices[1].id,), None))
drain.drain_present_box(poll.id)
"""


@pytest.fixture
def database() -> Iterator[str]:
    """The address of a database of its own, filled by the release before."""
    server = os.environ["DATABASE_URL"]
    name = f"upgraded_{os.getpid()}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            with psycopg.connect(url, autocommit=True) as empty:
                empty.execute(DUMP.read_bytes())
            yield url
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def manage(database: str, *arguments: str) -> str:
    """Run a command on it, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def totals(database: str) -> dict[object, object]:
    query = "SELECT c.text, t.votes FROM polls_total t JOIN polls_choice c ON c.id = t.choice_id"
    return dict(rows(database, query))  # type: ignore[arg-type]


@pytest.mark.usefixtures("redis")
def test_a_database_of_the_release_before_is_taken_over(database: str) -> None:
    """The database is migrated, audited and voted in."""
    applied = rows(database, "SELECT * FROM django_migrations ORDER BY id")

    manage(database, "migrate", "--no-input")
    manage(database, "migrate", "--check")
    audit = json.loads(manage(database, "audit", "--json"))

    assert rows(database, "SELECT * FROM django_migrations ORDER BY id")[: len(applied)] == applied
    assert (audit["polls"], audit["ballots"], audit["differences"]) == (4, 310, [])
    assert audit["set_aside"]["count"] == 1
    assert totals(database) == TOTALS
    assert json.loads(manage(database, "shell", "-v", "0", "--command", _READ)) == {
        "states": {"cats-vs-dogs": "open", "drinks": "final", "again": "open", "lunch": "draft"},
        "hosts": ["bob"],
        "first round": [3, 2],
        "visits": 7,
    }

    manage(database, "shell", "--command", _VOTE)

    assert totals(database) == TOTALS | {"Dogs": TOTALS["Dogs"] + 1}
    assert json.loads(manage(database, "audit", "--json"))["differences"] == []


def test_models_keep_the_labels_and_tables_of_the_last_release(database: str) -> None:
    labels = rows(database, "SELECT app_label, model FROM django_content_type WHERE app_label IN ('polls', 'counter')")
    tables = rows(database, "SELECT tablename FROM pg_tables WHERE tablename ~ '^(polls|counter)_'")

    models = apps.get_models(include_auto_created=True)
    assert len(labels) == 10
    assert set(labels) <= {(model._meta.app_label, model._meta.model_name) for model in models}
    assert set(tables) <= {(model._meta.db_table,) for model in models}
