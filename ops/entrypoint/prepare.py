"""The one-shot before the parts start: tables, the admin's user, the seeded poll; says where everything is."""

import os
import sys
from pathlib import Path

import django

from ops.entrypoint import bootstrap
from votingsite.environment import BadEnvironment, Environment


def main() -> None:
    """Prepare the database; exits with one sentence when it can't."""
    environment = Environment()
    seed: bool = environment.switch("SEED", "on")
    try:
        environment.finish()
    except BadEnvironment as bad:
        sys.exit(f"The database is not prepared.\n{bad}")
    django.setup()
    try:
        password = bootstrap.prepare(Path(os.environ["DATA_DIR"]) / "secrets" / "admin", seed=seed)
    except Exception as error:  # whatever it is, a sentence is for people
        sys.exit(f"The database could not be prepared: {error}")
    _say(password)


def _say(password: str) -> None:
    from django.conf import settings

    vote = settings.VOTE_URL or f"http://127.0.0.1:{settings.VOTE_PORT}"
    result = settings.RESULT_URL or f"http://127.0.0.1:{settings.RESULT_PORT}"
    lines = [f"Vote     {vote}/", f"Results  {result}/", f"Admin    {vote}/admin/  ({bootstrap.ADMIN} / {password})"]
    sys.stdout.writelines(f"{line}\n" for line in lines)
