"""bin/test-kubernetes: deploy/kubernetes/ run by podman, broken in the midst of voting, and held to account."""

import argparse
import sys
from pathlib import Path

from ops.drill.runner import Options
from ops.launch.data_dir import BASE_DIR
from tests.deploy import podman
from tests.deploy.cluster import Cluster
from tests.deploy.cluster_faults import FAULTS
from tests.deploy.cluster_looks import LOOKS, LOOKS_AFTERWARDS
from tests.deploy.containers import Failed
from tests.deploy.podman import Podman
from tests.deploy.reporting import add_voting, audit, conclude, drill, exit_code, look, say
from tests.waiting import TooLate

_DESCRIPTION = """\
Runs the pods of deploy/kubernetes/ with `podman play kube`, kills and removes them while voters vote, and holds what
the voters were told against what is stored. No API server can run here: Services, probes by HTTP and controllers are
the test's own, and network policies are not tested. Needs root, and on Debian nothing else: it installs podman. What is
built stays in var/test-kubernetes. Exit codes: 0 all is well, 1 something is wrong, 3 podman can't run here."""

_LOOKS = "looks"
_FOLDER = BASE_DIR / "var" / "test-kubernetes"


def main() -> int:
    """Do all of it; returns the exit code."""
    parser = argparse.ArgumentParser("bin/test-kubernetes", description=_DESCRIPTION)
    parser.add_argument(
        "--only",
        metavar="NAME",
        choices=[_LOOKS, *FAULTS],
        help=f"no drill ({_LOOKS}), or one drill alone: {', '.join(FAULTS)}",
    )
    add_voting(parser, rate=15)
    arguments = parser.parse_args()

    def test() -> int:
        podman.install()
        return _test(_FOLDER, arguments.only, Options(arguments.seconds, arguments.rate, seed=1))

    unknown = "Nothing is known of the pods, since podman can't run here"
    return exit_code("bin/test-kubernetes", unknown, _FOLDER, test)


def _test(folder: Path, only: str | None, options: Options) -> int:
    engine = Podman(folder)
    engine.clear()
    with Cluster(engine, folder) as cluster:
        say("the images are made")
        engine.make_images(*cluster.images())
        try:
            say("podman play kube: the Job `secrets`, both stores, the Job `migrate`, all parts")
            cluster.install()
            wrong = look(cluster, LOOKS) if only in (None, _LOOKS) else []
            results = drill(cluster, FAULTS, only, options)
            wrong += look(cluster, LOOKS_AFTERWARDS) if results else []
            wrong += audit(cluster)
        except (Failed, TooLate):
            print(engine.done("ps", "--all").stdout, *(cluster.logs(pod) for pod in cluster.pods))
            raise
        finally:
            engine.clear()
    say("nothing is left")
    return conclude(results, wrong)


if __name__ == "__main__":
    sys.exit(main())
