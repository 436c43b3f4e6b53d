"""The Helm chart: what it renders is what Kubernetes takes, and what is committed is what it renders."""

import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from deploy import chart
from deploy.tools import ROOT, tool
from ops.entrypoint import cluster_secrets
from tests.deploy.crd_schemas import FOLDER

VALUES = Path(__file__).parent / "values"
SETS = ["default", *sorted(path.stem for path in VALUES.glob("*.yaml"))]
#: The oldest that the chart installs on, and the newest whose schemas we have.
VERSIONS = ("1.30", "1.37")
#: Secrets that the Job `secrets` takes over.
GIVEN = {"cloudnativepg": ["votingsite-cluster-app", "of-before"], "small": ["database", "redis"]}
WORKLOADS = ("Deployment", "StatefulSet", "Job")

Document = dict[str, Any]


@cache
def rendered(values: str, *arguments: str) -> list[Document]:
    """All that Helm makes with these values."""
    file = () if values == "default" else ("--values", str(VALUES / f"{values}.yaml"))
    return [document for document in yaml.safe_load_all(chart.render(*file, *arguments)) if document]


def refusal(*arguments: str) -> str:
    """The words of Helm about values that it doesn't take."""
    with pytest.raises(subprocess.CalledProcessError) as refused:
        chart.render(*arguments)
    return str(refused.value.stderr)


def named(values: str, kind: str, name: str) -> Document:
    """The document of that kind and name."""
    (found,) = (d for d in rendered(values) if (d["kind"], d["metadata"]["name"]) == (kind, name))
    return found


def pods(values: str) -> dict[str, Document]:
    """The pods of all workloads, by `component`."""
    workloads = [document["spec"]["template"] for document in rendered(values) if document["kind"] in WORKLOADS]
    return {pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod["spec"] for pod in workloads}


def containers(pod: Document) -> list[Document]:
    return [*pod["containers"], *pod.get("initContainers", [])]


def test_helm_finds_nothing_wrong() -> None:
    subprocess.run([tool("helm"), "lint", "--strict", chart.CHART], check=True, capture_output=True)


def test_what_is_made_of_the_chart_is_up_to_date() -> None:
    assert chart.stale(chart.files()) == [], "bin/chart makes them anew"


def test_each_value_is_explained() -> None:
    rows = [line.split(" | ") for line in (chart.CHART / "README.md").read_text().splitlines() if line[:3] == "| `"]
    assert len(rows) > 80
    assert [row for row in rows if row[-1].strip(" |") == ""] == []


@pytest.mark.parametrize("values", SETS)
def test_kubernetes_takes_it(values: str) -> None:
    for document in rendered(values):
        check(json.dumps(document))


@cache
def check(text: str) -> None:
    """Raise if Kubernetes, or the kind's own schema, does not take that document. Most are alike in several sets."""
    document = json.loads(text)
    schema = FOLDER / f"{document['apiVersion'].replace('/', '_')}_{document['kind']}.json"
    if schema.exists():
        jsonschema.validate(document, json.loads(schema.read_text()))
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(document, version, strict=True)


def test_an_unknown_field_is_refused_by_the_schemas() -> None:
    cluster = named("cloudnativepg", "Cluster", "votingsite-cluster")
    wrong = cluster | {"spec": cluster["spec"] | {"instancse": 3}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads((FOLDER / "postgresql.cnpg.io_v1_Cluster.json").read_text()))


@pytest.mark.parametrize("values", SETS)
def test_no_pod_has_more_rights_than_it_needs(values: str) -> None:
    for component, pod in pods(values).items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is (component == "secrets")
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert set(container["resources"]) == {"requests", "limits"}
            assert re.search(r":[\w.-]*\d|@sha256:", container["image"])


@pytest.mark.parametrize("values", SETS)
def test_each_part_reads_its_own_secrets_and_nobody_elses(values: str) -> None:
    prefix = "of-ours" if values == "external" else "votingsite"
    for component, pod in pods(values).items():
        mounted = [volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume]
        if component == "secrets":
            assert mounted == GIVEN.get(values, [])
        elif (component, values) in (("vote", "ingress"), ("result", "ingress")):
            assert mounted == [f"{prefix}-{component}", "mail"]
        else:
            assert mounted == [f"{prefix}-{component}"]


