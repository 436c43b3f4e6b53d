"""Access with a token: whose it is, what it may do, and whether its user may host at all."""

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja.security import HttpBearer

from accounts import tokens
from accounts.models import AccessToken
from api import limits
from api.problems import Problem
from core.stores import postgres
from polls import people


class Token(HttpBearer):
    """An access token of a host, as a bearer token (RFC 6750). One that only reads is refused for anything else."""

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken:
        """Let the request act for the token's user. Raises Problem, and django.db.Error."""
        limits.refuse_guesses(request)
        with postgres.bounded():
            found = tokens.find(token)
            if found is None:
                limits.note_guess(request)
                detail = gettext("This access token is wrong, has expired or was revoked.")
                raise Problem(401, "bad_token", detail)
            self._check(request, found)
            tokens.note_use(found)
        request.user = found.user
        return found

    @staticmethod
    def _check(request: HttpRequest, token: AccessToken) -> None:
        if not people.may_host(token.user):
            detail = gettext("%(name)s can't host polls.") % {"name": token.user.get_username()}
            raise Problem(403, "forbidden", detail)
        if request.method != "GET" and token.scope != AccessToken.Scope.HOST:
            raise Problem(403, "read_only", gettext("This access token may only read. Make one that may host."))
