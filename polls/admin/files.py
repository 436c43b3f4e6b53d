"""Results of polls as files. Staff see them whatever the result rule."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from polls.results import export, snapshots

_COLUMNS = ("poll", "question", "state", "round", "choice", "votes", "percent", "voters", "as_of")


def as_csv(poll_ids: Sequence[int]) -> HttpResponse:
    """Return a CSV line for each choice of each poll, as counted now. Raises django.db.Error."""
    return _file(export.table(_COLUMNS, _rows(poll_ids)), "text/csv; charset=utf-8", "csv")


def as_json(poll_ids: Sequence[int]) -> HttpResponse:
    """Return the snapshots as screens get them, as counted now. Raises django.db.Error."""
    polls = [
        {name: value for name, value in snapshot.items() if name != "result_rule"} | {"as_of": _now()}
        for snapshot in snapshots.snapshots(poll_ids).values()
    ]
    return _file(json.dumps(polls, ensure_ascii=False, indent=1), "application/json", "json")


def _rows(poll_ids: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    for snapshot in snapshots.snapshots(poll_ids).values():
        poll = snapshot["poll"]
        of_poll = (poll["slug"], poll["question"], poll["state"], snapshot["round"])
        for choice in snapshot["choices"]:
            yield (*of_poll, choice["text"], choice["votes"], choice["percent"], snapshot["voters"], _now())


def _now() -> str:
    return timezone.now().isoformat(timespec="seconds")


def _file(text: str, content_type: str, ending: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="results.{ending}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type=content_type, headers=headers)
