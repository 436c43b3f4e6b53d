"""The static files of bin/up: collected anew only when something has changed that they are made of."""

import hashlib
import inspect
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import storages
from django.core.management import call_command


def collect() -> None:
    """Collect the static files, unless those of the last time were made of the same sources.

    Collecting takes a second of CPU, most of it to look for addresses in style sheets and scripts. One that was broken
    off is done again. Harmless to repeat.
    """
    mark, sources = Path(settings.STATIC_ROOT) / ".sources", _sources()
    if mark.exists() and mark.read_text() == sources:
        return
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(sources)


def _sources() -> str:
    """Return a hash of all source files' paths, sizes and times, and of the code that makes the others of them."""
    code = [f"{name} {metadata.version(name)}" for name in ("django", "whitenoise")]
    storage = Path(inspect.getfile(type(storages["staticfiles"]))).read_text()
    return hashlib.sha256("\n".join([*code, storage, *sorted(_files())]).encode()).hexdigest()


def _files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            status = path.stat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}"
