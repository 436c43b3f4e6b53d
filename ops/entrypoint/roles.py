"""The roles in Postgres: the owner of the database, who changes tables, and a role for the parts.

The parts' role reads and writes rows, and reads the server's statistics for the pages that show them. It is no
superuser: it reaches no file or program of the server, and no other role.
"""

from django.db import connection
from psycopg import sql

from votingsite import store_settings

#: The role of vote, result and worker.
PARTS = "votingsite_parts"

#: By default every role may make temporary tables, which fill the disk.
_GRANTS = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT pg_read_all_stats, pg_read_all_settings TO {role};
"""

_NO_MORE = " NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_HAS_MORE = """
SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = %s
"""


def grant(password: str) -> None:
    """Create the parts' role, or set its password, and grant it all tables and nothing more. Harmless to repeat.

    Needs the owner's connection, after all migrations: a superuser's, or one with CREATEROLE and what of `_GRANTS` is
    about statistics WITH ADMIN OPTION. Raises django.db.Error.
    """
    role, database = sql.Identifier(PARTS), sql.Identifier(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(_HAS_MORE, [PARTS])
        found = cursor.fetchone()
        verb = sql.SQL("ALTER ROLE {}" if found else "CREATE ROLE {}").format(role)
        # An owner who is no superuser may not even say NOSUPERUSER: it is said only where there is something to take.
        rights = sql.SQL(_NO_MORE if found and found[0] else "")
        cursor.execute(sql.SQL("{} LOGIN{} PASSWORD {}").format(verb, rights, sql.Literal(password)))
        for statement in _GRANTS.strip().splitlines():
            cursor.execute(sql.SQL(statement).format(role=role, database=database))
        # For connections that can't bring them along: those of PgBouncer.
        for name, limit in store_settings.limits(is_web_service=True).items():
            set_ = sql.SQL("ALTER ROLE {} SET {} = {}")
            cursor.execute(set_.format(role, sql.Identifier(name), sql.Literal(limit)))
