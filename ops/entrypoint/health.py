"""The health check of the part in this container. It runs every few seconds, so without curl and Django."""

import http.client
import os
import time

#: Seconds for an answer of a web service, and between two beats of a worker. Waits for stores are shorter.
_PATIENCE_S = 4
_PULSE_S = 40

#: As in `__main__`, which is not imported for them.
_PORTS = {"vote": 8080, "result": 8081}


def trouble(part: str) -> str | None:
    """Return a sentence on what is wrong with the part; None if nothing is.

    A web service must answer; its stores need not: a restart would not repair them.
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
        age = time.time() - os.stat(path).st_mtime  # noqa: PTH116 -- importing pathlib takes longer than this check
    except FileNotFoundError:
        return f"There is no {path} yet."
    return None if age < _PULSE_S else f"The last beat was {age:.0f} s ago."
