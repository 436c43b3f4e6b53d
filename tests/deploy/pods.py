"""The chart's workloads as pods that `podman play kube` 4.3 takes, their containers as they are rendered.

What it doesn't know or has wrong is worked round here, and nothing else is changed:

- it has no StatefulSet and no Job, and pods of a Deployment share volumes: each pod is written out under its own name
- it publishes each `ports` on the machine, twice for two pods: they are left out, and pods found by their own addresses
- it ignores `fsGroup` and `defaultMode`, and fills an empty volume from the image: volumes are folders, made as by a
  kubelet
- for `httpGet` and `tcpSocket` it wants curl and nc in the image: tests ask these probes, as a kubelet does, and podman
  keeps those that are commands
- it starts an init container again that has succeeded: each runs before its pod, in one of its own
- what the API puts into a pod with a token is written out: its address, and a folder with the token
"""

import copy
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Pod:
    """A pod: its name, the Service that it belongs to, and its specification as it was rendered."""

    name: str
    service: str
    component: str
    spec: Document
    #: Names of the volumes that outlive it.
    claims: list[str]

    def document(self, volumes: Path, api: "Api | None" = None) -> Document:
        """Return what is given to podman, with its volumes below that folder."""
        spec = copy.deepcopy(self.spec)
        names = [volume["name"] for volume in spec["volumes"]] + self.claims
        spec["volumes"] = [_folder(name, volumes / self.name / name) for name in names]
        spec.pop("initContainers", None)
        for container in spec["containers"]:
            container.pop("ports", None)
            if "exec" not in container.get("livenessProbe", {"exec": None}):
                del container["livenessProbe"]
            if api and spec["automountServiceAccountToken"]:
                container["volumeMounts"].append({"name": "account", "mountPath": _ACCOUNT, "readOnly": True})
                container["env"] += [
                    {"name": "KUBERNETES_SERVICE_HOST", "value": api.host},
                    {"name": "KUBERNETES_SERVICE_PORT", "value": str(api.port)},
                ]
        if api and spec["automountServiceAccountToken"]:
            spec["volumes"].append(_folder("account", api.account))
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.name}, "spec": spec}

    def make_volumes(self, volumes: Path, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Make its volumes as a kubelet does: for its group, Secrets and empty ones anew, and claims the first time."""
        group = self.spec["securityContext"]["fsGroup"]
        for volume in self.spec["volumes"]:
            folder = volumes / self.name / volume["name"]
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, group)
            if source := volume.get("secret"):
                for name, text in secrets[source["secretName"]].items():
                    (folder / name).write_text(text)
                    os.chown(folder / name, 0, group)
                    (folder / name).chmod(source["defaultMode"])
        for name in self.claims:
            if not (volumes / self.name / name).exists():
                _make(volumes / self.name / name, group)

    @property
    def before(self) -> "Pod | None":
        """Return the pod that has to succeed first: with its init containers."""
        if "initContainers" not in self.spec:
            return None
        spec = self.spec | {"containers": self.spec["initContainers"], "restartPolicy": "OnFailure"}
        del spec["initContainers"]
        return replace(self, name=f"{self.name}-before", spec=spec, claims=[])

    @property
    def container(self) -> str:
        """Return podman's name of its container."""
        return f"{self.name}-{self.spec['containers'][0]['name']}"

    def probe(self, kind: str) -> Document | None:
        """Return that probe of its container, with a number in the place of a port's name."""
        container = self.spec["containers"][0]
        probe: Document | None = copy.deepcopy(container.get(kind))
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        for how in ("httpGet", "tcpSocket"):
            if probe and how in probe:
                probe[how]["port"] = ports[probe[how]["port"]]
        return probe


@dataclass(frozen=True)
class Api:
    """The stand-in for Kubernetes's API: its address, and the folder with what a pod needs to call it."""

    host: str
    port: int
    account: Path


def pods(documents: list[Document]) -> Iterator[Pod]:
    """Yield the pods of all workloads, with as many of each as there are to be."""
    for document in documents:
        if document["kind"] not in ("Deployment", "StatefulSet", "Job"):
            continue
        name, spec = document["metadata"]["name"], document["spec"]
        component = document["metadata"]["labels"]["app.kubernetes.io/component"]
        claims = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
        for number in range(spec.get("replicas", 1)):
            yield Pod(f"{name}-{number}", name, component, spec["template"]["spec"], claims)


def _folder(name: str, path: Path) -> Document:
    return {"name": name, "hostPath": {"path": str(path), "type": "Directory"}}


def _make(folder: Path, group: int) -> None:
    folder.mkdir(parents=True)
    os.chown(folder, 0, group)
    folder.chmod(0o2775)
