"""Settings from the environment: what is legal, what is said about the rest, and that .env.example tells them all."""

import ast
import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from environs import ValidationError

from ops.entrypoint import services
from ops.launch.environment import OURS
from votingsite import environment
from votingsite.environment import BadEnvironment, Environment, MailServer, RedisAddress

ROOT = Path(__file__).parents[2]


def said_of(name: str, read: Any) -> str:
    """The one sentence about a bad variable, without its indentation."""
    env = Environment()
    read(env, name)
    with pytest.raises(BadEnvironment) as bad:
        env.finish()
    return str(bad.value).strip()


@pytest.mark.parametrize(("word", "on"), [("on", True), ("YES", True), ("1", True), ("off", False), ("False", False)])
def test_a_switch(word: str, on: bool) -> None:
    assert environment.switch(word) is on


@pytest.mark.parametrize("word", ["", "ja", "2", "on off"])
def test_a_switch_refuses_other_words(word: str) -> None:
    with pytest.raises(ValidationError):
        environment.switch(word)


@pytest.mark.parametrize("url", ["https://votes.example", "http://10.0.0.7:8080", "http://[::1]:8080"])
def test_an_origin(url: str) -> None:
    assert environment.origin(url) == url
    assert environment.origin(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "votes.example",
        "ftp://a",
        "http://",
        "http://a/path",
        "http://a?q",
        "http://a#f",
        "http://me:pass@a",
        "http://a:port",
        "http://a:70000",
        "http://[1",
    ],
)
def test_an_origin_refuses_what_is_none(url: str) -> None:
    with pytest.raises(ValidationError):
        environment.origin(url)


def test_a_logo_is_a_picture_in_the_project_or_anywhere(tmp_path: Path) -> None:
    (tmp_path / "ours.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    assert environment.logo("ours.svg", tmp_path) == environment.logo(f"{tmp_path}/ours.svg", Path("/nowhere"))


def test_a_logo_that_is_none_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_LOGO", "nothing.svg")
    assert said_of("SITE_LOGO", lambda env, name: env.logo(name, None, beside=tmp_path)) == (
        f"SITE_LOGO='nothing.svg': {tmp_path}/nothing.svg can't be read (No such file or directory)."
        " Must be the path of an SVG or PNG of up to 100,000 bytes."
    )


def test_networks() -> None:
    assert environment.networks(" 10.0.0.1, 172.16.0.0/12,::1 ,") == [
        ipaddress.ip_network("10.0.0.1/32"),
        ipaddress.ip_network("172.16.0.0/12"),
        ipaddress.ip_network("::1/128"),
    ]
    assert environment.networks("") == []


@pytest.mark.parametrize("value", ["10.0.0.1/8", "proxy", "10.0.0"])
def test_networks_refuse_what_is_none(value: str) -> None:
    with pytest.raises(ValidationError):
        environment.networks(value)


def test_a_limit() -> None:
    assert [environment.limit(value) for value in ("off", "OFF", "", "1", "60")] == [None, None, None, 1, 60]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "²"])
def test_a_limit_refuses_what_is_none(value: str) -> None:
    with pytest.raises(ValidationError):
        environment.limit(value)


def test_postgres() -> None:
    found = environment.postgres("postgres://me:p%40ss@db:5433/votes")
    assert {name: found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")} == {
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": 5433,
        "NAME": "votes",
    }


@pytest.mark.parametrize("url", ["", "db", "sqlite:///votes", "mysql://a/b", "postgres://db", "postgres://a:b:c/d"])
def test_postgres_refuses_other_databases(url: str) -> None:
    with pytest.raises(ValidationError):
        environment.postgres(url)


def test_redis() -> None:
    assert environment.redis_url("redis://r") == RedisAddress("r", 6379)
    full = RedisAddress("r", 6380, db=2, username="me", password="pass", ssl=True)
    assert environment.redis_url("rediss://me:pass@r:6380/2") == full
    assert "pass" not in repr(full)


@pytest.mark.parametrize("url", ["", "r:6379", "http://r", "redis://r:port", "unix:///tmp/r"])
def test_redis_refuses_other_addresses(url: str) -> None:
    with pytest.raises(ValidationError):
        environment.redis_url(url)