@pytest.mark.parametrize("values", SETS)
def test_each_secret_is_a_file_that_is_mounted(values: str) -> None:
    for pod in pods(values).values():
        for container in containers(pod):
            places = [mount["mountPath"] for mount in container["volumeMounts"]]
            variables = container.get("env", [])
            assert [variable["name"] for variable in variables if "valueFrom" in variable] == []
            files = [variable["value"] for variable in variables if variable["name"].endswith("_FILE")]
            assert [file for file in files if str(Path(file).parent) not in places] == []


def test_the_job_of_secrets_may_touch_these_and_no_others() -> None:
    change, create = named("default", "Role", "votingsite-secrets")["rules"]
    assert change["resourceNames"] == [f"votingsite-{end}" for end in cluster_secrets.FOLDERS]
    assert (change["verbs"], create["verbs"]) == (["get", "patch"], ["create"])
    (job,) = pods("default")["secrets"]["containers"]
    labels = next(variable["value"] for variable in job["env"] if variable["name"] == "SECRETS_LABELS")
    assert json.loads(labels) == {"app.kubernetes.io/name": "votingsite", "app.kubernetes.io/instance": "votingsite"}


@pytest.mark.parametrize("values", SETS)
def test_settings_are_those_that_there_are(values: str) -> None:
    example = (ROOT / ".env.example").read_text()
    known = {line[1:].split("=")[0] for line in example.splitlines() if line[:1] == "#"} | {"SEED"}
    for component in ("vote", "result", "worker", "migrate"):
        for container in containers(pods(values)[component]):
            assert {variable["name"].removesuffix("_FILE") for variable in container["env"]} - known == set()


def test_redis_runs_as_with_compose() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    redis = pods("default")["redis"]["containers"][0]
    assert [*redis["command"], *redis["args"]] == shlex.split(compose["redis"]["command"])
    variables = {v["name"]: v["value"] for v in pods("default")["db"]["containers"][0]["env"]}
    assert variables == compose["db"]["environment"]


