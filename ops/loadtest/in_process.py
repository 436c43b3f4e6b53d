"""`python -m ops.loadtest.in_process PATH`, run in a system: measures Django's CPU time for each page of a poll.

It sends one request after the other, without a server and without threads, so that only the code is measured. Prints
JSON: microseconds by name.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from core.web import hidden_fields
from ops.drill import vote_page

#: Measurements of each page, and requests in each. The smallest counts: disturbances only add time.
_TIMES, _REQUESTS = 5, 200
_SENT = bytes(500)


def main() -> None:
    """Measure all pages and a vote."""
    path = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    os.environ["ROLE"] = "vote"
    import django

    django.setup()
    from core.web.front import Django

    site = Django()
    pages = {
        "healthz": "/healthz",
        "vote page": path,
        "result page": f"{path}results/",
        "presenter page": f"{path}present/",
        "home": "/",
        "results.json": f"{path}results.json",
    }
    found = {"send() of 500 bytes": send_cost()}
    for name, address in pages.items():
        found[name] = _cpu(lambda address=address: site.answer(_scope("GET", address), b""))  # type: ignore[misc]
    post, body = _vote(site, path)
    found["POST of a vote"] = _cpu(lambda: site.answer(post, body))
    sys.stdout.write(json.dumps(found))


def _cpu(work: Callable[[], object]) -> float:
    """Return this process's CPU time for one call, in microseconds."""
    for _ in range(20):
        work()
    return round(min(_once(work) for _ in range(_TIMES)), 1)


def _once(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(_REQUESTS):
        work()
    return 1e6 * (time.process_time() - began) / _REQUESTS


def send_cost() -> float:
    """Measure a small send over loopback, in microseconds: a unit to compare figures of different machines."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        there, _address = server.accept()
        with there:

            def send() -> None:
                here.send(_SENT)
                there.recv(len(_SENT))

            return round(_cpu(send) / 2, 1)


def _scope(method: str, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Return a request as a browser sends it."""
    usual = {
        b"host": b"127.0.0.1",
        b"accept": b"text/html,application/xhtml+xml,*/*;q=0.8",
        b"accept-language": b"en-US,en;q=0.9",
        b"accept-encoding": b"gzip, deflate, br",
        b"user-agent": b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0",
    }
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": list((usual | dict(headers)).items()),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }


def _vote(site: Any, path: str) -> tuple[dict[str, Any], bytes]:
    """Return a vote of a voter who has loaded the page."""
    page, _to_keep = site.answer(_scope("GET", path), b"")
    text = page.body.decode()
    form = {**hidden_fields.of(text), "choice": vote_page.choices(text)[0], "pressed": "1000"}
    body = urlencode(form).encode()
    cookies = b"; ".join(value.split(b";")[0] for name, value in page.headers if name == b"set-cookie")
    headers = (
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", b"%d" % len(body)),
        (b"cookie", cookies),
        (b"accept", b"application/json"),
    )
    return _scope("POST", path, *headers), body


if __name__ == "__main__":
    main()
