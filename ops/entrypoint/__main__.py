"""`python -m ops.entrypoint WHAT`: the entry point of our image.

`vote`, `result` and `worker` become that part. `secrets` and `prepare` run before the parts, and end; so do
`cluster-secrets` and `migrated` in Kubernetes.
`healthy PART` is the health check of a part. Anything else is a command of manage.py.
"""

import os
import sys
from pathlib import Path

from ops.entrypoint import services

#: The address at which web services listen in their containers; the networks decide who reaches it.
_ANYWHERE = "0.0.0.0"  # noqa: S104
VOTE_PORT, RESULT_PORT = 8080, 8081


def main() -> None:
    """Run the part or command."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    try:
        _do(sys.argv[1:])
    except services.BadNumberError as why:
        sys.exit(f"votingsite can't start.\n{why}")


def _do(arguments: list[str]) -> None:
    match arguments:
        case ["vote"]:
            _become(services.vote(_ANYWHERE, VOTE_PORT))
        case ["result"]:
            _become(services.result(_ANYWHERE, RESULT_PORT))
        case ["worker"]:
            _become(services.worker())
        case ["secrets"]:
            from ops.entrypoint import secrets

            secrets.make(Path(os.environ["DATA_DIR"]))
        case ["prepare"]:
            from ops.entrypoint import prepare

            prepare.main()
        case ["cluster-secrets"]:
            from ops.entrypoint import cluster_secrets

            cluster_secrets.main()
        case ["migrated"]:
            from ops.entrypoint import migrated

            migrated.main()
        case ["healthy", part]:
            from ops.entrypoint import health

            sys.exit(health.trouble(part))
        case _:
            from votingsite import command_line

            command_line.run(["manage.py", *arguments])


def _become(command: services.Command) -> None:
    services.become(command.arguments, command.environment)


if __name__ == "__main__":
    main()
