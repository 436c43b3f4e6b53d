"""Rule 13: settings that break the promises stop the start, in words."""

import ipaddress
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from core.telemetry import control
from votingsite.checks import check_settings
from votingsite.environment import MailServer

ROOT = Path(__file__).parents[2]
GOOD_SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

NETWORK = ipaddress.ip_network


def ids(messages: list[CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("votingsite.") for message in messages]


@pytest.fixture
def good(settings: Settings) -> Settings:
    """Settings without fault, whatever the environment of the tests."""
    settings.SECRET_KEY = GOOD_SECRET
    settings.SECRET_KEY_FALLBACKS = []
    settings.ALLOWED_HOSTS = ["votes.example"]
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.HTTPS = settings.DEBUG = False
    settings.VOTE_URL = settings.RESULT_URL = None
    settings.VOTE_PORT, settings.RESULT_PORT = 8080, 8081
    settings.TRUSTED_PROXIES = []
    settings.VOTE_RATE_LIMIT = None
    settings.OPTION_A, settings.OPTION_B = "Cats", "Dogs"
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = None, ""
    settings.INSTRUCTOR = settings.DRILLS = False
    settings.FAULT_VOTE_ERROR_RATE = settings.FAULT_VOTE_DELAY_MS = 0
    settings.OTEL_EXPORTER_OTLP_ENDPOINT, settings.OTEL = "", False
    return settings


MAIL: dict[str, Any] = {
    "EMAIL_URL": MailServer("mail", 587, user="me", password="secret", starttls=True),
    "DEFAULT_FROM_EMAIL": "votes@votes.example",
    "VOTE_URL": "http://votes.example",
}

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("E001", {"SECRET_KEY": "short"}),
    ("E002", {"SECRET_KEY_FALLBACKS": [GOOD_SECRET, "short"]}),
    ("E003", {"ALLOWED_HOSTS": []}),
    ("E003", {"ALLOWED_HOSTS": [""]}),
    ("E004", {"ALLOWED_HOSTS": ["*"], "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]}),
    ("E005", {"ALLOWED_HOSTS": ["votes.example", "https://votes.example"]}),
    ("E005", {"ALLOWED_HOSTS": ["votes.example", "votes.example:8080"]}),
    ("E006", {"VOTE_URL": "http://other.example:8080"}),
    ("E007", {"RESULT_PORT": 8080}),
    ("E008", {"CSRF_TRUSTED_ORIGINS": ["https://votes.example/"]}),
    ("E009", {"DEBUG": True, "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]}),
    ("E010", {"VOTE_URL": "http://votes.example", "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]}),
    (
        "E010",
        {"CSRF_TRUSTED_ORIGINS": ["http://a.example"], "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]},
    ),
    ("E011", {"OPTION_B": "Cats"}),
    ("E012", MAIL | {"DEFAULT_FROM_EMAIL": ""}),
    ("E013", MAIL | {"VOTE_URL": None}),
    ("E016", {"FAULT_VOTE_ERROR_RATE": 0.2, "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]}),
    ("E016", {"FAULT_VOTE_DELAY_MS": 50, "HTTPS": True, "TRUSTED_PROXIES": [NETWORK("10.0.0.1")]}),
    ("W007", {"FAULT_VOTE_ERROR_RATE": 1}),
    ("W007", {"FAULT_VOTE_DELAY_MS": 50}),
    ("W010", {"DRILLS": True}),
    ("W008", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL": False}),
    ("W006", MAIL | {"EMAIL_URL": MailServer("mail", 25, user="me", password="secret")}),
    (
        "W001",
        {"ALLOWED_HOSTS": [".example"], "VOTE_URL": "http://votes.example", "RESULT_URL": "http://results.example"},
    ),
    ("W002", {"VOTE_URL": "https://votes.example"}),
    ("W004", {"TRUSTED_PROXIES": [NETWORK("0.0.0.0/0")]}),
    ("I001", {"VOTE_URL": "http://votes.example", "RESULT_URL": "http://votes.example"}),
    ("I002", {"HTTPS": True}),
]


@pytest.mark.parametrize(("wrong", "values"), WRONG)
def test_it_finds_a_wrong_setting(good: Settings, wrong: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(good, name, value)
    found = check_settings()
    assert ids(found) == [wrong]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(("protocol", "found"), [("http/protobuf", []), ("grpc", ["W009"])])
def test_spans_go_by_http_alone(
    good: Settings, monkeypatch: pytest.MonkeyPatch, protocol: str, found: list[str]
) -> None:
    good.OTEL_EXPORTER_OTLP_ENDPOINT, good.OTEL = "http://collector:4317", True
    assert ids(check_settings()) == []
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    assert ids(check_settings()) == found


def test_a_rate_limit_behind_a_proxy_that_is_not_named(good: Settings) -> None:
    good.HTTPS, good.VOTE_RATE_LIMIT = True, 60
    assert ids(check_settings()) == ["I002", "W003"]


def test_the_old_name_of_the_role_is_read_and_called_old(good: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR", "vote")

    assert ids(check_settings()) == ["W005"]


def test_it_finds_a_missing_secret(good: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    good.SECRET_KEY = ""
    django_settings.__dict__.pop("SECRET_KEY", None)
    with pytest.raises(ImproperlyConfigured):
        _ = django_settings.SECRET_KEY
    assert ids(check_settings()) == ["E001"]


RIGHT: list[dict[str, Any]] = [
    {},
    {"ALLOWED_HOSTS": ["*"]},
    {"ALLOWED_HOSTS": [], "DEBUG": True},
    {"ALLOWED_HOSTS": ["[::1]", "127.0.0.1", ".example"], "VOTE_URL": "http://[::1]:8080"},
    {"RESULT_PORT": 8080, "VOTE_URL": "http://votes.example", "RESULT_URL": "http://votes.example:8081"},
    {
        "HTTPS": True,
        "TRUSTED_PROXIES": [NETWORK("10.0.0.0/8")],
        "VOTE_URL": "https://votes.example",
        "CSRF_TRUSTED_ORIGINS": ["https://votes.example:8443", "https://*.example"],
    },
    MAIL,
]


@pytest.mark.parametrize("values", RIGHT)
def test_it_finds_nothing_in_good_settings(good: Settings, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(good, name, value)
    assert ids(check_settings()) == []


@pytest.mark.parametrize(
    ("is_up", "https", "expected"), [(False, False, ["E015"]), (True, True, ["E014"]), (True, False, [])]
)
def test_the_instructors_buttons_are_for_bin_up_alone(
    good: Settings, tmp_path: Path, is_up: bool, https: bool, expected: list[str]
) -> None:
    (tmp_path / "run").mkdir()
    if is_up:
        os.mkfifo(control.pipe(tmp_path))
    good.DATA_DIR, good.INSTRUCTOR, good.HTTPS = tmp_path, True, https
    good.DRILLS = True
    good.TRUSTED_PROXIES = [NETWORK("10.0.0.1")]
    assert ids(check_settings()) == expected


def test_an_origin_without_scheme_is_found_by_django(good: Settings) -> None:
    good.CSRF_TRUSTED_ORIGINS = ["votes.example"]
    assert "4_0.E001" in ids(run_checks())


def test_the_checks_for_production_are_clean() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**os.environ, "HTTPS": "on", "SECRET_KEY": GOOD_SECRET, "ROLE": "vote"},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, "WARNING" in run.stderr) == (0, False), run.stderr
