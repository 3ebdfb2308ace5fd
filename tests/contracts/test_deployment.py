"""The compose file, the cluster configuration and the manifests say what the code can do."""

import asyncio
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import nats
import pytest
import yaml
from groundstop.bootstrap import bootstrap
from groundstop.catalogue import tools_in
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.identity.connecting import connection_options
from groundstop.log import Log, stream
from groundstop.permissions.folder import KeyFolder
from groundstop.policy import load_policy
from groundstop.settings import Settings
from groundstop.stack_discovery import owned
from groundstop.subjects import STREAM
from groundstop.testing import a_submission, eventually
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port, nats_binary

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
NOT_IN_KUBERNETES = {"gateway"}
"""MCP over HTTP is for hosts so far; an agent's pod runs ``groundstop mcp`` beside itself."""
CLUSTER_CONF = ROOT / "infra" / "nats" / "cluster.conf"
PASSWORD = "0123"


def known_settings(module: str) -> set[str]:
    """The variables that a service reads: the common settings, and its own where it has a settings module."""
    package = module.partition(".")[0]
    classes: list[Any] = [Settings]
    if package != "groundstop" and importlib.util.find_spec(f"{package}.settings"):
        found = vars(importlib.import_module(f"{package}.settings")).values()
        classes += [value for value in found if isinstance(value, type) and issubclass(value, Settings)]
    return {f"GROUNDSTOP_{name.upper()}" for settings in classes for name in settings.model_fields}


def check_command(command: list[str], variables: set[str]) -> None:
    """Assert that a command starts a module that exists, and that its variables mean something to it."""
    assert command[:2] == ["python", "-m"]
    module = command[2]
    found = importlib.util.find_spec(module)
    assert found is not None
    if found.submodule_search_locations is not None:
        importlib.import_module(f"{module}.__main__")
    ours = {name for name in variables if name.startswith("GROUNDSTOP_")}
    assert ours <= known_settings(module), f"{module} knows no {sorted(ours - known_settings(module))}"


@pytest.mark.parametrize("name", OURS)
def test_a_compose_service_runs_a_module_with_settings_that_exist(name: str) -> None:
    service = OURS[name]
    files = [secret["target"] if isinstance(secret, dict) else secret for secret in service["secrets"]]
    check_command(service["command"], set(service["environment"]) | {file.rpartition("/")[2] for file in files})
    mounted = {file if file.startswith("/") else f"/run/secrets/{file}" for file in files}
    told = {value for value in service["environment"].values() if str(value).startswith("/run/secrets/")}
    absent = {place for place in told if not any(file.startswith(place) for file in mounted)}
    asks = "HEALTHCHECK_URL" not in service["environment"] and service.get("healthcheck") != {"disable": True}
    assert absent <= (set() if asks else {"/run/secrets/health_nk"}), f"{name} is told of {sorted(absent)}"


@pytest.mark.parametrize("name", OURS)
def test_an_image_is_built_from_a_member(name: str) -> None:
    build = OURS[name]["build"]
    assert (ROOT / build["dockerfile"]).exists()
    assert (ROOT / "services" / build["args"]["SERVICE"] / "pyproject.toml").exists()


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_container_is_bounded_and_cannot_write_to_its_image(name: str) -> None:
    service = COMPOSE["services"][name]
    limits = service["deploy"]["resources"]["limits"]
    assert limits["cpus"] and limits["memory"]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"].split(":")[0] != "0" or service["restart"] == "no"
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_compose_names_nothing_that_is_not_there() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        sources = {s["source"] if isinstance(s, dict) else s for s in service.get("secrets", [])}
        assert sources <= set(COMPOSE["secrets"])
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("$") or source in COMPOSE["volumes"] or (ROOT / source).exists()


def test_the_image_has_a_health_check_and_waits_for_nobody_dead() -> None:
    """Who is depended upon as healthy has a check of its own, or that of the image."""
    assert "HEALTHCHECK" in (ROOT / "infra" / "Dockerfile").read_text(encoding="utf-8")
    for service in COMPOSE["services"].values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] != "service_healthy" or "healthcheck" in COMPOSE["services"][name]


def draw_secrets(folder: Path) -> dict[str, str]:
    """What infra/compose/secrets.sh leaves, by name, without the folder of keys that it is made from."""
    script = folder / "secrets.sh"
    shutil.copy(ROOT / "infra" / "compose" / "secrets.sh", script)
    here = {"PYTHON": sys.executable, "KEYS_LIST": str(ROOT / "infra" / "keys_list.py")}
    subprocess.run(["sh", str(script)], check=True, capture_output=True, env=os.environ | here)  # noqa: TID251
    return {file.name: file.read_text(encoding="utf-8") for file in (folder / "secrets").iterdir() if file.is_file()}


def test_the_passwords_are_drawn_once(tmp_path: Path) -> None:
    drawn = draw_secrets(tmp_path)
    assert drawn | {"keys_list": ""} == draw_secrets(tmp_path) | {"keys_list": ""}, "signed anew, with the same keys"
    assert set(drawn) == set(COMPOSE["secrets"])
    assert len(drawn["route_password"]) == 48 and drawn["classifier_nk"].strip()
    assert not any("root" in name and "sign" in name for name in drawn), "the root's private key goes nowhere"


def test_the_policy_and_the_catalogue_that_come_along_are_read() -> None:
    folder = ROOT / "infra" / "compose"
    assert load_policy((folder / "policy.yaml").read_text(encoding="utf-8")).name == "production"
    assert tools_in(folder / "tools.yaml") == []


