"""Health check of the part in this container, without curl and without Django: it runs every few seconds."""

import http.client
import os
import time

#: Seconds that a web service may take, and that may lie between two beats of a worker: waits for stores are shorter.
_PATIENCE_S = 4
_PULSE_S = 40

#: As in `__main__`, which isn't imported for them.
_PORTS = {"vote": 8080, "result": 8081}


def trouble(part: str) -> str | None:
    """Return in a sentence what is wrong with the part; None if it is well.

    A web service is asked whether it answers, not whether its stores do: to start it again would mend neither of them.
    """
    return _trouble_of_worker() if part == "worker" else _trouble_of_service(_PORTS[part])


def _trouble_of_service(port: int) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/healthz gives no answer: {error}"
    return None if status == http.client.OK else f"/healthz answers {status}"


def _trouble_of_worker() -> str | None:
    path = os.environ["PULSE_FILE"]
    try:
        age = time.time() - os.stat(path).st_mtime  # noqa: PTH116 -- pathlib takes longer to import than all of this
    except FileNotFoundError:
        return f"There is no {path} yet."
    return None if age < _PULSE_S else f"The last beat was {age:.0f} s ago."
