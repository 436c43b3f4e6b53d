"""bin/up."""

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from core.stores import running
from core.stores.running import RunningServers
from core.telemetry.terminal import print_what_can_be
from core.web import hosts
from core.web.texts import whole_number
from ops.entrypoint import roles, services
from ops.launch import autoreload, environment, limits, network, orphans, parts
from ops.launch.console import Console
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.embedded import Postgres
from ops.launch.errors import CannotStart
from ops.launch.external import external_database, external_redis
from ops.launch.instructor import Instructor
from ops.launch.processes import MARK
from ops.launch.supervisor import supervise
from votingsite.environment import Environment

_DESCRIPTION = "Start the whole system on this machine and keep it running until Ctrl-C."


@dataclass(frozen=True)
class Options:
    """The options of bin/up."""

    host: str
    port: int
    result_port: int
    data: Path
    seed: bool
    workers: int | None
    dev: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Start everything, run until stopped, and return the exit code."""
    environment.clean()
    print_what_can_be()
    options = parse(arguments)
    folder = DataDir(options.data)
    try:
        folder.make()
        with folder.locked():
            return _run(options, folder)
    except CannotStart as why:
        print(f"bin/up: {why}", file=sys.stderr)
        return 1


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser("bin/up", description=_DESCRIPTION)
    parser.add_argument(
        "--host",
        default=network.LOOPBACK,
        help="address to listen on [%(default)s]; 0.0.0.0 lets phones in the room in",
    )
    parser.add_argument("--port", type=_port, default=8080, help="port of the vote service [%(default)s]")
    parser.add_argument("--result-port", type=_port, default=8081, help="port of the result service [%(default)s]")
    parser.add_argument("--data", type=_folder, default=DataDir.of_environment().path, help="data folder [var]")
    parser.add_argument("--no-seed", action="store_false", dest="seed", help="don't make the Cats-or-Dogs poll")
    parser.add_argument("--workers", type=_workers, help="processes that count votes [by cores]")
    parser.add_argument("--dev", action="store_true", help="development: error pages with source, automatic reload")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.port == options.result_port:
        parser.error(f"--port and --result-port are both {options.port}: choose two different ones.")
    return options


def _port(text: str) -> int:
    if number := whole_number(text, 65535):
        return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a port number: must be 1 to 65535")


def _workers(text: str) -> int:
    if number := whole_number(text, 32):
        return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers: must be 1 to 32")


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _run(options: Options, folder: DataDir) -> int:
    limits.require_enough()
    folder.prepared.unlink(missing_ok=True)
    orphans.end_all(folder)
    address = network.resolve(options.host)
    if options.dev and not ip_address(address).is_loopback:
        raise CannotStart(
            f"--dev shows source and settings to every visitor: it can't be combined with --host {options.host}."
        )
    network.require_free(address, options.port, "--port")
    network.require_free(address, options.result_port, "--result-port")
    folder.record("up")
    os.chdir(BASE_DIR)
    try:
        for role in ("vote", "result", "worker"):
            services.processes(role)
    except services.BadNumberError as why:
        raise CannotStart(str(why)) from None
    os.environ |= _environment(options, folder, address)
    _servers(options, folder, address).write(folder.path)
    try:
        if not external_database():
            # Checked here too: an error is reported at once, and not by a part that is started again and again.
            parts.database(folder).make_ready()
        if not external_redis():
            parts.redis(folder).make_ready()
        instructor = Instructor(folder, _names())
        with instructor.reading(), Console(folder.log) as console:
            return supervise(console, instructor)
    finally:
        RunningServers.path(folder.path).unlink()


def _names() -> list[str]:
    """Return supervisor's names of the parts."""
    embedded = [name for name in ("db", "redis") if os.environ[f"UP_EMBEDDED_{name.upper()}"] == "True"]
    return [*embedded, "vote", "result", *(f"worker-{number + 1}" for number in range(int(os.environ["UP_WORKERS"])))]


def _servers(options: Options, folder: DataDir, address: str) -> RunningServers:
    database_port, redis_port = network.free_ports(2)
    postgres = Postgres(folder.postgres, database_port, folder.secret("database"))
    valkey = parts.valkey(folder, redis_port)
    part_database = postgres.url_of(roles.PARTS, folder.secret("database_parts"))
    return RunningServers(
        instance=folder.instance(),
        database_url=external_database() or postgres.url,
        database_port=database_port,
        part_databases={} if external_database() else dict.fromkeys(parts.OURS, part_database),
        redis_url=external_redis() or valkey.url,
        redis_port=redis_port,
        part_redis={} if external_redis() else valkey.part_urls,
        secret_key=folder.secret("secret_key", 48),
        host=address,
        vote_port=options.port,
        result_port=options.result_port,
    )


def _environment(options: Options, folder: DataDir, address: str) -> dict[str, str]:
    """Return the environment of all parts, without secrets: those stay in the data folder."""
    programs = str(Path(sys.executable).parent)
    return {
        MARK: str(folder.path),
        "DATA_DIR": str(folder.path),
        "VOTE_PORT": str(options.port),
        "RESULT_PORT": str(options.result_port),
        "ALLOWED_HOSTS": ",".join(_allowed_hosts(options.host, address)),
        "UP_EMBEDDED_DB": str(not external_database()),
        "UP_EMBEDDED_REDIS": str(not external_redis()),
        "UP_SEED": str(options.seed),
        "UP_WORKERS": str(options.workers or services.processes("worker")),
        # A system with HTTPS is public: no button may break it.
        **({} if Environment().switch("HTTPS", "off") else {"UP_CONTROL": "on"}),
        **({autoreload.DEV: "True", "DEBUG": "on"} if options.dev else {}),
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
        # Parts write UTF-8 to us; the console replaces what the terminal can't show.
        "PYTHONUTF8": "1",
        "UP_ENCODING": sys.stdout.encoding,
        "PYTHONUNBUFFERED": "1",
    }


def _allowed_hosts(host: str, address: str) -> list[str]:
    """Return the host names that the web services accept, always with the one that readiness is asked at."""
    here = running.here(address)
    if "ALLOWED_HOSTS" in os.environ:
        return [os.environ["ALLOWED_HOSTS"], here]
    names = ["localhost", network.LOOPBACK, "[::1]", here, *([] if ":" in host else [host])]
    if address in running.ANYWHERE:
        name = socket.gethostname()
        names += [hosts.OWN_ADDRESSES, name, f"{name}.local"]
    return names


if __name__ == "__main__":
    sys.exit(main())
