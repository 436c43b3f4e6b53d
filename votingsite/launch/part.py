"""`python -m votingsite.launch.part NAME`: end what an earlier one left behind, then become that part.

The process keeps its id when it becomes the part's own command, so `ps` shows the command, and what was written down
here finds it again.
"""

import os
import resource
import sys
import time

from votingsite.launch import leftovers, parts, reloading
from votingsite.launch.errors import CannotStart
from votingsite.launch.folder import DataFolder

#: Open files of one part, where the machine allows it: a result process has a socket for each screen.
_OPEN_FILES = 65536


def main() -> None:
    """Become the part."""
    name, folder = sys.argv[1], DataFolder.of_environment()
    leftovers.end(folder, name)
    folder.record(name)
    while folder.held(name).exists():
        time.sleep(0.1)
    try:
        part = parts.make(name, folder)
    except CannotStart as why:
        sys.exit(str(why))
    if reloading.is_wanted():
        part = reloading.follow(name, part)
    _allow_open_files()
    while part.after_prepare and not folder.prepared.exists():
        time.sleep(0.1)
    os.chdir(part.directory)
    os.execvpe(part.command[0], part.command, {**os.environ, **part.environment})  # noqa: S606


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
