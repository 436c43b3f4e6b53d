"""The staff pass: lets a staff member go on looking at a page while Postgres can't say who they are.

A signed cookie, bound to the session of its owner: logged out, they have neither. It opens that page and nothing else:
the pipeline, or the page of a live drill.
"""

from enum import Enum

from django.conf import settings
from django.core import signing
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core.stores import postgres
from polls import people

#: Seconds for which it holds after the last look while Postgres answered.
VALID_S = 3600
_SALT = "inspection.staff_pass"


class Access(Enum):
    """The access of somebody who wants to look."""

    STAFF = "Postgres says that they are staff"
    HOLDER = "Postgres can't say; they hold a pass"
    NO = "Postgres says that they are not staff"
    UNKNOWN = "Postgres can't say; they hold no pass"


def access(request: HttpRequest) -> Access:
    """Return the caller's access to the pipeline. Never raises because of Postgres."""
    try:
        with postgres.bounded():
            return Access.STAFF if people.may_operate(request.user) else Access.NO
    except PostgresError:
        return Access.HOLDER if is_held(request) else Access.UNKNOWN


def give(request: HttpRequest, response: HttpResponse, path: str, page: str = "") -> None:
    """Give the pass of a page (by default the pipeline), for this path and what is below it, to who may see it."""
    value = signing.dumps(_session(request), salt=f"{_SALT}{page}")
    response.set_cookie(
        settings.STAFF_PASS_COOKIE_NAME,
        value,
        VALID_S,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def is_held(request: HttpRequest, page: str = "") -> bool:
    """Tell whether the caller holds the pass of a page (by default the pipeline)."""
    session, text = _session(request), request.COOKIES.get(settings.STAFF_PASS_COOKIE_NAME, "")
    try:
        given = signing.loads(text, salt=f"{_SALT}{page}", max_age=VALID_S)
    except signing.BadSignature:
        return False
    return bool(session) and given == session


def _session(request: HttpRequest) -> str:
    """The session by another name; empty without one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return salted_hmac(_SALT, key).hexdigest() if key else ""
