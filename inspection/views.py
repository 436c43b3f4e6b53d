"""The inspectors' pages. Who is staff may look; what a voter chose needs the permission to see ballots as well."""

import re
from typing import Any

from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from core.stores.errors import one_line
from core.stores.redis import RedisUnavailableError
from inspection import postgres as postgres_inspector
from inspection import redis as redis_inspector
from inspection.pipeline.formatting import seconds, size, spaced
from inspection.staff_pages import for_staff, render
from inspection.staff_pass import Access

#: `?box=7:1` is box 1 of poll 7.
_BOX = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


@require_safe
@for_staff
def redis_page(request: HttpRequest, access: Access) -> HttpResponse:
    """Redis: the server, what matters of its configuration, its keys, one ballot box, its channels."""
    context: dict[str, Any] = {"title": _("Redis inspector")}
    try:
        reading = redis_inspector.read()
        context |= {"reading": reading, "facts": _redis_facts(reading)} | _box(request)
    except RedisUnavailableError as error:
        context["error"] = _("Redis does not answer, so nothing can be shown: {error}.").format(error=one_line(error))
    return render(request, access, "admin/inspectors/redis.html", context)


def _box(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the chosen box: the same content as the list of ballots, and so for the same people."""
    try:
        if not request.user.has_perm("polls.view_ballot"):
            return {"may_look_into": False}
        asked = _BOX.fullmatch(request.GET.get("box", ""))
        box = None if asked is None else redis_inspector.look_into(int(asked[1]), int(asked[2]))
    except PostgresError:
        return {"may_look_into": False}
    return {"may_look_into": True, "box": box}


def _redis_facts(reading: redis_inspector.Reading) -> list[tuple[str, str]]:
    info = reading.info
    return [
        (_("Server"), f"{info['name']} {info.get(info['name'].lower() + '_version', '')}"),
        (_("Runs for"), seconds(info["uptime_in_seconds"])),
        (_("Memory"), size(info["used_memory"])),
        (_("Commands a second"), spaced(info["instantaneous_ops_per_sec"])),
        (_("Connections"), spaced(info["connected_clients"])),
        (pgettext("in Redis", "Keys"), spaced(reading.keys)),
        (_("Last write to the disk"), str(info.get("aof_last_write_status", "?"))),
        (_("Evicted keys"), spaced(info.get("evicted_keys", 0))),
    ]


@require_safe
@for_staff
def postgres_page(request: HttpRequest, access: Access) -> HttpResponse:
    """Postgres: the server, its tables, connections, the pool of this process, the slowest statements."""
    context: dict[str, Any] = {"title": _("Postgres inspector")}
    try:
        reading = postgres_inspector.read()
        context |= {
            "reading": reading,
            "facts": _postgres_facts(reading),
            "why_no_statements": postgres_inspector.why_no_statements(),
        }
        context |= {"tables": [_table(table) for table in reading.tables], "statements": _statements(reading)}
        context["connections"] = [_connections(row) for row in reading.connections]
    except PostgresError as error:
        context["error"] = _("Postgres does not answer, so nothing can be shown: {error}.").format(
            error=one_line(error)
        )
    return render(request, access, "admin/inspectors/postgres.html", context)


def _postgres_facts(reading: postgres_inspector.Reading) -> list[tuple[str, str]]:
    server = reading.server
    used = sum(row.number for row in reading.connections)
    return [
        (_("Server"), f"PostgreSQL {server.version}"),
        (_("Runs since"), f"{server.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        (_("Database"), server.database),
        (_("Size"), size(server.size)),
        (_("Connections"), _("{used} of {all}").format(used=used, all=server.max_connections)),
    ]


def _table(table: postgres_inspector.Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "meaning": table.meaning,
        "rows": "?" if table.rows is None else spaced(table.rows),
        "size": size(table.size),
        "indexes": size(table.indexes),
        "dead": "?" if table.dead is None else spaced(table.dead),
        "vacuumed_at": table.vacuumed_at,
    }


def _connections(row: postgres_inspector.Connections) -> dict[str, Any]:
    return {
        "program": row.program or _("(no name)"),
        "state": row.state,
        "number": row.number,
        "locked": row.locked,
        "longest": "" if row.for_s is None else seconds(float(row.for_s)),
    }


def _statements(reading: postgres_inspector.Reading) -> list[dict[str, Any]] | None:
    if reading.statements is None:
        return None
    return [
        {
            "text": statement.text,
            "calls": spaced(statement.calls),
            "rows": spaced(statement.rows),
            "mean": _milliseconds(statement.mean),
            "longest": _milliseconds(statement.longest),
            "total": seconds(statement.total),
        }
        for statement in reading.statements
    ]


def _milliseconds(number: float) -> str:
    return f"{1000 * number:.2f}\N{NO-BREAK SPACE}ms"
