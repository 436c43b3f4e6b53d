"""The chart's workloads as pods that `podman play kube` 4.3 takes, their containers as they are rendered.

What it doesn't know or has wrong is worked round here, and nothing else is changed:

- it has no StatefulSet and no Job, and pods of a Deployment share volumes: each pod is written out under its own name
- it publishes each `ports` on the machine, twice for two pods: they are left out, and pods found by their own addresses
- an emptyDir is a volume of that name, the same for all pods: its name gets that of the pod
- a Secret without `optional` ends it with a panic: `optional: false`, which is Kubernetes's default
- for `httpGet` and `tcpSocket` it wants curl and nc in the image: tests ask these probes, as a kubelet does, and podman
  keeps those that are commands
- what the API puts into a pod with a token is written out: its address, and a folder with the token
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
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
    claims: tuple[Document, ...] = ()

    def documents(self, api: "Api | None" = None) -> list[Document]:
        """Return what is given to podman."""
        spec = copy.deepcopy(self.spec)
        claims = [_claim(self.name, template) for template in self.claims]
        for template, claim in zip(self.claims, claims, strict=True):
            name = claim["metadata"]["name"]
            spec["volumes"].append({"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": name}})
        for volume in spec["volumes"]:
            if "secret" in volume:
                volume["secret"]["optional"] = False
            if "emptyDir" in volume:
                _rename(spec, volume, f"{self.name}-{volume['name']}")
        for container in _containers(spec):
            container.pop("ports", None)
            if "exec" not in container.get("livenessProbe", {"exec": None}):
                del container["livenessProbe"]
        if api and spec["automountServiceAccountToken"]:
            _give_token(spec, api)
        labels = {"component": self.component}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.name, "labels": labels}, "spec": spec}
        return [*claims, pod]

    @property
    def container(self) -> str:
        """Return podman's name of its container."""
        return f"{self.name}-{self.spec['containers'][0]['name']}"

    def probe(self, kind: str) -> Document | None:
        """Return that probe of its container, with a number in the place of a port's name."""
        container = self.spec["containers"][0]
        probe = copy.deepcopy(container.get(kind))
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
        claims = tuple(spec.get("volumeClaimTemplates", []))
        for number in range(spec.get("replicas", 1)):
            yield Pod(f"{name}-{number}", name, component, spec["template"]["spec"], claims)


def _containers(spec: Document) -> list[Document]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def _claim(pod: str, template: Document) -> Document:
    name = f"{template['metadata']['name']}-{pod}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": template["spec"],
    }


def _rename(spec: Document, volume: Document, name: str) -> None:
    for container in _containers(spec):
        for mount in container["volumeMounts"]:
            if mount["name"] == volume["name"]:
                mount["name"] = name
    volume["name"] = name


def _give_token(spec: Document, api: Api) -> None:
    spec["volumes"].append({"name": "account", "hostPath": {"path": str(api.account), "type": "Directory"}})
    for container in _containers(spec):
        container["volumeMounts"].append({"name": "account", "mountPath": _ACCOUNT, "readOnly": True})
        container["env"] += [
            {"name": "KUBERNETES_SERVICE_HOST", "value": api.host},
            {"name": "KUBERNETES_SERVICE_PORT", "value": str(api.port)},
        ]
