"""The staff pass: lets a staff member go on looking at the pipeline while Postgres can't say who they are.

A signed cookie, bound to the session of its owner: logged out, they have neither. It opens that page and nothing else.
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
        return Access.HOLDER if _has_pass(request) else Access.UNKNOWN


def give(request: HttpRequest, response: HttpResponse, path: str) -> None:
    """Give the pass, for this path and what is below it. Only to Access.STAFF."""
    value = signing.dumps(_session(request), salt=_SALT)
    response.set_cookie(
        settings.STAFF_PASS_COOKIE_NAME,
        value,
        VALID_S,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def _has_pass(request: HttpRequest) -> bool:
    session = _session(request)
    try:
        given = signing.loads(request.COOKIES.get(settings.STAFF_PASS_COOKIE_NAME, ""), salt=_SALT, max_age=VALID_S)
    except signing.BadSignature:
        return False
    return bool(session) and given == session


def _session(request: HttpRequest) -> str:
    """The session by another name; empty without one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return salted_hmac(_SALT, key).hexdigest() if key else ""
