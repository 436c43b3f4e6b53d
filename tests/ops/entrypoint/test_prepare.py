from pathlib import Path

import pytest

from ops.entrypoint import prepare


def test_secrets_are_in_the_containers_volume_or_with_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "/data")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert prepare.secrets_folder() == Path("/data/secrets")

    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/votingsite-migrate.service")
    assert prepare.secrets_folder() == Path("/run/credentials/votingsite-migrate.service")
