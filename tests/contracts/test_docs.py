"""What the pages say exists, exists: tests, files, recipes and generated tables. Code blocks: test_code_blocks.py."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from groundstop import doctables

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def named_tests(text: str) -> Iterator[tuple[str, str]]:
    """File and name of every test that a page cites; the name is empty where it cites the file."""
    yield from re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_cites_exists(page: Path) -> None:
    """A guarantee whose test was renamed or removed is a claim."""
    for file, name in named_tests(page.read_text(encoding="utf-8")):
        assert (ROOT / file).exists(), file
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_the_generated_tables_are_the_codes() -> None:
    """Run ``make docs`` when a fact, a state or a durable consumer has changed."""
    for page in ("concepts/architecture.md", "reference/facts.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert "<!-- generated: " in text
        assert doctables.filled(text) == text


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(file.name for file in folder.glob("0*.md"))


def test_a_tool_is_declared_as_the_recipe_says() -> None:
    recipe = next(found for found in fenced(README, "python") if "@tool" in found)
    room: dict[str, object] = {"__name__": "my_tools"}
    exec(compile(recipe, "README.md", "exec"), room)
    declared = room["send"].__groundstop_tool__  # type: ignore[attr-defined]  # the mark of the decorator
    assert (declared.name, declared.risk) == ("mail.send", "risky")


def test_make_has_the_targets_that_the_pages_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
        assert named <= targets, (page.name, named - targets)
