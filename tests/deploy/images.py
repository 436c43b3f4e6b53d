"""The images: what stands in for those that can't be pulled here, and ours."""

import shutil
from concurrent.futures import ThreadPoolExecutor

from ops.launch.data_dir import BASE_DIR
from tests.deploy.containers import Containers, Failed

PYTHON, SERVERS, OURS = "votingsite-testing/python", "votingsite-testing/servers", "votingsite"
#: The network that is built in: the engine has no bridge of its own.
NETWORK = "testing-build"


def make(system: Containers) -> None:
    """Make all of them; the first one only where the folder doesn't hold it from the last time."""
    if not _exists(system, "network", NETWORK):
        system.docker("network", "create", NETWORK)
    if not _exists(system, "image", PYTHON):
        system.run([str(BASE_DIR / "deploy/testing/make-base"), str(system.folder / "base")], {})
    servers = ["build", "--network", NETWORK, "--tag", SERVERS, str(BASE_DIR / "deploy/testing")]
    with ThreadPoolExecutor() as at_once:
        both = [at_once.submit(system.docker, *servers), at_once.submit(system.compose, "build")]
    for one in both:
        one.result()


def make_newer(system: Containers) -> None:
    """Our image once more, as another one: what `docker compose build` leaves after a pull."""
    derive(system, OURS, "LABEL newer=yes")


def derive(system: Containers, name: str, line: str, **files: str) -> None:
    """Make an image of that name: ours, and that line of a Dockerfile with the files that it copies."""
    context = system.folder / "newer"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir()
    for file, text in {**files, "Dockerfile": f"FROM {OURS}\n{line}\n"}.items():
        (context / file).write_text(text)
    system.docker("build", "--no-cache", "--tag", name, str(context))


def _exists(system: Containers, what: str, name: str) -> bool:
    try:
        system.docker(what, "inspect", name)
    except Failed:
        return False
    return True
