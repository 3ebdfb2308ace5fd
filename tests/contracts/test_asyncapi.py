"""docs/reference/asyncapi.yaml is what the code does, and is valid."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from groundstop import asyncapi, subjects
from groundstop.addresses import kinds, placeholders
from groundstop.commands import COMMANDS
from groundstop.events import KINDS

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "reference" / "asyncapi.yaml"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
PARSER = "@asyncapi/parser@3.6.3"
INSTALL_S = 90
PARSE_S = 60
CHECK = """
const { Parser } = require('@asyncapi/parser');
const text = require('fs').readFileSync(process.argv[1], 'utf8');
new Parser().parse(text).then(({ document, diagnostics }) => console.log(JSON.stringify({
  channels: document ? document.channels().all().length : 0,
  errors: diagnostics.filter(d => d.severity === 0).map(d => d.path.join('.') + ': ' + d.message),
})));
"""


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The committed document."""
    found: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
    return found


def references(value: Any) -> Iterator[str]:
    """Every ``$ref`` in a document."""
    if isinstance(value, dict):
        yield from (found for name, found in value.items() if name == "$ref")
        for entry in value.values():
            yield from references(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from references(entry)


def test_the_published_contract_is_current() -> None:
    """Run ``python -m groundstop.asyncapi > docs/reference/asyncapi.yaml`` when a fact or a command has changed."""
    assert PUBLISHED.read_text(encoding="utf-8") == asyncapi.text()


def test_every_reference_leads_somewhere(published: dict[str, Any]) -> None:
    for reference in set(references(published)):
        place: Any = published
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_every_kind_is_in_the_contract_under_its_own_address(published: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in published["channels"].values()}
    assert {kind.address for kind in kinds()} <= addresses
    assert len(addresses) == len(published["channels"])


def test_subjects_and_models_agree_on_the_details() -> None:
    """``subjects.DETAILS`` says how many tokens follow the intent, the models which. None may be in one alone."""
    per_intent = {
        kind.name: len(kind.address.split(".")) - len(kind.name.split(".")) - 4
        for kind in kinds()
        if "{intent}" in kind.address
    }
    assert per_intent == dict(subjects.DETAILS)


def test_every_parameter_is_a_field_of_the_fact() -> None:
    """Whoever reads the body knows the subject. Some are further inside, such as the route of a judgement."""
    for kind in kinds():
        schema = json.dumps(kind.model.model_json_schema())
        assert all(f'"{name}"' in schema for name in placeholders(kind.address)), kind.name


def test_the_commands_are_those_of_the_manual() -> None:
    manual = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    headings = "\n".join(line for line in manual.splitlines() if line.startswith(("### `", "* `")))
    families = "|".join({verb.partition(".")[0] for verb in COMMANDS})
    told = set(re.findall(rf"`((?:{families})\.\w+)`", headings))
    assert told == set(COMMANDS)


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_golden_fact_fits_its_published_schema(file: Path, published: dict[str, Any]) -> None:
    """Who reads the schema in another language can read every fact that was ever written."""
    name = KINDS[file.name.rpartition(".v")[0]].__name__
    schema = {"$ref": f"#/components/schemas/{name}", "components": published["components"]}
    body = json.loads(file.read_text(encoding="utf-8"))["body"]
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(body)] == []


def test_the_official_parser_accepts_it(pytestconfig: pytest.Config) -> None:
    """Needs Node; the parser is installed once, into pytest's cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no Node here; the structure was checked by the other tests")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("asyncapi-parser")
    if not (folder / "node_modules" / "@asyncapi" / "parser").exists():
        install = [npm, "install", "--silent", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", PARSER]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
        except (subprocess.SubprocessError, OSError):
            pytest.skip("the parser could not be installed; the structure was checked by the other tests")
    run = subprocess.run(
        [node, "-e", CHECK, str(PUBLISHED)], cwd=folder, check=True, capture_output=True, timeout=PARSE_S
    )
    answer = json.loads(run.stdout)
    assert answer["errors"] == []
    assert answer["channels"] == len(asyncapi.document()["channels"])
