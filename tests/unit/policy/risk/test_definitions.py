"""What a definition alone says: name, description, parameters, declaration and hints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from groundstop.risk import assess_tool, prepare
from groundstop.risk.names import tokens_of
from groundstop.vocabulary import Risk

UNSEEN = Path(__file__).parent / "unseen_tools.txt"


def a_tool(name: str, description: str = "", *parameters: str, **rest: Any) -> dict[str, Any]:
    properties = {parameter: {"type": "string"} for parameter in parameters}
    return {
        "name": name,
        "description": description,
        "inputSchema": {"type": "object", "properties": properties},
        **rest,
    }


def unseen() -> list[tuple[str, dict[str, Any]]]:
    """Tools of well-known servers, described in our own words: server, label, name, parameters, description."""
    found = []
    for line in UNSEEN.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        _, label, name, parameters, description = line.split("|", 4)
        properties: dict[str, Any] = {}
        for parameter in filter(None, parameters.split(",")):
            key, _, choices = parameter.partition(":")
            properties[key] = {"type": "string", **({"enum": choices.split("/")} if choices else {})}
        found.append((label, {"name": name, "description": description, "inputSchema": {"properties": properties}}))
    return found


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("getUserByID", ("get", "user", "by", "id")),
        ("delete_user", ("delete", "user")),
        ("github.issues/create-comment", ("github", "issues", "create", "comment")),
        ("HTMLToPDF", ("html", "to", "pdf")),
        ("S3PutObject2", ("s", "3", "put", "object", "2")),
        ("", ()),
    ],
)
def test_names_of_every_style_are_split_into_words(name: str, tokens: tuple[str, ...]) -> None:
    assert tokens_of(name) == tokens


@pytest.mark.parametrize(
    ("tool", "risk"),
    [
        (a_tool("get_user", "Get a user."), Risk.SAFE),
        (a_tool("user-info", "Information about the current user."), Risk.SAFE),
        (a_tool("directory_tree", "Get a tree of files."), Risk.SAFE),
        (a_tool("get_update_status", "Get the status of an update."), Risk.SAFE),
        (a_tool("list_deleted_items", "List deleted items."), Risk.SAFE),
        (a_tool("resolve_library_id", "Resolves a library name to an id."), Risk.SAFE),
        (a_tool("resolve_incident", "Resolve an incident."), Risk.RISKY),
        (a_tool("return_order_items", "Return items of an order."), Risk.RISKY),
        (a_tool("dashboard-create", "Create a dashboard."), Risk.RISKY),
        (a_tool("send_email", "Send an email.", "to", "body"), Risk.RISKY),
        (a_tool("transfer_funds", "Transfer money.", "amount"), Risk.DANGEROUS),
        (a_tool("transfer_to_human", "Transfer the user to a human agent."), Risk.RISKY),
        (a_tool("delete_user", "Delete a user."), Risk.DANGEROUS),
        (a_tool("deleteuser"), Risk.DANGEROUS),
        (a_tool("execute_code", "Run Python.", "code"), Risk.DANGEROUS),
        (a_tool("do_it", "Helps.", "command"), Risk.DANGEROUS),
        (a_tool("frobnicate"), Risk.DANGEROUS),
        (a_tool("update_page", "Update a page. This cannot be undone."), Risk.DANGEROUS),
        (a_tool("update_page", "Update a page. This is not destructive."), Risk.RISKY),
        (a_tool("get_page", "Get a page. It also deletes the draft."), Risk.DANGEROUS),
        (a_tool("tabs", "List, create, close or select a tab."), Risk.RISKY),
        (a_tool("enable_backups", "Enables backups."), Risk.RISKY),
        (a_tool("reply_to_thread", "Reply to a thread."), Risk.RISKY),
        (a_tool("export_report", "Export a report.", "query"), Risk.SAFE),
    ],
)
def test_a_definition_is_judged_by_its_words(tool: dict[str, Any], risk: Risk) -> None:
    assert assess_tool(tool).risk is risk


def test_a_read_that_can_save_a_file_is_a_write() -> None:
    tool = a_tool("take_snapshot", "Take a snapshot of the page.")
    tool["inputSchema"]["properties"]["out"] = {"type": "string", "description": "Save the snapshot to this file."}
    assert assess_tool(tool).risk is Risk.RISKY


def test_a_guess_at_reading_gives_way_to_a_telling_change() -> None:
    """Most writes called safe on first looks rested on a verb that only works something out."""
    assert assess_tool(a_tool("analyze_board", "Analyze a board.", "id")).risk is Risk.SAFE
    assert assess_tool(a_tool("analyze_board", "Analyze a board. Submits what it finds.", "id")).risk is not Risk.SAFE
    assert assess_tool(a_tool("export_board", "Export a board.", "id")).risk is Risk.SAFE
    assert assess_tool(a_tool("export_board", "Export a board.", "id", "outputDir")).risk is Risk.RISKY
    assert assess_tool(a_tool("convert_text", "Convert text.", "text")).risk is Risk.SAFE
    assert assess_tool(a_tool("convert_lead", "Convert a lead.", "id")).risk is Risk.RISKY


def test_actions_that_only_the_description_lists_are_read() -> None:
    described = "Look after queues. Actions: list, get, clear"
    assert assess_tool(a_tool("troubleshoot_queue", described, "action")).risk is Risk.DANGEROUS
    assert assess_tool(a_tool("troubleshoot_queue", "Actions: list, get", "action")).risk.rank <= Risk.RISKY.rank


@pytest.mark.parametrize(
    ("description", "risk"), [("获取股票价格", Risk.SAFE), ("删除用户", Risk.DANGEROUS), ("查询并更新订单", Risk.RISKY)]
)
def test_a_chinese_description_is_read(description: str, risk: Risk) -> None:
    assert assess_tool(a_tool("stock_prices", description, "symbol")).risk is risk


def test_a_multi_action_tool_is_judged_by_its_worst_action() -> None:
    tool = a_tool("labels", "Work with labels.")
    tool["inputSchema"]["properties"]["method"] = {"enum": ["list", "get", "delete"]}
    assert assess_tool(tool).risk is Risk.DANGEROUS


@pytest.mark.parametrize("hint", [{"readOnlyHint": True}, {"destructiveHint": False, "readOnlyHint": True}, {}, None])
def test_a_reassuring_hint_lowers_nothing(hint: Any) -> None:
    assert assess_tool(a_tool("delete_user", "Delete a user.", annotations=hint)).risk is Risk.DANGEROUS


@pytest.mark.parametrize("read_only", [True, False, None, "yes"])
@pytest.mark.parametrize("destructive", [True, False, None])
def test_no_hint_lowers_any_tool(read_only: Any, destructive: Any) -> None:
    hints = {"readOnlyHint": read_only, "destructiveHint": destructive, "title": "Get it", "idempotentHint": True}
    for _, tool in unseen():
        assert assess_tool({**tool, "annotations": hints}).risk.rank >= assess_tool(tool).risk.rank


def test_an_accent_is_not_a_disguise() -> None:
    assert assess_tool(a_tool("get_café", "Get a café.")).risk is Risk.SAFE


def test_an_alarming_hint_raises() -> None:
    assert assess_tool(a_tool("get_user", "Get a user.", annotations={"readOnlyHint": False})).risk is Risk.RISKY
    assert assess_tool(a_tool("get_user", "Get a user.", annotations={"destructiveHint": True})).risk is Risk.DANGEROUS


def test_a_declaration_settles_what_words_cannot() -> None:
    assert assess_tool(a_tool("frobnicate", declared_risk="safe")).risk is Risk.SAFE
    assert assess_tool(a_tool("delete_draft", "Delete a draft.", declared_risk="risky")).risk is Risk.RISKY
    assert assess_tool(a_tool("get_user", "Get a user.", declared_risk="dangerous")).risk is Risk.DANGEROUS


def test_a_declaration_cannot_make_a_plain_change_safe() -> None:
    assert assess_tool(a_tool("delete_user", "Delete a user.", declared_risk="safe")).risk is Risk.RISKY
    assert assess_tool(a_tool("delete_all_users", "Delete.", declared_risk="safe")).risk is Risk.DANGEROUS


def test_every_assessment_says_why_the_decisive_reason_first() -> None:
    assessment = assess_tool(a_tool("get_and_delete", "Get a record."))
    assert assessment.evidence[0].says is assessment.risk
    assert "delete" in assessment.sentence


def test_a_prepared_tool_says_the_same_as_a_fresh_one() -> None:
    for _, tool in unseen():
        assert prepare(tool).assess({}) == assess_tool(tool, {})


def test_remembered_tools_are_told_apart_as_before() -> None:
    """The names are remembered, so this measures no judgement and counts in no score: it guards against going back."""
    answers = [(label, assess_tool(tool).risk) for label, tool in unseen()]
    writes = [risk for label, risk in answers if label == "w"]
    reads = [risk for label, risk in answers if label == "r"]
    assert len(answers) > 400
    assert sum(risk is Risk.SAFE for risk in writes) <= 0.01 * len(writes)
    assert sum(risk is not Risk.SAFE for risk in reads) <= 0.05 * len(reads)