def test_a_mail_server() -> None:
    assert environment.mail_server("smtp+tls://me:p%40ss@mail:2525") == MailServer(
        "mail", 2525, user="me", password="p@ss", starttls=True
    )
    ports = {url: environment.mail_server(f"{url}://mail").port for url in ("smtp", "smtp+tls", "smtps")}
    assert ports == {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    assert environment.mail_server("smtps://mail").tls
    assert "p@ss" not in repr(environment.mail_server("smtp+tls://me:p%40ss@mail"))


@pytest.mark.parametrize(
    "url", ["", "mail", "mail:25", "http://mail", "smtp://", "smtp://a:port", "smtp://a/b", "smtp://[1"]
)
def test_a_mail_server_is_refused_that_is_none(url: str) -> None:
    with pytest.raises(ValidationError):
        environment.mail_server(url)


@pytest.mark.parametrize("url", ["collector:4318", "grpc://collector:4317", "http://", "http:// a"])
def test_a_collector_has_an_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    assert said_of(
        "OTEL_EXPORTER_OTLP_ENDPOINT", lambda env, name: env.str(name, "", validate=environment.COLLECTOR)
    ) == (f"OTEL_EXPORTER_OTLP_ENDPOINT={url!r}: Must be an address like http://collector:4318.")


def test_it_names_the_variable_and_the_value_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "ja")
    assert said_of("HTTPS", lambda env, name: env.switch(name)) == 'HTTPS=\'ja\': Must be "on" or "off".'


def test_it_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:pass@db/votes")
    said = said_of("DATABASE_URL", lambda env, name: env.postgres(name))
    assert said.startswith("DATABASE_URL=(not shown): Must be postgres://")
    assert "pass" not in said


def test_a_value_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert Environment().str("SECRET_KEY") == "from a file"


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    assert f"SECRET_KEY_FILE={tmp_path / 'none'}" in said_of("SECRET_KEY", lambda env, name: env.str(name))


def test_all_bad_values_are_named_at_once_without_a_traceback() -> None:
    bad = {"HTTPS": "ja", "VOTE_PORT": "70000", "ROLE": "back", "SECRET_KEY": "short", "REDIS_URL": "http://x"}
    bad["EMAIL_URL"] = "mail"
    run = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env={**os.environ, **bad}, capture_output=True, text=True
    )
    assert run.returncode == 1
    first, *lines = run.stderr.splitlines()
    assert first == "votingsite can't start."
    assert {line.strip().partition("=")[0] for line in lines} == set(bad)


def read_by_settings() -> dict[str, str | None]:
    """The variables that settings.py reads, with their defaults as people write them; None where it's no constant."""
    found: dict[str, str | None] = {}
    for node in ast.walk(ast.parse((ROOT / "votingsite/settings.py").read_text())):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).startswith("env."):
            found[ast.literal_eval(node.args[0])] = _default(node)
    return found


def _default(call: ast.Call) -> str | None:
    if len(call.args) < 2:
        return ""
    try:
        value = ast.literal_eval(call.args[1])
    except ValueError:
        return None
    return ",".join(value) if isinstance(value, list) else str("" if value is None else value)


def test_the_example_tells_every_variable_and_its_default() -> None:
    example = (ROOT / ".env.example").read_text()
    told = dict(re.findall(r"^#([A-Z_]+)=(.*)$", example, re.MULTILINE))
    read = read_by_settings()
    assert list(told) == list(dict.fromkeys(told))
    assert set(told) == set(read) | set(services.VARIABLES.values())
    assert {name: told[name] for name, default in read.items() if default is not None} == {
        name: default for name, default in read.items() if default is not None
    }


def test_bin_up_takes_every_variable_that_the_example_tells() -> None:
    told = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert told - OURS == {"ROLE", "DOOR", "UP_CONTROL"}
    assert told >= OURS


@pytest.mark.parametrize("name", ["LOG_LEVEL", "REDIS_HOST", "VOTE_PORT", "HTTPS", "DATABASE_URL", "SECRET_KEY_FILE"])
def test_an_empty_variable_is_not_given(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env={**os.environ, name: ""}, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    "left",
    [
        {"LOG_LEVEL": "DEBUG"},
        {"LOG_FORMAT": "JSON"},
        {"DJANGO_SETTINGS_MODULE": "mysite.settings"},
        {"PGSSLMODE": "require", "PGHOSTADDR": "192.0.2.1", "PGSERVICE": "nowhere", "PGOPTIONS": "-c nonsense=1"},
    ],
    ids=lambda left: next(iter(left)),
)
def test_what_a_shell_has_left_changes_no_command(left: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--plan"]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, **left}, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_example_says_one_line_of_each_variable() -> None:
    blocks = (ROOT / ".env.example").read_text().strip().split("\n\n")[1:]
    assert [block for block in blocks if not re.fullmatch(r"# \S.*\n#[A-Z_]+=.*", block)] == []
