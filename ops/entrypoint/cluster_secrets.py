"""The secrets in Kubernetes: what `secrets` makes, kept as one Secret for each part, and one with all of them.

It runs before each migration, under a service account that may read and write these Secrets and make new ones.
"""

import base64
import http.client
import json
import os
import ssl
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from core.stores import files
from ops.entrypoint import secrets

#: Where Kubernetes puts what a pod needs to call its API.
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
#: By the ends of the Secrets' names: folders below DATA_DIR.
FOLDERS = {"secrets": "secrets"} | {
    part: f"parts/{part}" for part in ("vote", "result", "worker", "migrate", "seed", "redis", "db")
}
_PATIENCE_S = 10


class ClusterError(Exception):
    """Kubernetes did not do what it was asked for, in a sentence."""


class Cluster:
    """The Secrets of our namespace, by the API that each pod can reach."""

    def __init__(self, account: Path = _ACCOUNT) -> None:
        self._address = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
        self._token = (account / "token").read_text().strip()
        self._path = f"/api/v1/namespaces/{(account / 'namespace').read_text().strip()}/secrets/"
        self._tls = ssl.create_default_context(cafile=str(account / "ca.crt"))

    def read(self, name: str) -> dict[str, str]:
        """Return what that Secret holds; nothing if there is none."""
        status, secret = self._ask("GET", name)
        if status == HTTPStatus.NOT_FOUND:
            return {}
        _check("read", name, status, secret)
        return {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}

    def write(self, name: str, texts: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Make that Secret hold these texts, and make it if there is none."""
        wanted = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": labels},
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()},
        }
        _check("written", name, *self._ask("PATCH", f"{name}?fieldManager=votingsite&force=true", wanted))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPSConnection(*self._address, timeout=_PATIENCE_S, context=self._tls)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/apply-patch+yaml"}
        try:
            connection.request(method, self._path + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ClusterError(f"Kubernetes gives no answer that can be used: {error}") from error
        finally:
            connection.close()


def _check(done: str, name: str, status: int, answer: Mapping[str, Any]) -> None:
    if status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise ClusterError(f"The Secret {name} could not be {done} ({status}): {answer.get('message', 'no reason')}")


def make(data: Path, cluster: Cluster) -> None:
    """Read what there is, make what is missing, and write all of it. Harmless to repeat. Raises ClusterError.

    The Secrets' names begin with SECRETS_PREFIX; SECRETS_LABELS is a JSON object.
    """
    prefix, labels = os.environ["SECRETS_PREFIX"], json.loads(os.environ.get("SECRETS_LABELS", "{}"))
    for end, folder in FOLDERS.items():
        (data / folder).mkdir(parents=True, exist_ok=True)
        for name, text in cluster.read(f"{prefix}-{end}").items():
            files.write(data / folder / name, text, files.GROUP)
    secrets.make(data)
    for end, folder in FOLDERS.items():
        texts = {path.name: path.read_text() for path in (data / folder).iterdir()}
        cluster.write(f"{prefix}-{end}", texts, labels)


def main() -> None:
    """Do it in this pod; exits with one sentence when it can't."""
    try:
        make(Path(os.environ["DATA_DIR"]), Cluster())
    except ClusterError as why:
        sys.exit(str(why))
