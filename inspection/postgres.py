"""The Postgres inspector: the server, its tables and what they mean, connections, the pool, slow statements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.checks import CheckMessage
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.stores import checks, postgres

#: How long one of these questions may take.
TIMEOUT = "1s"
#: Statements and tables that are shown, and of each statement so many characters.
STATEMENTS = 15
TABLES = 60
STATEMENT_LENGTH = 400

#: By table: what a row is.
_MEANINGS = {
    "polls_poll": gettext_lazy("One question, as people edit it."),
    "polls_poll_hosts": gettext_lazy("Hosts of a poll other than its owner."),
    "polls_choice": gettext_lazy("One option of a poll."),
    "polls_picture": gettext_lazy("One picture of choices."),
    "polls_event": gettext_lazy("Several polls under one code, and which of them is on."),
    "polls_event_hosts": gettext_lazy("Hosts of an event other than its owner."),
    "polls_eventpoll": gettext_lazy("The place of one poll in an event."),
    "polls_player": gettext_lazy("One nickname in an event whose quizzes have points."),
    "polls_codebatch": gettext_lazy("Voting codes that were made at once: their numbers, not the codes."),
    "polls_changedcode": gettext_lazy("One voting code that was revoked or replaced."),
    "polls_ballotlist": gettext_lazy("The list of ballots of one final poll, for people who check the count."),
    "polls_ballotlistpart": gettext_lazy("Some thousand ballots of such a list."),
    "polls_tally": gettext_lazy("The count of a poll: its state, round and box, and how far it is counted."),
    "polls_total": gettext_lazy("The number of ballots that name a choice."),
    "polls_answer": gettext_lazy("The number of ballots that give one answer, as a ranking."),
    "polls_ballot": gettext_lazy("The selections of one voter in one poll. The voter is a hash."),
    "polls_setaside": gettext_lazy("One cast that could not be counted, with the reason."),
    "polls_roundresult": gettext_lazy("The last totals of one round that a reset ended."),
    "counter_counter": gettext_lazy("One page whose visits are counted."),
    "counter_epoch": gettext_lazy("Visits of one counter since a Redis began; the counter is the sum."),
    "counter_day": gettext_lazy("The number of one counter when it was last looked at on one day."),
    "api_firstanswer": gettext_lazy("One answer of the API, for when the same request comes again."),
    "accounts_accesstoken": gettext_lazy("One access token of the API, as a hash."),
    "auth_user": gettext_lazy("One person who may sign in."),
    "django_session": gettext_lazy("One sign-in that has not ended."),
    "auth_group": gettext_lazy("Users with the same permissions."),
    "auth_permission": gettext_lazy("One permission."),
    "auth_user_groups": gettext_lazy("Who is in which group."),
    "auth_user_user_permissions": gettext_lazy("Who may do what."),
    "auth_group_permissions": gettext_lazy("Which group may do what."),
    "django_content_type": gettext_lazy("One kind of row, for histories and permissions."),
    "django_admin_log": gettext_lazy("Who did what: the history of the admin."),
    "django_migrations": gettext_lazy("Applied migrations."),
}

_SERVER = """
SELECT current_setting('server_version'), pg_postmaster_start_time(), pg_database_size(current_database()),
       current_setting('max_connections')::int, inet_server_addr()::text, inet_server_port(), current_database()
