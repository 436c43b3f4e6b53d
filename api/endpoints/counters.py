"""Visit counters."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from api import schemas
from api.schemas import Counter
from counter import counting

router = Router(tags=["Counters"])

_ANSWERS: dict[Any, Any] = {200: Counter, frozenset({404, 422, 429, 503}): schemas.Problem}


@router.get("/counters/{slug:name}", response=_ANSWERS, summary="Read a counter")
def read_counter(request: HttpRequest, name: schemas.Slug) -> Counter:
    """Return the number of visits; counts nothing."""
    return Counter(name=name, visits=counting.total(name))


@router.post("/counters/{slug:name}/visits", response=_ANSWERS, summary="Count a visit")
def count_visit(request: HttpRequest, name: schemas.Slug) -> Counter:
    """Count one visit, as the counter's page does, and return the number. 503 `unknown`: it may be counted."""
    return Counter(name=name, visits=counting.visit(name))
