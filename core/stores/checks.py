"""System checks of the stores: Postgres and Redis settings that would break the promises.

A store that can't be reached yields an Info, which stops nothing; it is checked when it answers.
"""

import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from threading import Thread
from typing import Any

import psycopg
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Info, Tags, Warning, register, run_checks  # noqa: A004
from django.core.checks.registry import registry
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from core.stores import redis
from core.stores.errors import one_line

#: The checks of this module. Like Django's own tag `database`, they run only where a database is named
#: (`manage.py check --database default`): no other command should wait for a store.
TAG = "stores"

#: Ids of the messages of stores that could not be reached.
UNREACHED = ("votingsite.I101", "votingsite.I201")

OLDEST_POSTGRES = 15
OLDEST_REDIS = {"redis": 7, "valkey": 8}

#: The settings that `judge_postgres` reads.
POSTGRES_SETTINGS = ("server_version_num", "synchronous_commit", "fsync")
#: Without these somebody would wait for ever. A connection brings them along, except behind PgBouncer.
LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

#: Tags of Django's checks of URLs and of the admin.
_OF_PAGES = {Tags.urls, Tags.admin}

#: Seconds between two checks of a store that could not be reached at the start.
_RECHECK_S = 2


def stop_on_errors(*, of_pages: bool = True) -> None:
    """Run all checks of the project and of the stores; on errors print them all to stderr and exit with 1.

    Each part calls it at its start, after django.setup(); one without pages leaves out the checks of pages, which
    import every view. A thread checks a store that doesn't answer as soon as it does, and ends the process on errors.
    """
    tags = None if of_pages else [*registry.tags_available() - _OF_PAGES]
    found = [*run_checks(tags=tags), *_check_stores()]
    _stop_if_wrong(found)
    if _unreached(found):
        Thread(target=_check_stores_later, name="checks of the stores", daemon=True).start()


def _check_stores() -> list[CheckMessage]:
    return run_checks(tags=[TAG], databases=[DEFAULT_DB_ALIAS])


def _unreached(found: Iterable[CheckMessage]) -> bool:
    return any(message.id in UNREACHED for message in found)


def _check_stores_later() -> None:
    """Check until both stores have answered, or one of them with an error."""
    found = _check_stores()
    while _unreached(found) and not _errors(found):
        time.sleep(_RECHECK_S)
        found = _check_stores()
    try:
        _stop_if_wrong(found)
    except SystemExit:
        # sys.exit in a thread ends only the thread.
        os._exit(1)


def _errors(found: Iterable[CheckMessage]) -> list[CheckMessage]:
    return [message for message in found if message.level >= ERROR and not message.is_silenced()]


def _stop_if_wrong(found: Iterable[CheckMessage]) -> None:
    """Print the messages; exit with 1 if one of them is an error."""
    errors = _errors(found)
    for message in found:
        if message not in errors and not message.is_silenced():
            sys.stderr.write(f"votingsite: {_sentences(message)}\n")
    if errors:
        sys.stderr.write("votingsite can't start.\n")
        sys.stderr.writelines(f"  {_sentences(message)}\n" for message in errors)
        sys.stderr.flush()
        sys.exit(1)


def _sentences(message: CheckMessage) -> str:
    return " ".join(str(part) for part in (message.msg, message.hint, f"({message.id})") if part)


