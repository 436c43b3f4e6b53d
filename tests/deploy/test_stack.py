"""deploy/stack.yml for Swarm: by the schema of `docker stack deploy`, and the same system as docker-compose.yml."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.tools import ROOT, packages
from ops.entrypoint import secrets
from tests.deploy import swarm

_REQUIREMENTS = Path(__file__).with_name("compose-schema.txt")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}")
#: Of these Docker makes numbers.
_NUMBERS = ("published",)
#: What is in the schema, and `docker stack deploy` drops, most of it without a word.
_IGNORED = {
    *("build", "cgroup_parent", "container_name", "depends_on", "devices", "domainname", "expose", "external_links"),
    *("ipc", "links", "mac_address", "network_mode", "pid", "privileged", "restart", "security_opt", "shm_size"),
    *("tmpfs", "userns_mode"),
}

Document = dict[str, Any]


def read(file: str) -> Document:
    """That file, with the defaults of its variables in their places."""
    found: Document = filled(yaml.safe_load((ROOT / file).read_text()))
    return found


def filled(node: Any) -> Any:
    """That node with the defaults in the place of variables: after YAML, as Docker does it, so that they are texts."""
    if isinstance(node, dict):
        return {key: int(filled(value)) if key in _NUMBERS else filled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value) for value in node]
    return _VARIABLE.sub(lambda match: match[2] or "", node) if isinstance(node, str) else node


@pytest.fixture(scope="module")
def docker() -> jsonschema.Draft4Validator:
    """The schema of Docker's stacks: 3.8 as Compose brought it, and what 3.9 has beside it."""
    schema = json.loads((packages(_REQUIREMENTS) / "compose/config/config_schema_v3.8.json").read_text())
    limits = schema["definitions"]["deployment"]["properties"]["resources"]["properties"]["limits"]
    limits["properties"]["pids"] = {"type": "integer"}
    return jsonschema.Draft4Validator(schema)


@pytest.fixture(scope="module")
def stack() -> Document:
    return read("deploy/stack.yml")


@pytest.fixture(scope="module")
def compose() -> Document:
    return read("docker-compose.yml")


@pytest.mark.parametrize("file", ["deploy/stack.yml", "deploy/testing/stack.yml"])
def test_docker_takes_it(file: str, docker: jsonschema.Draft4Validator) -> None:
    docker.validate({name: value for name, value in read(file).items() if not name.startswith("x-")})


def test_commands_of_the_documents_are_those_that_are_tried() -> None:
    before, command, after = swarm.commands().partition("docker stack deploy")
    assert command
    assert "docker node update --label-add votingsite.data=true NODE" in before
    assert "$VOTINGSITE_IMAGE secrets" in before
    assert "-c deploy/stack.yml -c deploy/testing/stack.yml votingsite" in after


def test_what_compose_alone_knows_is_refused(stack: Document, docker: jsonschema.Draft4Validator) -> None:
    services = stack["services"] | {"vote": stack["services"]["vote"] | {"mem_limit": "512m"}}
    with pytest.raises(jsonschema.ValidationError):
        docker.validate(stack | {"services": services})


def test_docker_ignores_nothing_in_it(stack: Document) -> None:
    for name, service in stack["services"].items():
        assert service.keys() & _IGNORED == set(), name


def test_a_name_stands_for_all_healthy_tasks(stack: Document) -> None:
    asked = set(stack["services"]) - {"proxy", "migrate"}
    assert {name for name in asked if stack["services"][name]["deploy"].get("endpoint_mode") == "dnsrr"} == asked


def test_parts_are_two_and_come_back_by_themselves(stack: Document) -> None:
    for name in ("vote", "result", "worker"):
        deploy = stack["services"][name]["deploy"]
        assert deploy["replicas"] == 2
        assert (deploy["update_config"]["order"], deploy["update_config"]["failure_action"]) == (
            "start-first",
            "rollback",
        )
        assert deploy["restart_policy"]["condition"] == "any"


def test_stores_have_one_history(stack: Document) -> None:
    for name in ("redis", "db"):
        deploy = stack["services"][name]["deploy"]
        assert (deploy["replicas"], deploy["update_config"]["order"]) == (1, "stop-first")
        assert deploy["placement"]["constraints"] == ["node.labels.votingsite.data == true"]


@pytest.mark.parametrize("name", ["vote", "result", "worker", "migrate", "redis", "db", "proxy"])
def test_services_are_those_of_compose(stack: Document, compose: Document, name: str) -> None:
    ours, theirs = stack["services"][name], compose["services"][name]
    for what in ("command", "image", "networks", "read_only", "cap_drop", "stop_signal"):
        wanted = theirs.get(what)
        if (name, what) == ("proxy", "networks"):
            wanted = ["front"]  # Swarm gives no fixed addresses
        if what == "image" and wanted == "votingsite":
            assert ours[what].startswith("votingsite:")
        else:
            assert ours.get(what) == wanted, what
    if name != "migrate":
        assert ours["healthcheck"]["test"] == theirs["healthcheck"]["test"]


def test_settings_are_those_of_compose(stack: Document, compose: Document) -> None:
    ours, theirs = (set(which["services"]["vote"]["environment"]) for which in (stack, compose))
    # Secrets of Swarm can't be empty, so none are of former keys; mail needs one; both ports are the proxy's.
    missing = {"SECRET_KEY_FALLBACKS_FILE", "EMAIL_URL", "VOTE_PORT", "RESULT_PORT", "SITE_LOGO", "SEED"}
    assert theirs - ours == missing
    assert ours - theirs == {"RES_OPTIONS"}  # as Compose's dns_opt


def test_each_service_gets_its_own_secrets_which_are_made(
    stack: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "secrets",
        *(f"parts/{part}" for part in ("vote", "result", "worker", "migrate", "seed", "redis", "db")),
    ):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    secrets.make(tmp_path)
    files = {name: secret["file"].removeprefix("../swarm/") for name, secret in stack["secrets"].items()}
    for file in files.values():
        assert (tmp_path / file).stat().st_size > 0, file
    for name, service in stack["services"].items():
        for secret in service.get("secrets", []):
            assert files[secret["source"]] == f"parts/{name}/{Path(secret['target']).name}"
            assert secret["mode"] == 0o400


def test_nobody_but_the_proxy_is_reached_from_outside(stack: Document) -> None:
    assert [name for name, service in stack["services"].items() if "ports" in service] == ["proxy"]
    assert stack["networks"]["back-tier"]["internal"] is True
