import os
import subprocess

from ops.entrypoint import services
from ops.launch.data_dir import BASE_DIR


def test_a_worker_imports_no_page() -> None:
    """Pages, which it does not serve, would cost each worker a quarter of its memory, and two fifths of its start."""
    command = services.worker()
    environment = os.environ | command.environment | {"PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run(
        [*command.arguments, "--burst"], cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0, done.stderr[-3000:]
    assert imported >= {"workers.lists", "polls.lifecycle.safety_net"}
    # Of the URLs, of the API, and of what each app registers with the admin.
    assert imported.isdisjoint({"polls.views.voting", "ninja", "polls.admin.polls", "inspection.views"})
