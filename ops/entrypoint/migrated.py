"""The wait of a part until the tables are those of its version, in Kubernetes, which starts all at once."""

import logging
import time

import django

from core.stores.errors import one_line

_log = logging.getLogger(__name__)
#: Seconds. Afterwards the part starts all the same: a Postgres that is away stops no vote.
PATIENCE_S = 60
_PAUSE_S = 1


def main() -> None:
    """Wait as long as a part in a container does."""
    django.setup()
    wait(PATIENCE_S)


def wait(patience_s: float) -> None:
    """Return when no migration of this version is missing, or when that takes too long, which is logged."""
    deadline = time.monotonic() + patience_s
    while missing := _missing():
        if time.monotonic() > deadline:
            _log.warning("The part starts although the database is not ready: %s", missing)
            return
        time.sleep(_PAUSE_S)


def _missing() -> str:
    """Return in a sentence what is missing; empty if nothing is."""
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        return one_line(error)
    finally:
        connection.close()
    return f"{len(plan)} migrations are missing." if plan else ""
