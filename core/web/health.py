"""Health checks: whether this process is alive, and whether this part can do its job."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.stores import checks, redis

#: Seconds that both stores together may take to answer a probe.
PATIENCE_S = 1.0
#: Seconds after which a refused caller may ask again.
RETRY_AFTER = 5


class Question:
    """A question to a store, asked once at a time: all who ask meanwhile share the answer.

    It has a thread of its own: a hanging store blocks that thread, and no request.
    """

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._answer: Future[None] | None = None

    def ask(self) -> "Future[None]":
        """Return a future: None, or the error of the store."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                Thread(target=self._run, args=[self._answer], daemon=True).start()
            return self._answer

    def _run(self, answer: "Future[None]") -> None:
        try:
            self._ask()
        except Exception as error:  # whatever it is, the store can't be used
            answer.set_exception(error)
        else:
            answer.set_result(None)


def _ask_redis() -> None:
    redis.client().ping()


_QUESTIONS = {"postgres": Question(checks.ask_postgres), "redis": Question(_ask_redis)}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers. Touches no store."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while either store answers, which is enough for votes, else 503; with both states as JSON."""
    states = store_states()
    ready = "up" in states.values()
    body = {"status": "ready" if ready else "not_ready", "role": settings.ROLE, "door": settings.ROLE, "stores": states}
    response = JsonResponse(body, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def store_states() -> dict[str, str]:
    """Return the state of each store: `up`, `down`, or `hanging` without an answer within PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    answers = {store: question.ask() for store, question in _QUESTIONS.items()}
    return {store: _state(answer, end) for store, answer in answers.items()}


def _state(answer: "Future[None]", end: float) -> str:
    try:
        error = answer.exception(timeout=max(0, end - time.monotonic()))
    except TimeoutError:
        return "hanging"
    return "down" if error else "up"
