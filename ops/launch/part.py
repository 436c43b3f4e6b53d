"""`python -m ops.launch.part NAME`: end leftover processes of that part, then become it.

The process keeps its id when it becomes the part's own command: `ps` shows that command, and the recorded id stays
valid.
"""

import os
import sys
import time

from ops.entrypoint import services
from ops.launch import autoreload, orphans, parts
from ops.launch.data_dir import DataDir
from ops.launch.errors import CannotStart


def main() -> None:
    """Become the part."""
    name, folder = sys.argv[1], DataDir.of_environment()
    orphans.end(folder, name)
    folder.record(name)
    while folder.held(name).exists():
        time.sleep(0.1)
    try:
        part = parts.make(name, folder)
    except CannotStart as why:
        sys.exit(str(why))
    if autoreload.is_wanted():
        part = autoreload.follow(name, part)
    while part.after_prepare and not folder.prepared.exists():
        time.sleep(0.1)
    os.chdir(part.directory)
    services.become(part.command, part.environment)


if __name__ == "__main__":
    main()
