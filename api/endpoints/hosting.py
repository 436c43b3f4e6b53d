"""The problems that operations of hosts answer with, and the key of requests that may come twice."""

from typing import Annotated, Any

from ninja.params.functions import Header

from api import schemas

#: By status code: of operations that read, and of those that change something.
READ: dict[Any, Any] = {frozenset({401, 403, 404, 422, 429, 503}): schemas.Problem}
CHANGE: dict[Any, Any] = {frozenset({400, 401, 403, 404, 409, 422, 429, 503}): schemas.Problem}

Key = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        max_length=64,
        description="The same key with the same request gets the first answer again, for 24 hours.",
    ),
]