def test_the_stores_lie_on_different_nodes_where_there_are() -> None:
    for name in ("redis", "db"):
        (rule,) = pods("default")[name]["affinity"]["podAntiAffinity"][
            "preferredDuringSchedulingIgnoredDuringExecution"
        ]
        (which,) = rule["podAffinityTerm"]["labelSelector"]["matchExpressions"]
        assert rule["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
        assert (which["key"], which["values"]) == ("app.kubernetes.io/component", ["redis", "db"])


def test_liveness_touches_no_store() -> None:
    alive = {name: pod["containers"][0].get("livenessProbe") for name, pod in pods("default").items()}
    assert alive["vote"]["httpGet"]["path"] == alive["result"]["httpGet"]["path"] == "/healthz"
    assert alive["worker"]["exec"]["command"] == ["python", "-m", "ops.entrypoint", "healthy", "worker"]
    ready = {name: pods("default")[name]["containers"][0]["readinessProbe"] for name in ("vote", "result")}
    assert {probe["httpGet"]["path"] for probe in ready.values()} == {"/readyz"}


def test_a_pod_answers_until_nobody_is_sent_to_it() -> None:
    for name in ("vote", "result"):
        pod = pods("default")[name]
        wait = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert wait + 3 < pod["terminationGracePeriodSeconds"]  # uvicorn takes three to finish
        update = named("default", "Deployment", f"votingsite-{name}")["spec"]["strategy"]["rollingUpdate"]
        assert update == {"maxUnavailable": 0, "maxSurge": 1}


def test_redis_promises_what_it_has_to() -> None:
    arguments = pods("default")["redis"]["containers"][0]["args"]
    pairs = dict(zip(arguments[1::2], arguments[2::2], strict=True))
    assert (pairs["--appendonly"], pairs["--appendfsync"]) == ("yes", "always")
    assert pairs["--maxmemory-policy"] == "noeviction"


def test_an_upgrade_migrates_first_and_an_install_has_no_hooks() -> None:
    assert not [d for d in rendered("default") if "annotations" in d["metadata"]]
    jobs = [d for d in rendered("default", "--is-upgrade") if d["kind"] == "Job"]
    weights = {
        job["metadata"]["labels"]["app.kubernetes.io/component"]: job["metadata"]["annotations"]["helm.sh/hook-weight"]
        for job in jobs
        if job["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    }
    assert weights == {"secrets": "-2", "migrate": "-1"}


def test_another_version_is_another_job() -> None:
    def names(*arguments: str) -> set[str]:
        return {d["metadata"]["name"] for d in rendered("default", *arguments) if d["kind"] == "Job"}

    assert names().isdisjoint(names("--set", "image.tag=0.2.0"))


def test_stores_of_others_replace_ours() -> None:
    def ours(values: str) -> list[str]:
        return [d["metadata"]["name"] for d in rendered(values) if d["kind"] == "StatefulSet"]

    assert (ours("external"), ours("cloudnativepg")) == ([], ["votingsite-redis"])
    synchronous = named("cloudnativepg", "Cluster", "votingsite-cluster")["spec"]["postgresql"]["synchronous"]
    assert synchronous == {"method": "any", "number": 1, "dataDurability": "required"}


def test_stores_are_reached_by_our_parts_alone() -> None:
    for store in ("redis", "db"):
        (rule,) = named("default", "NetworkPolicy", f"votingsite-{store}")["spec"]["ingress"]
        (who,) = rule["from"]
        assert who["podSelector"]["matchExpressions"][0]["values"] == ["vote", "result", "worker", "migrate"]
    assert named("default", "NetworkPolicy", "votingsite-nothing")["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_one_host_leads_to_both_services() -> None:
    for rule in named("ingress", "Ingress", "votingsite")["spec"]["rules"]:
        backends = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
        assert backends == {"/ws/": "votingsite-result", "/": "votingsite-vote"}
    routes = named("scaled", "HTTPRoute", "votingsite")["spec"]["rules"]
    backends = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0]["name"] for rule in routes}
    assert backends == {"/ws/": "votingsite-result", "/": "votingsite-vote"}


def test_alerts_keep_their_own_placeholders() -> None:
    rules = named("scaled", "PrometheusRule", "votingsite-alerts")["spec"]
    assert rules == yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())


def test_the_dashboard_is_the_one_that_we_have() -> None:
    dashboard = named("scaled", "ConfigMap", "votingsite-dashboard")["data"]["votingsite.json"]
    assert json.loads(dashboard) == json.loads((ROOT / "deploy/grafana/votingsite.json").read_text())


def test_workers_follow_the_polls_that_wait() -> None:
    (trigger,) = named("scaled", "ScaledObject", "votingsite-worker")["spec"]["triggers"]
    assert trigger["metadata"]["valueLocation"] in (ROOT / "inspection/prometheus.py").read_text().replace(
        '_gauge("', '_gauge("votingsite_'
    )
    hosts = {v["name"]: v.get("value") for v in pods("scaled")["vote"]["containers"][0]["env"]}["ALLOWED_HOSTS"]
    assert trigger["metadata"]["url"].split("/")[2].split(":")[0] in hosts.split(",")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("https=true", "minItems"),
        ("ingress.enabled=true", "minItems"),
        ("settings.SECRET_KEY=x", "SECRET_KEY"),
        ("vote.replicas=many", "want integer"),
        ("redis.replicas=2", "additional properties 'replicas' not allowed"),
        ("image.digest=latest", "does not match pattern"),
    ],
)
def test_values_that_can_not_be_are_refused(wrong: str, why: str) -> None:
    assert why in refusal("--set", wrong)


def test_kustomize_takes_the_manifests(tmp_path: Path) -> None:
    names = [path.name for path in chart.KUBERNETES.glob("*.yaml")]
    for name in names:
        (tmp_path / name).write_text((chart.KUBERNETES / name).read_text())
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump({"namespace": "class", "resources": names}))
    done = subprocess.run([tool("kubectl"), "kustomize", tmp_path], check=True, capture_output=True, text=True)
    built = list(yaml.safe_load_all(done.stdout))
    assert len(built) == len(rendered("default"))
    assert {document["metadata"]["namespace"] for document in built} == {"class"}