"""
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
#: The planner's own estimate: rows per page at the last ANALYZE, times the pages there are now; before the first one
#: what the server's statistics have seen come and go.
_TABLES = """
SELECT c.relname,
       CASE WHEN c.reltuples < 0 THEN s.n_live_tup
            ELSE (c.reltuples / greatest(c.relpages, 1) * pg_relation_size(c.oid)
                  / current_setting('block_size')::int)::bigint END,
       pg_table_size(c.oid), pg_indexes_size(c.oid), s.n_dead_tup, greatest(s.last_autovacuum, s.last_vacuum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind = 'r' AND n.nspname = current_schema() ORDER BY pg_total_relation_size(c.oid) DESC LIMIT %s
"""
_CONNECTIONS = """
SELECT application_name, coalesce(state, backend_type), count(*),
       extract(epoch FROM max(now() - state_change)), count(*) FILTER (WHERE wait_event_type = 'Lock')
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
GROUP BY 1, 2 ORDER BY 1, 2
"""
_HAS_STATEMENTS = "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"
#: Only what reads and writes rows, in which the extension puts $1 for each value; other commands keep theirs.
_STATEMENTS = """
SELECT left(query, %s), calls, mean_exec_time / 1000, max_exec_time / 1000, total_exec_time / 1000, rows
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query ~* '^\\s*(select|insert|update|delete|with)\\M'
ORDER BY total_exec_time DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Server:
    """The server, and the database in it."""

    version: str
    started_at: datetime
    size: int  # bytes
    max_connections: int
    address: str | None
    port: int | None
    database: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Sizes are bytes; `rows` is None where Postgres has never counted."""

    name: str
    rows: int | None
    size: int
    indexes: int
    dead: int | None
    vacuumed_at: datetime | None
    meaning: Any


@dataclass(frozen=True, slots=True)
class Connections:
    """Connections of one program in one state; seconds since the longest went into it, how many wait for a lock."""

    program: str
    state: str
    number: int
    for_s: float | None
    locked: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A kind of statement, without its values. Times are seconds."""

    text: str
    calls: int
    mean: float
    longest: float
    total: float
    rows: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All of it. `statements` is None where pg_stat_statements is not there, or may not be read."""

    server: Server
    settings: dict[str, str]
    wrong: list[CheckMessage]
    tables: list[Table]
    connections: list[Connections]
    #: Of this process (psycopg_pool's statistics); None where it has none.
    pool: dict[str, int] | None
    statements: list[Statement] | None


def read() -> Reading:
    """Look at it, in a transaction that can write nothing. Raises django.db.Error."""
    with postgres.bounded():
        return _read()


def _read() -> Reading:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
        cursor.execute(_SERVER)
        server = Server(*cursor.fetchone())
        cursor.execute(_SETTINGS, [[*checks.POSTGRES_SETTINGS, "full_page_writes"]])
        settings = dict(cursor.fetchall())
        cursor.execute(_TABLES, [TABLES])
        rows: Any = cursor.fetchall()
        tables = [Table(*[*row, _MEANINGS.get(row[0], "")]) for row in rows]
        cursor.execute(_CONNECTIONS)
        connections = [Connections(*row) for row in cursor.fetchall()]
        return Reading(
            server=server,
            settings=settings,
            wrong=checks.judge_postgres(settings),
            tables=tables,
            connections=connections,
            pool=_pool(),
            statements=_statements(cursor),
        )


def _pool() -> dict[str, int] | None:
    pool = getattr(connection, "pool", None)
    if pool is None:
        return None
    found = pool.get_stats()
    names = ("pool_max", "pool_size", "pool_available", "requests_num", "requests_queued", "requests_wait_ms")
    return {name: int(found.get(name, 0)) for name in names}


def _statements(cursor: Any) -> list[Statement] | None:
    cursor.execute(_HAS_STATEMENTS)
    if cursor.fetchone() is None:
        return None
    cursor.execute("SAVEPOINT statements")
    try:
        cursor.execute(_STATEMENTS, [STATEMENT_LENGTH, STATEMENTS])
        rows = cursor.fetchall()
    except DatabaseError:
        # It is there and not loaded, or this user may not read it.
        cursor.execute("ROLLBACK TO SAVEPOINT statements")
        return None
    return [Statement(*row) for row in rows]


def why_no_statements() -> str:
    """Say what to do where `statements` is None."""
    return _(
        "pg_stat_statements is not there: set shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, "
        "start Postgres again, and run CREATE EXTENSION pg_stat_statements as its superuser."
    )
