"""The pods of deploy/kubernetes/ in podman, with what a cluster would do for them: Services, probes, controllers."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import yaml

from deploy.chart import KUBERNETES
from ops.launch.data_dir import BASE_DIR
from ops.launch.environment import without_ours
from tests.deploy.containers import Failed
from tests.deploy.podman import Podman
from tests.deploy.pods import Api, Document, Pod, pods
from tests.deploy.service import Address, Service
from tests.ops.entrypoint import cluster_api
from tests.waiting import TooLate, eventually

_NETWORK = "votingsite"
_NAMESPACE = "votingsite"
STORES, PARTS = ("db", "redis"), ("vote", "result", "worker")
_WEB = ("vote", "result")
#: Seconds between two questions to podman, whose each command costs a tenth of a second of CPU.
_PAUSE_S = 0.5
#: Seconds for a Job to be done, and for all to be ready.
_JOB_S, _START_S = 120, 120


class Cluster:
    """The whole rendering in podman. Use it as a context manager."""

    def __init__(self, podman: Podman, folder: Path) -> None:
        self.podman, self._folder = podman, folder
        documents = [d for path in KUBERNETES.glob("*.yaml") for d in yaml.safe_load_all(path.read_text()) if d]
        self.pods = list(pods(documents))
        self._volumes, self._secrets = folder / "volumes", dict[str, dict[str, str]]()
        shutil.rmtree(self._volumes, ignore_errors=True)
        self._addresses: dict[str, str] = {}
        self._ready: dict[str, bool] = {}
        self._over = threading.Event()
        services = {part: Service(lambda part=part: self._endpoints(part)) for part in _WEB}  # type: ignore[misc]
        self._services = services
        self.vote_url, self.result_url = (services[part].url for part in _WEB)

    def __enter__(self) -> "Cluster":
        threading.Thread(target=self._ask_readiness, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for service in self._services.values():
            service.close()

    def images(self) -> tuple[str, str, str]:
        """Return the names of our image, and of those of PostgreSQL and Redis."""
        ours, postgres, redis = (self.of(name)[0].spec["containers"][0]["image"] for name in ("vote", "db", "redis"))
        return ours, postgres, redis

    def of(self, *components: str) -> list[Pod]:
        """Return the pods of these components."""
        return [pod for component in components for pod in self.pods if pod.component == component]

    # What the cluster does for pods ----------------------------------------------------------------------------------

    def install(self) -> None:
        """`kubectl apply` for the first time: both Jobs, and all that waits for them."""
        self.podman("network", "create", _NETWORK)
        with self._api() as api:
            self._run(self.of("secrets")[0], api)
        self.start_stores()
        self.migrate()
        self.start()

    def migrate(self) -> None:
        """Run the Job `migrate`, until it is done."""
        self._run(self.of("migrate")[0])

    def up(self, *components: str) -> None:
        """Do what the controllers do: put back each pod that is gone."""
        there = self.podman("pod", "ps", "--format", "{{.Name}}").split()
        self._play(*(pod for pod in self.of(*(components or (*STORES, *PARTS))) if pod.name not in there))

    def start(self) -> None:
        """The same, and wait until all is ready."""
        self.up()
        self.wait_ready(_START_S)

    def remove(self, *those: Pod) -> None:
        """Delete these pods, which are asked to end."""
        for pod in those:
            self.podman("pod", "stop", "--time", "30", pod.name)
            self.podman("pod", "rm", "--force", "--time", "1", pod.name)

    def destroy(self) -> None:
        """End all pods, however they stand. What is stored stays."""
        self.podman("pod", "rm", "--force", "--all", "--time", "2")

    def start_stores(self) -> None:
        """Put back the stores alone, and wait until both answer their probes."""
        self.up(*STORES)
        eventually(lambda: all(self.answers(pod, "readinessProbe") for pod in self.of(*STORES)), _START_S, "stores")

    def wait_ready(self, within: float) -> None:
        """Wait until every pod answers its readiness probe, and both Services reach both stores."""
        eventually(self._is_ready, within, "pods that are all ready")

    def answers(self, pod: Pod, kind: str) -> bool:
        """Return whether that probe of the pod succeeds, asked as a kubelet does."""
        probe = pod.probe(kind)
        assert probe, f"{pod.name} has no {kind}"
        patience = probe["timeoutSeconds"]
        if "exec" in probe:
            return self.podman.done("exec", pod.container, *probe["exec"]["command"]).returncode == 0
        if pod.name not in self._addresses:
            return False
        how = probe.get("httpGet") or probe["tcpSocket"]
        address = (self._addresses[pod.name], how["port"])
        try:
            if "tcpSocket" in probe:
                socket.create_connection(address, patience).close()
                return True
            with urllib.request.urlopen(f"http://{address[0]}:{address[1]}{how['path']}", timeout=patience):
                return True
        except OSError:
            return False

    def _play(self, *those: Pod, api: Api | None = None) -> None:
        for pod in those:
            if pod.before:
                self._run(pod.before)
            # The Service's name is one of the pod's in the network's DNS.
            network = f"{_NETWORK}:alias={pod.service}"
            pod.make_volumes(self._volumes, self._secrets)
            text = yaml.safe_dump(pod.document(self._volumes, api))
            self.podman("play", "kube", "--network", network, "-", given=text)
            infra = self.podman("pod", "inspect", pod.name, "--format", "{{.InfraContainerID}}").strip()
            (found,) = json.loads(self.podman("inspect", infra))
            self._addresses[pod.name] = found["NetworkSettings"]["Networks"][_NETWORK]["IPAddress"]

    def _run(self, pod: Pod, api: Api | None = None) -> None:
        """Run a pod that has to succeed."""
        self._play(pod, api=api)

        def is_done() -> bool:
            time.sleep(_PAUSE_S)
            state = self.inspect(pod)["State"]
            return bool(state["Status"] == "exited" and state["ExitCode"] == 0)

        try:
            eventually(is_done, _JOB_S, f"{pod.name}, done")
        except TooLate as error:
            raise Failed(f"{error}\n{self.logs(pod)}") from None
        self.podman("pod", "rm", "--force", "--time", "1", pod.name)

    @contextmanager
    def _api(self) -> Iterator[Api]:
        """Run the stand-in for the API where pods reach it, and keep the Secrets that it is given."""
        (network,) = json.loads(self.podman("network", "inspect", _NETWORK))
        gateway = network["subnets"][0]["gateway"]
        account = self._folder / "account"
        account.mkdir(exist_ok=True)
        certificate = self._folder / "api.pem"
        cluster_api.make_certificate(certificate, gateway)
        for name, text in {"token": "token", "namespace": _NAMESPACE, "ca.crt": certificate.read_text()}.items():
            (account / name).write_text(text)
        kept = cluster_api.Api(namespace=_NAMESPACE)
        # The gateway is an address of this machine as soon as there is a pod.
        with cluster_api.serving(kept, certificate, "0.0.0.0") as port:  # noqa: S104
            yield Api(gateway, port, account)
        for name, secret in kept.secrets.items():
            self._secrets[name] = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}

    # Services --------------------------------------------------------------------------------------------------------

    def _endpoints(self, part: str) -> list[Address]:
        port = {"vote": 8080, "result": 8081}[part]
        return [(self._addresses[pod.name], port) for pod in self.of(part) if self._ready.get(pod.name)]

    def _ask_readiness(self) -> None:
        while not self._over.wait(1):
            for pod in self.of(*_WEB):
                self._ready[pod.name] = self.answers(pod, "readinessProbe")

    # What every drill needs ------------------------------------------------------------------------------------------

    def inspect(self, pod: Pod) -> Document:
        """Return all that podman knows of its container."""
        (found,) = json.loads(self.podman("inspect", pod.container))
        return dict(found)

    def logs(self, pod: Pod) -> str:
        """Return the last lines of its container's log."""
        done = self.podman.done("logs", "--tail", "40", pod.container)
        return done.stdout + done.stderr

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command in a worker's pod; with `-m` a module of ours, which is not in the image, here."""
        if arguments[0] != "-m":
            return self.podman.done("exec", self.of("worker")[0].container, "python", "manage.py", *arguments)
        ours = {name: os.environ[name] for name in without_ours(os.environ)}
        return subprocess.run(
            [sys.executable, *arguments],
            env=ours | self.addresses(),
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            timeout=_JOB_S,
            check=False,
        )

    def postgres(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to its Postgres."""
        return psycopg.connect(self.addresses()["DATABASE_URL"], connect_timeout=10)

    def addresses(self) -> dict[str, str]:
        """Settings of a process on this machine that works on the pods' stores, as a web service does."""
        secret = self._secrets[self.of("vote")[0].service]
        found = {name.upper(): secret[name].strip() for name in ("secret_key", "database_url", "redis_url")}
        for name, store in (("DATABASE_URL", "db"), ("REDIS_URL", "redis")):
            (pod,) = self.of(store)
            found[name] = found[name].replace(f"@{pod.service}:", f"@{self._addresses[pod.name]}:")
        return found

    def _is_ready(self) -> bool:
        if not all(self.answers(pod, "readinessProbe") for pod in self.of(*STORES, *PARTS)):
            return False
        for url in (self.vote_url, self.result_url):
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if set(json.load(answer)["stores"].values()) != {"up"}:
                    return False
        return True