def manifests() -> Iterator[dict[str, Any]]:
    """What ``kubectl apply -k infra`` would send."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here")
    built = subprocess.run([kubectl, "kustomize", str(ROOT / "infra")], check=True, capture_output=True, timeout=60)
    yield from yaml.safe_load_all(built.stdout)


def test_the_manifests_run_the_same_commands() -> None:
    pods = [found["spec"]["template"]["spec"] for found in manifests() if "template" in found.get("spec", {})]
    containers = [c for pod in pods for c in (*pod.get("initContainers", []), *pod["containers"])]
    ours = [c for c in containers if c["image"].startswith("groundstop-") and c["args"][1] == "-m"]
    assert {container["name"] for container in ours} == set(OURS) - NOT_IN_KUBERNETES
    for container in ours:
        check_command(container["args"], {variable["name"] for variable in container["env"]})
    secrets = set(COMPOSE["secrets"])
    for pod in pods:
        for volume in pod.get("volumes", []):
            parts = [volume, *volume.get("projected", {}).get("sources", [])]
            items = [item for part in parts for item in part.get("secret", {}).get("items", [])]
            assert {item["key"] for item in items} <= secrets
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["resources"]["limits"]["memory"]
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_of_what_there_are_several_one_stays_while_nodes_are_emptied() -> None:
    """And they are spread over nodes, so that one lost node does not take all of a service."""
    found = list(manifests())
    several = {one["metadata"]["name"]: one["spec"] for one in found if one.get("spec", {}).get("replicas", 1) > 1}
    budgets = {
        one["spec"]["selector"]["matchLabels"]["app"]: one["spec"]["maxUnavailable"]
        for one in found
        if one["kind"] == "PodDisruptionBudget"
    }
    assert len(several) >= 5 and budgets == dict.fromkeys(several, 1)
    for spec in several.values():
        pod = spec["template"]["spec"]
        assert pod.get("topologySpreadConstraints") or pod["affinity"]["podAntiAffinity"]


def cluster_environments(folder: Path) -> list[dict[str, str]]:
    """What the compose file gives to its three servers, on this machine's loopback interface."""
    clients, routes, monitors = ([free_port() for _ in range(3)] for _ in range(3))
    between = json.dumps([f"nats://route:{PASSWORD}@127.0.0.1:{port}" for port in routes])
    return [
        {
            "NATS_NAME": f"nats-{n + 1}",
            "NATS_CLIENTS": f"127.0.0.1:{clients[n]}",
            "NATS_CLUSTER": f"127.0.0.1:{routes[n]}",
            "NATS_MONITOR": f"127.0.0.1:{monitors[n]}",
            "NATS_ROUTES": between,
            "NATS_STORE": str(folder / str(n)),
            "NATS_PASSWORD": f'"{PASSWORD}"',
        }
        for n in range(3)
    ]


OF_THE_RUNTIME = {"GOMEMLIMIT", "GOGC"}
"""Read by Go itself, not by the configuration."""


def test_the_cluster_configuration_uses_the_variables_that_compose_gives(tmp_path: Path) -> None:
    given = {name for key in ("nats-1", "nats-2", "nats-3") for name in COMPOSE["services"][key]["environment"]}
    used = set(cluster_environments(tmp_path)[0])
    assert given - OF_THE_RUNTIME == used - {"NATS_ROUTES", "NATS_PASSWORD"}  # these two the entry point makes


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Settings]:
    """Three servers with the cluster configuration; yields the settings of the bootstrap."""
    keys = KeyFolder(tmp_path / "keys")
    keys.init(Clock()())
    shutil.copy(CLUSTER_CONF, tmp_path)
    shutil.copy(keys.users_conf, tmp_path / "users.conf")
    environments = cluster_environments(tmp_path)
    servers = [start_server(environment, tmp_path / f"{n}.log") for n, environment in enumerate(environments)]
    addresses = ",".join(f"nats://{environment['NATS_CLIENTS']}" for environment in environments)
    yield Settings(nats_url=addresses, replicas=3).model_copy(update=owned(keys.path, "bootstrap"))
    for server in servers:
        server.kill()
        server.wait()


def start_server(environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as out:
        return subprocess.Popen(
            [nats_binary(), "-c", str(log.parent / CLUSTER_CONF.name)],
            env={**os.environ, **environment},  # noqa: TID251 - a server of this test
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,
        )


async def test_three_servers_with_the_cluster_configuration_keep_every_fact_three_times(cluster: Settings) -> None:
    settings = cluster

    async def declared() -> bool:
        try:
            await asyncio.wait_for(bootstrap(settings), 10)
        except (GroundstopError, OSError, TimeoutError, nats.errors.Error):
            return False
        return True

    await eventually(declared, "the stream", within_s=60)
    assert settings.trust_root is not None
    nc = await nats.connect(
        **connection_options(settings.model_copy(update=owned(settings.trust_root.parent, "classifier")))
    )
    log = Log(nc, Clock())
    await log.start()
    try:
        assert (await log.publish_once(a_submission())).stored
        info = await nc.jetstream().stream_info(STREAM)
        assert info.config.num_replicas == 3 and len(info.cluster.replicas or []) == 2  # type: ignore[union-attr]  # a cluster
        assert (await stream.state(nc))["messages"] == 1
    finally:
        await log.stop()
        await nc.close()


async def test_a_client_without_an_identity_is_turned_away(cluster: Settings) -> None:
    address = cluster.servers[0]

    async def refused() -> bool:
        try:
            await nats.connect(address, allow_reconnect=False, connect_timeout=2, error_cb=_quiet)
        except nats.errors.Error as error:
            return "authorization" in str(error).lower()
        except OSError:
            return False  # not up yet
        raise AssertionError("let in")

    await eventually(refused, "the refusal")


async def _quiet(_: Exception) -> None:
    """What is refused is raised, too."""
