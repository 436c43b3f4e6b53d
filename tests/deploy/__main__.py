"""bin/test-deploy."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from ops.drill.checker import CheckResult
from ops.drill.runner import Options
from ops.launch.data_dir import BASE_DIR
from tests.deploy import images, swarm_faults, swarm_looks
from tests.deploy.containers import PROJECT, Containers, Failed, OneAddress
from tests.deploy.engine import Engine, install
from tests.deploy.faults import DEEDS_BEHIND_THE_PROXY, FAULTS
from tests.deploy.lessons import lessons_say_what_docker_does
from tests.deploy.looks import LOOKS, LOOKS_BEHIND_THE_PROXY
from tests.deploy.reporting import add_voting, audit, conclude, drill, exit_code, look, say
from tests.deploy.swarm import STACK, Swarm
from tests.waiting import TooLate

_DESCRIPTION = """\
Runs docker-compose.yml on a Docker engine of its own: removes each container while voters vote, scales, restarts the
engine, and holds what the voters were told against what is stored. Types what docs/lab/ says for Docker. With --swarm
the same as the first for deploy/stack.yml on a Swarm of one node: scales, updates, goes back, kills a task of each
service. Needs root, and on Debian nothing else: it installs the engine. No image is pulled; Debian's packages stand in
for them. What is built stays in var/test-deploy, and makes the next time quicker. Exit codes: 0 all is well, 1
something is wrong, 3 there can be no engine here."""

#: No names of drills: all that is looked at before and between them, and the lessons of docs/lab/.
_LOOKS, _LESSONS = "looks", "lessons"
_FOLDER = BASE_DIR / "var" / "test-deploy"


def main() -> int:
    """Do all of it; returns the exit code."""
    parser = argparse.ArgumentParser("bin/test-deploy", description=_DESCRIPTION)
    names = {False: [_LOOKS, _LESSONS, *FAULTS, *DEEDS_BEHIND_THE_PROXY], True: [_LOOKS, *swarm_faults.FAULTS]}
    parser.add_argument("--swarm", action="store_true", help="deploy/stack.yml on Docker Swarm")
    parser.add_argument(
        "--only",
        metavar="NAME",
        help=f"no drill ({_LOOKS}, or {_LESSONS}), or one drill alone: {', '.join(names[False][2:])}; "
        f"with --swarm: {', '.join(names[True][1:])}",
    )
    add_voting(parser, rate=40)
    arguments = parser.parse_args()
    if arguments.only not in (None, *names[arguments.swarm]):
        parser.error(f"argument --only: must be one of {', '.join(names[arguments.swarm])}")

    def test() -> int:
        say("the engine is installed and started")
        install()
        with Engine(_FOLDER) as engine:
            run = _test_swarm if arguments.swarm else _test
            return run(engine, _FOLDER, arguments.only, Options(arguments.seconds, arguments.rate, seed=1))

    unknown = "Nothing is known of the containers, since there can be no engine here"
    return exit_code("bin/test-deploy", unknown, _FOLDER, test)


def _test(engine: Engine, folder: Path, only: str | None, options: Options) -> int:
    system = Containers(engine, folder)
    _clear(system)
    say("the images are made")
    images.make(system)
    results, wrong = ([], []) if only == _LESSONS else _break(system, OneAddress(engine, folder), only, options)
    if only in (None, _LESSONS):
        say("the lessons of docs/lab/")
        wrong += look(system, [lessons_say_what_docker_does])
    return conclude(results, wrong)


def _break(
    system: Containers, one_address: OneAddress, only: str | None, options: Options
) -> tuple[list[CheckResult], list[str]]:
    """Run docker-compose.yml, look at it, and drill; what became of the votes, and what is not as it should be."""
    try:
        say(f"docker compose up, of version {system.compose('version', '--short').strip()}")
        system.start()
        with_looks = only in (None, _LOOKS)
        wrong = look(system, LOOKS) if with_looks else []
        results = drill(system, FAULTS, only, options)
        if with_looks or only in DEEDS_BEHIND_THE_PROXY:
            say("docker compose --env-file deploy/one-address.env up --scale vote=3 --scale result=2")
            one_address.start()
            wrong += look(one_address, LOOKS_BEHIND_THE_PROXY) if with_looks else []
            results += drill(one_address, DEEDS_BEHIND_THE_PROXY, only, options)
        wrong += audit(system)
    except (Failed, TooLate):
        with suppress(Failed):
            print(system.compose("ps"), system.compose("logs", "--tail=40", more={"COMPOSE_PROFILES": "inspect,proxy"}))
        raise
    finally:
        _clear(system)
    say("docker compose down: nothing is left")
    return results, wrong


def _test_swarm(engine: Engine, folder: Path, only: str | None, options: Options) -> int:
    system = Swarm(engine, folder)
    system.clear()
    say("the images are made")
    images.make(system)
    system.docker("tag", images.OURS, f"{images.OURS}:{system.version}")
    try:
        say("docker swarm init, and the commands of docs/operations.md")
        system.prepare()
        system.start()
        wrong = look(system, swarm_looks.LOOKS) if only in (None, _LOOKS) else []
        results = drill(system, swarm_faults.FAULTS, only, options)
        wrong += audit(system)
    except (Failed, TooLate):
        with suppress(Failed):
            print(system.docker("stack", "ps", "--no-trunc", STACK))
        raise
    finally:
        system.clear()
    say("docker swarm leave: nothing is left")
    return conclude(results, wrong)


def _clear(system: Containers) -> None:
    """Take away all there is of it, and see that it is gone."""
    system.compose(
        "down", "--volumes", "--timeout", "5", "--remove-orphans", more={"COMPOSE_PROFILES": "inspect,proxy"}
    )
    ours = ("--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}")
    for what in (("ps", "--all"), ("volume", "ls"), ("network", "ls")):
        if left := system.docker(*what, *ours).split():
            raise Failed(f"docker compose down has left {what[0]} {left}")


if __name__ == "__main__":
    sys.exit(main())
