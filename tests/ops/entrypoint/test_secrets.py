from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ops.entrypoint import secrets

VARIABLES = ("SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD", "ADMIN_PASSWORD")


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def made(folder: Path) -> dict[str, str]:
    secrets.make(folder)
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_secrets_are_random_and_made_once(tmp_path: Path):
    first = made(tmp_path)

    assert len({first[name] for name in ("secret_key", "database", "redis", "admin")}) == 4
    assert len(first["secret_key"]) == 64
    assert made(tmp_path) == first


def test_the_group_may_read_them_and_nobody_else(tmp_path: Path):
    made(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


def test_what_the_environment_gives_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    before = made(tmp_path)
    monkeypatch.setenv("DATABASE_PASSWORD", "p@ss:w/rd")
    monkeypatch.setenv("REDIS_PASSWORD", 'quo"te\\')
    after = made(tmp_path)

    assert after["secret_key"] == before["secret_key"]
    assert unquote(urlsplit(after["database_url"]).password or "") == "p@ss:w/rd"
    assert unquote(urlsplit(after["redis_url"]).password or "") == 'quo"te\\'
    assert after["redis.conf"] == 'requirepass "quo\\"te\\\\"\n'


def test_a_secret_comes_from_a_file_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "given").write_text("k" * 40 + "\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "given"))
    folder = tmp_path / "secrets"
    folder.mkdir()

    assert made(folder)["secret_key"] == "k" * 40


def test_a_file_that_was_there_before_is_used(tmp_path: Path):
    (tmp_path / "redis").write_text("of-mine\n")

    assert made(tmp_path)["redis_url"] == "redis://:of-mine@redis:6379/0"


def test_a_password_that_no_configuration_can_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDIS_PASSWORD", "two words")

    with pytest.raises(SystemExit, match="REDIS_PASSWORD can't be used"):
        secrets.make(tmp_path)


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path):
    with pytest.raises(SystemExit, match=r"The secrets can't be written to .*nowhere"):
        secrets.make(tmp_path / "nowhere")
