"""A plain server: units that systemd takes, with the secrets of their part, and proxies that nginx and Caddy take."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.tools import ROOT, debian
from ops.entrypoint import secrets

UNITS = ROOT / "deploy" / "systemd"
#: Programs that units start, which needn't be on the machine that runs the tests.
PROGRAMS = ("usr/bin/redis-server", "usr/bin/env", "opt/votingsite/.venv/bin/python")
PARTS = ("vote", "result", "worker", "migrate", "seed", "redis", "db")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine on which the units are installed."""
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, tmp_path / "etc/systemd/system", ignore=shutil.ignore_patterns("*.conf.tmp"))
    shutil.copytree(UNITS, tmp_path / "opt/votingsite/deploy/systemd")
    for program in PROGRAMS:
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/usr/bin/true", tmp_path / program)
    return tmp_path


def said(machine: Path) -> str:
    """All that `systemd-analyze verify` finds to say of our units."""
    units = [path.name.replace("@", "@1") for path in UNITS.glob("votingsite*.*") if path.suffix not in (".env", ".d")]
    command = ["systemd-analyze", "verify", f"--root={machine}", *units]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def directives(path: Path) -> list[tuple[str, str]]:
    """The lines of a unit, as names and values."""
    text = path.read_text().replace("\\\n", " ")
    return [(name, value) for name, sign, value in (line.partition("=") for line in text.splitlines()) if sign]


def test_systemd_finds_nothing_wrong(machine: Path) -> None:
    assert said(machine) == ""


def test_what_is_wrong_in_a_unit_or_its_sandbox_is_said(machine: Path) -> None:
    with (machine / "etc/systemd/system/votingsite-.service.d/sandbox.conf").open("a") as file:
        file.write("Nonsense=1\n")
    (machine / PROGRAMS[0]).unlink()

    assert "Unknown key 'Nonsense' in section [Service]" in said(machine)
    assert "/usr/bin/redis-server is not executable" in said(machine)


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_each_service_is_in_the_sandbox(machine: Path, unit: str) -> None:
    # Tenths of an exposure, of 100. A backup may read everybody's files.
    threshold = 20 if "backup" in unit else 14
    options = ["--offline=true", f"--threshold={threshold}", f"--root={machine}"]
    command = ["systemd-analyze", "security", *options, unit.replace("@", "@1")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_nothing_in_a_unit_is_undone_by_the_sandbox(unit: str) -> None:
    # A drop-in is read after its unit; Environment= alone adds to what is there.
    after = {name for name, _ in directives(UNITS / "votingsite-.service.d" / "sandbox.conf")} - {"Environment"}
    assert {name for name, _ in directives(UNITS / unit)} & after == set()


def test_a_backup_may_read_what_belongs_to_others() -> None:
    (own,) = (UNITS / "votingsite-backup.service.d").iterdir()
    assert own.name > "sandbox.conf", "drop-ins are read in the order of their names"
    assert ("CapabilityBoundingSet", "CAP_DAC_READ_SEARCH") in directives(own)


def test_pictures_come_through_each_proxy() -> None:
    assert "client_max_body_size 6m;" in (UNITS / "nginx.conf").read_text()
    assert "max_size 6MiB" in (UNITS / "Caddyfile").read_text()


def test_each_part_is_handed_its_own_secrets_which_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("secrets", *(f"parts/{part}" for part in PARTS)):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    secrets.make(tmp_path)
    for path in UNITS.glob("*.service"):
        part = path.stem.removeprefix("votingsite-").removesuffix("@")
        for name, source in (value.split(":") for key, value in directives(path) if key == "LoadCredential"):
            assert source == f"/var/lib/votingsite/parts/{part}/{name}"
            assert (tmp_path / "parts" / part / name).exists()


def test_folders_of_all_secrets_are_made(tmp_path: Path) -> None:
    values = [value for key, value in directives(UNITS / "votingsite-secrets.service") if key == "StateDirectory"]
    made = " ".join(values).split()
    assert {f"votingsite/parts/{part}" for part in PARTS} | {"votingsite", "votingsite/secrets"} <= set(made)


def test_redis_promises_what_it_does_in_containers() -> None:
    (start,) = (value for key, value in directives(UNITS / "votingsite-redis.service") if key == "ExecStart")
    compose = (ROOT / "docker-compose.yml").read_text()
    for option in ("--appendonly yes", "--appendfsync always", "--no-appendfsync-on-rewrite no", "noeviction"):
        assert option in start
        assert option in compose


def test_settings_are_those_that_there_are() -> None:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string("[all]\n" + (UNITS / "votingsite.env").read_text().replace("\n#", "\n"), "votingsite.env")
    known = {line[1:].split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if line[:1] == "#"}
    assert {name for name in parser["all"] if name.isupper()} - known == set()


@pytest.mark.slow
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    pem = tmp_path / "both.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=votes"]
    subprocess.run(["openssl", "req", *kind, "-keyout", str(pem), "-out", str(pem)], check=True, capture_output=True)
    site = (UNITS / "nginx.conf").read_text()
    for name in ("fullchain", "privkey"):
        site = site.replace(f"/etc/letsencrypt/live/votes.example/{name}.pem", str(pem))
    (tmp_path / "site.conf").write_text(site)
    folders = "".join(
        f"{what}_temp_path {tmp_path}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} include {tmp_path}/site.conf; }}"
    )
    command = [str(debian("nginx")), "-t", "-q", "-e", "stderr", "-c", str(main)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_caddy_takes_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    command = [str(debian("caddy")), "validate", "--adapter", "caddyfile", "--config", str(UNITS / "Caddyfile")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "Valid configuration" in done.stdout + done.stderr
    assert done.returncode == 0
