"""bin/test-deploy."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ops.drill.runner import Options
from ops.launch.data_dir import BASE_DIR
from tests.deploy import images
from tests.deploy.containers import PROJECT, Containers, Failed, OneAddress
from tests.deploy.engine import Engine, NoEngine, install
from tests.deploy.faults import DEEDS_BEHIND_THE_PROXY, FAULTS
from tests.deploy.looks import LOOKS, LOOKS_BEHIND_THE_PROXY
from tests.deploy.reporting import conclude as _conclude
from tests.deploy.reporting import drill as _drill
from tests.deploy.reporting import look as _look
from tests.deploy.reporting import say as _say
from tests.waiting import TooLate

_DESCRIPTION = """\
Runs docker-compose.yml on a Docker engine of its own: removes each container while voters vote, scales, restarts the
engine, and holds what the voters were told against what is stored. Needs root, and on Debian nothing else: it installs
the engine. No image is pulled; Debian's packages stand in for them. What is built stays in var/test-deploy, and makes
the next time quicker. Exit codes: 0 all is well, 1 something is wrong, 3 there can be no engine here."""

_NO_ENGINE = 3
#: Not a drill's name: all that is looked at before and between the drills.
_LOOKS = "looks"
_FOLDER = BASE_DIR / "var" / "test-deploy"


def main() -> int:
    """Do all of it; returns the exit code."""
    parser = argparse.ArgumentParser("bin/test-deploy", description=_DESCRIPTION)
    names = [_LOOKS, *FAULTS, *DEEDS_BEHIND_THE_PROXY]
    parser.add_argument(
        "--only", metavar="NAME", choices=names, help=f"no drill ({_LOOKS}), or one drill alone: {', '.join(names[1:])}"
    )
    parser.add_argument(
        "--seconds", type=float, default=12, help="how long voters vote in each, at least [%(default)s]"
    )
    parser.add_argument("--rate", type=float, default=40, help="votes per second [%(default)s]")
    arguments = parser.parse_args()
    # Ended from outside, the engine still goes away.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    os.chdir(BASE_DIR)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        _say("the engine is installed and started")
        install()
        with Engine(_FOLDER) as engine:
            return _test(engine, _FOLDER, arguments.only, Options(arguments.seconds, arguments.rate, seed=1))
    except NoEngine as why:
        print(f"bin/test-deploy: Nothing is known of the containers, since there can be no engine here: {why}.")
        return _NO_ENGINE
    except (Failed, TooLate) as error:
        print(f"bin/test-deploy: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _test(engine: Engine, folder: Path, only: str | None, options: Options) -> int:
    system, one_address = Containers(engine, folder), OneAddress(engine, folder)
    _clear(system)
    _say("the images are made")
    images.make(system)
    try:
        _say("docker-compose up")
        system.start()
        looks = only in (None, _LOOKS)
        wrong = _look(system, LOOKS) if looks else []
        results = _drill(system, FAULTS, only, options)
        if looks or only in DEEDS_BEHIND_THE_PROXY:
            _say("docker-compose --env-file deploy/one-address.env up --scale vote=3 --scale result=2")
            one_address.start()
            wrong += _look(one_address, LOOKS_BEHIND_THE_PROXY) if looks else []
            results += _drill(one_address, DEEDS_BEHIND_THE_PROXY, only, options)
        audit = system.manage("audit")
        _say(f"audit of everything: {audit.stdout.strip() or audit.stderr.strip()}")
        if audit.returncode:
            wrong.append("the audit")
    except (Failed, TooLate):
        with suppress(Failed):
            print(system.compose("ps"), system.compose("logs", "--tail=40", more={"COMPOSE_PROFILES": "inspect,proxy"}))
        raise
    finally:
        _clear(system)
    _say("docker-compose down: nothing is left")
    return _conclude(results, wrong)


def _clear(system: Containers) -> None:
    """Take away all there is of it, and see that it is gone."""
    system.compose(
        "down", "--volumes", "--timeout", "5", "--remove-orphans", more={"COMPOSE_PROFILES": "inspect,proxy"}
    )
    ours = ("--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}")
    for what in (("ps", "--all"), ("volume", "ls"), ("network", "ls")):
        if left := system.docker(*what, *ours).split():
            raise Failed(f"docker-compose down has left {what[0]} {left}")


if __name__ == "__main__":
    sys.exit(main())
