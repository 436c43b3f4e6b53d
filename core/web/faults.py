"""Faults on purpose, for demos of a rollout: a version that refuses votes or is slow, as a bad one would be.

It is among the middleware only where one of FAULT_VOTE_ERROR_RATE and FAULT_VOTE_DELAY_MS is set.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.web import errors

logger = logging.getLogger(__name__)


class Middleware:
    """Delays every vote, and refuses some before anything of them is recorded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let everything through; process_view knows what is a vote."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        """Return the refusal of a vote; None where the request goes on."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.view_name != "vote":
            return None
        time.sleep(settings.FAULT_VOTE_DELAY_MS / 1000)
        if random.random() >= settings.FAULT_VOTE_ERROR_RATE:  # noqa: S311
            return None
        logger.warning("A vote was refused, as FAULT_VOTE_ERROR_RATE=%s says", settings.FAULT_VOTE_ERROR_RATE)
        detail = _("This vote was not recorded: the service refuses some on purpose. Send it again.")
        return errors.answer(request, 500, "error", detail)