@register(TAG, Tags.database)
def check_stores(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the settings of both stores that the promises depend on."""
    if not databases:
        return []
    return [*_check_postgres(), *_check_redis()]


def ask_postgres(names: Sequence[str] = ()) -> dict[str, str]:
    """Return settings of the server, over a connection of its own that gives up after `connect_timeout`.

    Raises psycopg.Error.
    """
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as connection:
        return dict(connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)]))


def judge_postgres(found: Mapping[str, str]) -> list[CheckMessage]:
    """Return what is wrong with these settings of a Postgres."""
    messages: list[CheckMessage] = []
    version = int(found["server_version_num"]) // 10000
    if version < OLDEST_POSTGRES:
        what = _("Postgres is version {version}; {oldest} or later is required.").format(
            version=version, oldest=OLDEST_POSTGRES
        )
        messages.append(Error(what, hint=_("Point DATABASE_URL to a newer server."), id="votingsite.E101"))
    if found["synchronous_commit"] == "off":
        what = _("Postgres runs with synchronous_commit=off: it would lose counted votes in a crash.")
        hint = _("Set synchronous_commit = on, for the server, the database and the user.")
        messages.append(Error(what, hint=hint, id="votingsite.E102"))
    if found["fsync"] == "off":
        what = _("Postgres runs with fsync=off: a power cut would destroy the counted votes.")
        messages.append(Error(what, hint=_("Set fsync = on in postgresql.conf."), id="votingsite.E103"))
    return messages


def judge_limits(found: Mapping[str, str]) -> list[CheckMessage]:
    """Return an error if a limit of time is off for our user."""
    off = ", ".join(name for name in LIMITS if found[name] == "0")
    if not off:
        return []
    what = _("Postgres has no limit of time for this user ({names}): a part that hangs would stop all others.").format(
        names=off
    )
    hint = _("Set them with ALTER ROLE; docs/scaling.md says how.")
    return [Error(what, hint=hint, id="votingsite.E104")]


def _check_postgres() -> list[CheckMessage]:
    try:
        found = ask_postgres([*POSTGRES_SETTINGS, *LIMITS])
        return [*judge_postgres(found), *judge_limits(found)]
    except psycopg.Error as error:
        return [Info(f"Postgres is not checked: {one_line(error)}", id="votingsite.I101")]


def _check_redis() -> list[CheckMessage]:
    try:
        info: dict[str, Any] = redis.client().info()
        return judge_redis(info, appendfsync())
    except AuthenticationError as error:
        what = f"Redis refuses the user or the password: {one_line(error)}"
        return [Error(what, hint="Correct REDIS_URL.", id="votingsite.E205")]
    except ResponseError as error:
        what = f"Redis doesn't let its settings be read, so they are not checked: {one_line(error)}"
        hint = "Make sure that it runs with appendonly yes, appendfsync always and maxmemory-policy noeviction."
        return [Warning(what, hint=hint, id="votingsite.W201")]
    except RedisError as error:
        return [Info(f"Redis is not checked: {one_line(error)}", id="votingsite.I201")]


def appendfsync() -> str | None:
    """Return Redis's `appendfsync`; None where CONFIG is forbidden, as on many hosted Redis. Raises RedisError."""
    try:
        answer: dict[str, str] = redis.client().config_get("appendfsync")  # type: ignore[assignment]
    except (NoPermissionError, ResponseError):
        return None
    return answer.get("appendfsync")


def judge_redis(info: Mapping[str, Any], appendfsync: str | None) -> list[CheckMessage]:
    """Return what is wrong with a Redis of this INFO; `appendfsync` is None where it can't be known."""
    messages = _judge_version(info)
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        what = _("Redis runs with maxmemory-policy {policy}: it would evict votes when its memory is full.").format(
            policy=policy
        )
        messages.append(Error(what, hint=_("Set maxmemory-policy noeviction."), id="votingsite.E202"))
    if not info.get("aof_enabled"):
        what = _("Redis runs without its append-only file: it would lose accepted votes when it is restarted.")
        messages.append(Error(what, hint=_("Set appendonly yes and appendfsync always."), id="votingsite.E203"))
    else:
        messages += _judge_appendfsync(appendfsync)
    return messages


def _judge_version(info: Mapping[str, Any]) -> list[CheckMessage]:
    # Valkey says redis_version 7.2.4 too, for clients that know only Redis.
    name = "valkey" if "valkey_version" in info else "redis"
    version = str(info.get(f"{name}_version", "0"))
    if int(version.partition(".")[0]) >= OLDEST_REDIS[name]:
        return []
    what = _("{name} is version {version}; Redis 7, Valkey 8 or later is required.").format(
        name=name.capitalize(), version=version
    )
    return [Error(what, hint=_("Point REDIS_URL to a newer server."), id="votingsite.E201")]


def _judge_appendfsync(appendfsync: str | None) -> list[CheckMessage]:
    if appendfsync is None:
        what = _("Can't check how often Redis syncs its append-only file: CONFIG is forbidden.")
        return [Warning(what, hint=_("Make sure that appendfsync is set to always."), id="votingsite.W202")]
    if appendfsync == "everysec" and settings.APPENDFSYNC_EVERYSEC:
        what = _("Redis runs with appendfsync everysec: a crash may lose the votes accepted in its last two seconds.")
        return [Warning(what, hint=_("Accepted by APPENDFSYNC_EVERYSEC=on."), id="votingsite.W203")]
    if appendfsync == "always":
        return []
    what = _("Redis runs with appendfsync {setting}: a crash would lose votes that were accepted.").format(
        setting=appendfsync
    )
    hint = _("Set appendfsync always.")
    if appendfsync == "everysec":
        hint = _("Set appendfsync always, or accept that loss by APPENDFSYNC_EVERYSEC=on.")
    return [Error(what, hint=hint, id="votingsite.E204")]
