"""Checks of pods before anything is broken: the chart promises each of them."""

from pathlib import Path

from tests.deploy.cluster import PARTS, STORES, Cluster
from tests.deploy.containers import Failed

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_MEGA = 1024 * 1024


def probes_succeed(system: Cluster) -> str:
    """All three of each pod, asked from outside as a kubelet does: by the pod's own address."""
    count = 0
    for pod in system.of(*STORES, *PARTS):
        for kind in _PROBES:
            assert system.answers(pod, kind), f"{pod.name}: {kind}"
            count += 1
    return f"{count} probes of {len(system.of(*STORES, *PARTS))} pods succeed"


def probes_fail_when_they_should(system: Cluster) -> str:
    """A pod whose process is frozen answers none."""
    for component in ("vote", "worker", "redis"):
        pod = system.of(component)[0]
        system.podman("pause", pod.container)
        try:
            assert not system.answers(pod, "readinessProbe"), pod.name
        finally:
            system.podman("unpause", pod.container)
    system.wait_ready(60)
    return "a frozen vote, worker or redis container fails its readiness probe"


def podman_checks_workers(system: Cluster) -> str:
    """Their liveness probe is podman's health check."""
    for pod in system.of("worker"):
        check = " ".join(system.inspect(pod)["Config"]["Healthcheck"]["Test"])
        wanted = " ".join(pod.spec["containers"][0]["livenessProbe"]["exec"]["command"])
        assert wanted in check, f"{pod.name}: {check}"
        system.podman("healthcheck", "run", pod.container)
    return "podman has the liveness probe of both workers as its own health check, which succeeds"


def containers_can_do_little(system: Cluster) -> str:
    """Rights by the kernel, limits by podman."""
    for pod in system.of(*STORES, *PARTS):
        found = system.inspect(pod)
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{found['State']['Pid']}/status").read_text().splitlines()
        )
        rights = {name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapInh")}
        assert set(rights.values()) == {0}, f"{pod.name}: {rights}"
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), pod.name
        wanted = str(pod.spec["securityContext"]["runAsUser"])
        assert set(status["Uid"].split()) == {wanted}, f"{pod.name}: {status['Uid']}"
        limits = pod.spec["containers"][0]["resources"]["limits"]
        assert found["HostConfig"]["Memory"] == int(limits["memory"].removesuffix("Mi")) * _MEGA, pod.name
        assert found["HostConfig"]["ReadonlyRootfs"], pod.name
        try:
            system.podman("exec", pod.container, "touch", "/x")
        except Failed:
            continue
        raise AssertionError(f"{pod.name} could write into its root file system")
    return (
        "no capability, no new privileges, seccomp, the user and the memory that the chart says, no file can be written"
    )


def a_backup_is_put_back(system: Cluster) -> str:
    """The commands of docs/operations.md, with `podman exec` in the place of `kubectl exec`."""
    (redis,), (db,), carry = system.of("redis"), system.of("db"), system.podman.carry
    before = _ballots(system)
    assert before > 0
    # tar warns of a file that has grown, which does no harm.
    files = carry("exec", redis.container, "sh", "-c", "tar -C /data -c appendonlydir || [ $? = 1 ]")
    dump = carry("exec", db.container, "pg_dump", "-U", "votingsite", "-Fc", "votingsite")
    system.remove(*system.of(*PARTS))
    with system.postgres() as postgres:
        postgres.execute("DELETE FROM polls_ballot")

    unpack = "rm -rf /data/appendonlydir && tar -C /data -x"
    carry("exec", "--interactive", redis.container, "sh", "-c", unpack, given=files)
    system.remove(redis)
    system.start_stores()
    restore = ("pg_restore", "-U", "votingsite", "-d", "votingsite", "--clean", "--if-exists", "--no-privileges")
    carry("exec", "--interactive", db.container, *restore, "--single-transaction", given=dump)
    system.migrate()
    system.start()
    assert _ballots(system) == before
    return f"a backup is put back by the commands of docs/operations.md: {before:,} ballots"


def _ballots(system: Cluster) -> int:
    with system.postgres() as postgres:
        row = postgres.execute("SELECT count(*) FROM polls_ballot").fetchone()
    assert row
    return int(row[0])


LOOKS_AFTERWARDS = [a_backup_is_put_back]
LOOKS = [probes_succeed, probes_fail_when_they_should, podman_checks_workers, containers_can_do_little]
