"""Static files through WhiteNoise, sent before Django and without a thread: compressed, and cached for ever."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

from core.web.answers import Answer

#: The headers that WhiteNoise reads, by their names in ASGI and in WSGI.
_READ = {
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"range": "HTTP_RANGE",
}


class StaticFiles:
    """All static files of the project, by their addresses."""

    def __init__(self) -> None:
        self._whitenoise = WhiteNoiseMiddleware(lambda _request: None)
        self._prefix = self._whitenoise.static_prefix
        # A file with a hash in its name never changes; in development all files do.
        self._kept = self._read if settings.DEBUG else lru_cache(maxsize=512)(self._read)

    def answer(self, scope: dict[str, Any]) -> Answer | None:
        """Return the requested file; None if there is none of that name."""
        path = scope["path"]
        if not path.startswith(self._prefix):
            return None
        headers = tuple((_READ[name], value.decode("latin1")) for name, value in scope["headers"] if name in _READ)
        return self._kept(path, scope["method"], headers)

    def _read(self, path: str, method: str, headers: tuple[tuple[str, str], ...]) -> Answer | None:
        file = self._whitenoise.find_file(path) if self._whitenoise.autorefresh else self._whitenoise.files.get(path)
        if file is None:
            return None
        found = file.get_response(method, dict(headers))
        body = b""
        if found.file is not None:
            with found.file:
                body = found.file.read()
        said = [*found.headers, ("X-Content-Type-Options", "nosniff")]
        if not body and found.status == HTTPStatus.METHOD_NOT_ALLOWED:
            said.append(("Content-Length", "0"))
        return Answer(int(found.status), [(name.lower().encode(), value.encode()) for name, value in said], body)
