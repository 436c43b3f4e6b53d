from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ops.entrypoint import secrets

VARIABLES = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_PASSWORD", "REDIS_PASSWORD", "ADMIN_PASSWORD", "METRICS_TOKEN"),
    *("DATABASE_SERVICE", "REDIS_SERVICE", "OWNER_DATABASE_URL", "SHARED_REDIS_URL"),
)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


#: The folders that are volumes in containers.
PARTS = ("vote", "result", "worker", "migrate", "seed", "redis", "db")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("secrets", *(f"parts/{part}" for part in PARTS)):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def made(data: Path) -> dict[str, str]:
    """All that is written then, by paths such as `secrets/admin` and `parts/vote/redis_url`."""
    secrets.make(data)
    return {str(path.relative_to(data)): path.read_text() for path in data.rglob("*") if path.is_file()}


def test_secrets_are_random_and_made_once(data: Path):
    first = made(data)

    names = [name for name in first if name.startswith("secrets/")]
    assert len({first[name] for name in names}) == len(names) == 12
    assert len(first["secrets/secret_key"]) == 64
    assert made(data) == first


def test_the_group_may_read_them_and_nobody_else(data: Path):
    made(data)

    assert {path.stat().st_mode & 0o777 for path in data.rglob("*") if path.is_file()} == {0o640}


def test_who_signs_nothing_has_another_key(data: Path):
    files = made(data)

    keys = {part: files[f"parts/{part}/secret_key"] for part in PARTS[:5]}
    assert keys["vote"] == keys["result"] == files["secrets/secret_key"]
    assert len(set(keys.values())) == 4
    assert all(len(key) == 64 for key in keys.values())


def test_one_part_alone_owns_the_database(data: Path):
    files = made(data)

    owners = [name for name, text in files.items() if "postgres://votingsite:" in text]
    assert owners == ["parts/migrate/database_url"]
    assert [name for name, text in files.items() if files["secrets/redis"] in text] == ["secrets/redis"]


def test_redis_knows_passwords_by_their_hashes(data: Path):
    files = made(data)

    users = [line.split() for line in files["parts/redis/redis.conf"].splitlines()]
    assert [words[1] for words in users] == ["default", "vote", "result", "worker", "migrate", "seed", "health"]
    assert users[1][3] == f"#{sha256(files['secrets/redis_vote'].encode()).hexdigest()}"
    assert users[-1][4:] == ["resetkeys", "resetchannels", "-@all", "+ping"]


def test_what_the_environment_gives_is_taken_over(data: Path, monkeypatch: pytest.MonkeyPatch):
    before = made(data)
    monkeypatch.setenv("DATABASE_PASSWORD", "p@ss:w/rd")
    monkeypatch.setenv("REDIS_PASSWORD", 'quo"te\\')
    after = made(data)

    assert after["secrets/secret_key"] == before["secrets/secret_key"]
    assert unquote(urlsplit(after["parts/migrate/database_url"]).password or "") == "p@ss:w/rd"
    assert after["parts/db/database"] == "p@ss:w/rd"
    assert sha256(b'quo"te\\').hexdigest() in after["parts/redis/redis.conf"]


def test_those_who_sign_have_old_keys_as_long_as_they_are_given(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "a" * 40)
    files = made(data)

    assert [part for part in PARTS[:5] if files[f"parts/{part}/secret_key_fallbacks"]] == ["vote", "result"]
    monkeypatch.delenv("SECRET_KEY_FALLBACKS")
    assert made(data)["parts/vote/secret_key_fallbacks"] == ""


def test_a_secret_comes_from_a_file_as_well(data: Path, monkeypatch: pytest.MonkeyPatch):
    (data / "given").write_text("k" * 40 + "\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(data / "given"))

    assert made(data)["parts/result/secret_key"] == "k" * 40


def test_a_file_that_was_there_before_is_used(data: Path):
    (data / "secrets" / "database").write_text("of-mine\n")

    assert made(data)["parts/migrate/database_url"] == "postgres://votingsite:of-mine@db:5432/votingsite"


def test_stores_have_other_names_elsewhere(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_SERVICE", "votes-db")
    monkeypatch.setenv("REDIS_SERVICE", "votes-redis")
    files = made(data)

    assert {urlsplit(files[f"parts/{part}/database_url"]).hostname for part in PARTS[:5]} == {"votes-db"}
    assert {urlsplit(files[f"parts/{part}/redis_url"]).hostname for part in PARTS[:5]} == {"votes-redis"}


def test_the_url_of_another_database_goes_to_migrate_alone(data: Path, monkeypatch: pytest.MonkeyPatch):
    url = "postgresql://boss:a%40b@db.example:6432/votes?sslmode=verify-full"
    monkeypatch.setenv("OWNER_DATABASE_URL", url)
    files = made(data)

    assert files["parts/migrate/database_url"] == url
    password = files["secrets/database_parts"]
    wanted = f"postgresql://votingsite_parts:{password}@db.example:6432/votes?sslmode=verify-full"
    assert files["parts/vote/database_url"] == files["parts/worker/database_url"] == wanted


def test_a_redis_of_somebody_else_is_one_for_all(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHARED_REDIS_URL", "rediss://us:word@redis.example:6380/0")
    files = made(data)

    urls = {files[f"parts/{part}/redis_url"] for part in PARTS[:5]}
    assert urls == {"rediss://us:word@redis.example:6380/0"}


def test_the_web_services_alone_know_the_token_of_the_metrics(data: Path):
    files = made(data)

    assert [part for part in PARTS if f"parts/{part}/metrics_token" in files] == ["vote", "result"]
    assert files["parts/vote/metrics_token"] == files["secrets/metrics_token"]


def test_what_an_older_version_wrote_for_all_parts_is_taken_away(data: Path):
    for name in ("database_url", "redis_url", "redis.conf"):
        (data / "secrets" / name).touch()
    (data / "secrets" / "redis").write_text("kept")
    made(data)

    left = {path.name for path in (data / "secrets").iterdir()}
    assert left.isdisjoint({"database_url", "redis_url", "redis.conf"})
    assert (data / "secrets" / "redis").read_text() == "kept"


def test_a_password_that_no_configuration_can_hold_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDIS_PASSWORD", "two words")

    with pytest.raises(SystemExit, match="REDIS_PASSWORD can't be used"):
        secrets.make(data)


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path):
    with pytest.raises(SystemExit, match=r"The secrets can't be written to .*nowhere"):
        secrets.make(tmp_path / "nowhere")
