"""The step before the parts start: tables, roles, the admin's user, the seeded poll; then prints the addresses."""

import os
import sys
from pathlib import Path

import django

from ops.entrypoint import bootstrap, roles
from votingsite.environment import BadEnvironment, Environment


def main() -> None:
    """Prepare the database. Exits with one sentence on errors."""
    environment = Environment()
    seed: bool = environment.switch("SEED", "on")
    try:
        environment.finish()
    except BadEnvironment as bad:
        sys.exit(f"The database is not prepared.\n{bad}")
    django.setup()
    secrets = secrets_folder()
    try:
        password = bootstrap.prepare(secrets / "admin", seed=seed)
        roles.grant((secrets / "database_parts").read_text())
    except Exception as error:  # any error becomes a sentence
        sys.exit(f"The database could not be prepared: {error}")
    # The container engine keeps this output in its log.
    _say(password if password != (secrets / "admin").read_text().strip() else f"see {secrets / 'admin'}")


def secrets_folder() -> Path:
    """Return where the secrets are: in a volume of the container, or where systemd puts a service's credentials."""
    return Path(os.environ.get("CREDENTIALS_DIRECTORY") or Path(os.environ["DATA_DIR"]) / "secrets")


def _say(password: str) -> None:
    from django.conf import settings

    vote = settings.VOTE_URL or f"http://127.0.0.1:{settings.VOTE_PORT}"
    result = settings.RESULT_URL or f"http://127.0.0.1:{settings.RESULT_PORT}"
    lines = [f"Vote     {vote}/", f"Results  {result}/", f"Admin    {vote}/admin/  ({bootstrap.ADMIN} / {password})"]
    sys.stdout.writelines(f"{line}\n" for line in lines)
