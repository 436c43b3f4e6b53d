"""The pods that bin/test-kubernetes gives to podman: their containers are those of the rendering."""

from pathlib import Path

import pytest
import yaml

from deploy.chart import KUBERNETES
from tests.deploy.pods import Api, Document, Pod, pods

#: What is left out for podman, or said in another way.
_ADAPTED = {"ports", "livenessProbe", "volumeMounts", "env"}


def rendered() -> list[Document]:
    return [d for path in sorted(KUBERNETES.glob("*.yaml")) for d in yaml.safe_load_all(path.read_text()) if d]


def of(component: str) -> Pod:
    return next(pod for pod in pods(rendered()) if pod.component == component)


def test_there_are_as_many_pods_as_there_are_to_be() -> None:
    names = [pod.component for pod in pods(rendered())]
    assert {name: names.count(name) for name in names} == {
        "db": 1, "migrate": 1, "redis": 1, "result": 2, "secrets": 1, "vote": 2, "worker": 2,
    }  # fmt: skip
    assert len({pod.name for pod in pods(rendered())}) == len(names)


@pytest.mark.parametrize("component", ["db", "redis", "migrate", "vote", "result", "worker"])
def test_containers_are_those_of_the_rendering(component: str, tmp_path: Path) -> None:
    pod = of(component)
    given = pod.document(tmp_path)["spec"]
    assert {name: given[name] for name in given if name not in ("containers", "volumes")} == {
        name: pod.spec[name] for name in pod.spec if name not in ("containers", "volumes", "initContainers")
    }
    (container,), (wanted,) = given["containers"], pod.spec["containers"]
    assert {name: container[name] for name in container if name not in _ADAPTED} == {
        name: wanted[name] for name in wanted if name not in _ADAPTED
    }
    assert (container.get("env"), container["volumeMounts"]) == (wanted.get("env"), wanted["volumeMounts"])


def test_podman_keeps_probes_that_are_commands(tmp_path: Path) -> None:
    (worker,) = of("worker").document(tmp_path)["spec"]["containers"]
    assert worker["livenessProbe"]["exec"]["command"] == ["python", "-m", "ops.entrypoint", "healthy", "worker"]
    (vote,) = of("vote").document(tmp_path)["spec"]["containers"]
    assert "livenessProbe" not in vote
    probe = of("vote").probe("readinessProbe")
    assert probe is not None
    assert probe["httpGet"] == {"path": "/readyz", "port": 8080}


def test_volumes_are_folders_of_the_pod(tmp_path: Path) -> None:
    volumes = of("redis").document(tmp_path)["spec"]["volumes"]
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in volumes}
    assert paths == {name: f"{tmp_path}/votingsite-redis-0/{name}" for name in ("secrets", "tmp", "data")}


def test_init_containers_are_a_pod_that_has_to_succeed(tmp_path: Path) -> None:
    before = of("vote").before
    assert before is not None
    spec = before.document(tmp_path)["spec"]
    assert (spec["restartPolicy"], spec["containers"][0]["args"]) == ("OnFailure", ["migrated"])
    assert of("redis").before is None


def test_the_job_with_a_token_finds_the_api(tmp_path: Path) -> None:
    api = Api("10.89.0.1", 6443, tmp_path / "account")
    (container,) = of("secrets").document(tmp_path, api)["spec"]["containers"]
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    assert (variables["KUBERNETES_SERVICE_HOST"], variables["KUBERNETES_SERVICE_PORT"]) == ("10.89.0.1", "6443")
    assert container["volumeMounts"][-1]["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
