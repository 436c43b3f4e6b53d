"""bin/manage: Django's command line against the servers that bin/up runs for the same data folder."""

import os
import secrets
import sys

from ops.launch import environment
from ops.launch.data_dir import DataDir
from ops.launch.embedded import postgres_programs
from ops.launch.external import external_database, external_redis
from votingsite import command_line

#: Commands that work without any server.
_NEED_NOTHING = (
    "help",
    "--help",
    "-h",
    "version",
    "--version",
    "check",
    "makemigrations",
    "collectstatic",
    "drill",
    "verify",
    "bench",
    "model",
)


def main() -> None:
    """Run a management command, or print one sentence why it can't run."""
    environment.clean()
    folder = DataDir.of_environment()
    up = folder.recorded("up")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if not (up and up.process):
        needs_nothing = command in _NEED_NOTHING or not {"--help", "-h"}.isdisjoint(sys.argv)
        if not needs_nothing and not (external_database() and external_redis()):
            sys.exit(
                f"bin/manage: No servers run for the data folder {folder.path}. Start bin/up in another window, choose "
                "its data folder with DATA_DIR, or set DATABASE_URL and REDIS_URL."
            )
        if "SECRET_KEY_FILE" not in os.environ:
            os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    if command == "dbshell":
        # The machine's own psql if there is one, else that of the wheel.
        os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{postgres_programs()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    command_line.run(["bin/manage", *sys.argv[1:]])


if __name__ == "__main__":
    main()
