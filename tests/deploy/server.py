"""bin/test-server: a plain server by the commands of docs/operations.md, on a machine with a real systemd."""

import argparse
import json
import sys
from collections.abc import Callable

from deploy.tools import ROOT
from tests.deploy import machine
from tests.deploy.containers import Failed
from tests.deploy.machine import Machine
from tests.deploy.reporting import exit_code, say
from tests.waiting import TooLate, eventually

_DESCRIPTION = """\
Boots a Debian machine with systemd in a container (systemd-nspawn), installs the last commit there by the commands of
docs/operations.md, votes through nginx, kills each service, makes a backup and restores it. Needs root, and on Debian
nothing else. What is made stays in var/test-server, and makes the next time quicker. Exit codes: 0 all is well, 1
something is wrong, 3 no machine can be booted here."""

_FOLDER = ROOT / "var" / "test-server"
_SERVICES = ("redis", "vote", "result", "worker@1", "worker@2")
#: Tenths of an exposure, of 100: what systemd says of each running service.
_EXPOSURE = 14
#: Seconds for a service that was killed to be back.
_BACK_S = 30
_VOTERS = 20
_BACKUPS = "/var/backups/votingsite"


def commands() -> str:
    """Return the commands of the section about a plain server."""
    section = (ROOT / "docs/operations.md").read_text().split("\n## On a plain server\n")[1]
    return section.split("```sh\n")[1].split("```")[0]


def all_units_run(server: Machine) -> str:
    """None has failed, and both web services reach both stores."""
    units = [f"votingsite-{name}" for name in (*_SERVICES, "migrate", "secrets", "backup.timer")]
    assert set(server.run(f"systemctl is-active votingsite.target {' '.join(units)}").split()) == {"active"}
    assert server.run("systemctl list-units --failed --plain --no-legend 'votingsite*'") == ""
    _wait_ready(server)
    return f"systemd runs {len(units)} units of ours, and none has failed"


def sandboxes_are_as_tight_as_we_say(server: Machine) -> str:
    """By `systemd-analyze security` of what runs."""
    found = {}
    for name in _SERVICES:
        lines = server.run(f"systemd-analyze security --no-pager votingsite-{name}").strip().splitlines()
        found[name] = float(lines[-1].split(": ")[1].split()[0])
    assert max(found.values()) * 10 <= _EXPOSURE, found
    reader = server.done("runuser -u nobody -- cat /var/lib/votingsite/secrets/admin")
    assert "Permission denied" in reader.stderr, reader
    return f"systemd-analyze security: {', '.join(f'{name} {level}' for name, level in found.items())}"


def votes_are_counted_through_nginx(server: Machine) -> str:
    """By HTTPS, under the site's name."""
    return f"votes through nginx by HTTPS: {_vote(server)}"


def killed_services_come_back(server: Machine) -> str:
    """Each by kill -9 of all its processes, and votes are counted afterwards."""
    for name in _SERVICES:
        unit = f"votingsite-{name}"
        before = _main_process(server, unit)
        server.run(f"systemctl kill --signal=SIGKILL {unit}")
        eventually(lambda unit=unit, before=before: _main_process(server, unit) not in ("0", before), _BACK_S, unit)  # type: ignore[misc]
    _wait_ready(server)
    assert server.run("systemctl is-active votingsite.target").strip() == "active"
    return f"kill -9 of {', '.join(_SERVICES)}: all are back; then {_vote(server)}"


def a_backup_holds_all_votes(server: Machine) -> str:
    """The timer's service, whose copies are read again by both stores."""
    server.run("systemctl start votingsite-backup")
    (backup,) = server.run(f"ls {_BACKUPS}").split()
    count = "psql --tuples-only --no-align --command 'SELECT count(*) FROM polls_ballot'"
    stored = server.run(f"runuser -u postgres -- {count} votingsite").strip()
    server.run(
        f"""cd {_BACKUPS}/{backup}
        runuser -u postgres -- createdb restored
        runuser -u postgres -- pg_restore --dbname=restored --no-owner --no-privileges --exit-on-error < votes.dump
        redis-check-aof redis/appendonlydir/appendonly.aof.manifest
        cmp secrets/secrets/secret_key /var/lib/votingsite/secrets/secret_key"""
    )
    restored = server.run(f"runuser -u postgres -- {count} restored").strip()
    assert restored == stored != "0", (restored, stored)
    return (
        f"votingsite-backup: its copy has {restored} of {stored} ballots, Redis's files are whole, the secrets the same"
    )


LOOKS: list[Callable[[Machine], str]] = [
    all_units_run,
    sandboxes_are_as_tight_as_we_say,
    votes_are_counted_through_nginx,
    killed_services_come_back,
    a_backup_holds_all_votes,
]


def _main_process(server: Machine, unit: str) -> str:
    return server.run(f"systemctl show --property=MainPID --value {unit}").strip()


def _wait_ready(server: Machine) -> None:
    """Wait until both web services answer, and reach both stores."""
    eventually(lambda: all(_ready(server, port) for port in (8080, 8081)), _BACK_S, "web services that are ready")


def _ready(server: Machine, port: int) -> bool:
    """Return whether the web service there reaches both stores."""
    script = (
        f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/readyz', timeout=5).read().decode())"
    )
    done = server.done(f'python3 -c "{script}"')
    return done.returncode == 0 and set(json.loads(done.stdout)["stores"].values()) == {"up"}


def _vote(server: Machine) -> str:
    """Vote through the proxy, until all votes are shown; raises Failed."""
    slug = server.run("runuser -u postgres -- psql -tA votingsite -c 'SELECT slug FROM polls_poll LIMIT 1'").strip()
    told = server.run(
        f"cd /opt/votingsite && .venv/bin/python -m tests.deploy.ballots https://votes.example {slug} {_VOTERS}"
    )
    counts = json.loads(told)
    return f"{counts['cast']} cast, {counts['voters']} voters shown"


def main() -> int:
    """Do all of it; returns the exit code."""
    argparse.ArgumentParser("bin/test-server", description=_DESCRIPTION).parse_args()
    unknown = "Nothing is known of the units, since no machine can be booted here"
    return exit_code("bin/test-server", unknown, _FOLDER, _test)


def _test() -> int:
    machine.install()
    server = Machine(_FOLDER)
    say("the machine is made")
    server.make()
    with server:
        say("it has booted; the commands of docs/operations.md")
        server.run(commands())
        try:
            for each in LOOKS:
                say(each(server))
        except (Failed, TooLate, AssertionError) as error:
            print(server.done("systemctl --no-pager status 'votingsite*'; journalctl --no-pager -n 60").stdout)
            raise Failed(str(error)) from error
    say("the machine is gone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
