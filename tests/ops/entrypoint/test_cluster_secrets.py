"""The secrets in Kubernetes, against a stand-in for its API: no API server can run here."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from ops.entrypoint import cluster_secrets
from ops.entrypoint.cluster_secrets import Cluster, ClusterError
from tests.ops.entrypoint.cluster_api import Api, make_certificate, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    make_certificate(path)
    return path


@pytest.fixture
def api(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    api = Api()
    with serving(api, certificate) as port:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
        monkeypatch.setenv("SECRETS_PREFIX", "votes")
        monkeypatch.setenv("SECRETS_LABELS", '{"app.kubernetes.io/name": "votingsite"}')
        yield api


@pytest.fixture
def cluster(api: Api, certificate: Path, tmp_path: Path) -> Cluster:
    """That API as a pod finds it."""
    for name, text in {"token": "t0ken\n", "namespace": "votes", "ca.crt": certificate.read_text()}.items():
        (tmp_path / name).write_text(text)
    return Cluster(tmp_path)


def test_each_part_gets_a_secret_of_its_own(api: Api, cluster: Cluster, tmp_path: Path):
    cluster_secrets.make(tmp_path / "data", cluster)

    ends = ("secrets", "vote", "result", "worker", "migrate", "seed", "redis", "db")
    assert sorted(api.secrets) == sorted(f"votes-{end}" for end in ends)
    assert api.tokens == {"Bearer t0ken"}
    metadata = api.secrets["votes-vote"]["metadata"]
    assert metadata == {"name": "votes-vote", "labels": {"app.kubernetes.io/name": "votingsite"}}
    assert set(api.secrets["votes-db"]["data"]) == {"database"}
    assert api.text("votes-db", "database") == api.text("votes-secrets", "database")
    assert "metrics_token" not in api.secrets["votes-worker"]["data"]


def test_another_time_changes_none_of_them(api: Api, cluster: Cluster, tmp_path: Path):
    cluster_secrets.make(tmp_path / "first", cluster)
    before = deepcopy(api.secrets)
    cluster_secrets.make(tmp_path / "second", cluster)

    assert api.secrets == before


def test_what_is_missing_is_made_from_what_is_there(api: Api, cluster: Cluster, tmp_path: Path):
    cluster_secrets.make(tmp_path / "first", cluster)
    key = api.text("votes-vote", "secret_key")
    del api.secrets["votes-vote"]
    cluster_secrets.make(tmp_path / "second", cluster)

    assert api.text("votes-vote", "secret_key") == key


def test_a_refusal_is_said_with_its_reason(api: Api, cluster: Cluster, tmp_path: Path):
    api.refusal = 403
    with pytest.raises(ClusterError, match=r"The Secret votes-secrets could not be read \(403\): may not GET"):
        cluster_secrets.make(tmp_path / "data", cluster)


def test_nothing_is_sent_to_whom_the_cluster_does_not_vouch_for(api: Api, certificate: Path, tmp_path: Path):
    other = tmp_path / "other.pem"
    make_certificate(other)
    for name, text in {"token": "t0ken", "namespace": "votes", "ca.crt": other.read_text()}.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ClusterError, match=r"Kubernetes gives no answer that can be used: .*CERTIFICATE_VERIFY_FAILED"):
        Cluster(tmp_path).read("votes-vote")
    assert api.tokens == set()
