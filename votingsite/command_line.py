"""Django's command line, with one sentence instead of a traceback when a store is away."""

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line
from django.db import InterfaceError, OperationalError
from redis import RedisError

from core.stores.errors import one_line
from core.stores.redis import RedisUnavailableError
from core.telemetry.terminal import print_what_can_be


def run(arguments: Sequence[str]) -> None:
    """Run a management command. Exits with 1 and a sentence if it needs a store that does not answer."""
    print_what_can_be()
    try:
        execute_from_command_line(list(arguments))
    except (OperationalError, InterfaceError) as error:
        sys.exit(_sentence("Postgres", error))
    except (RedisUnavailableError, RedisError) as error:
        sys.exit(_sentence("Redis", error))


def _sentence(store: str, error: Exception) -> str:
    return f"{store} does not answer ({one_line(error)}). Start it and try again."
