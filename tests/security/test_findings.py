"""Which test holds which of the attacks that once succeeded: every one is there, by name."""

from collections.abc import Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
HELD: Mapping[str, tuple[str, ...]] = {
    "headers write, schedule, remove and expire facts": (
        "security/test_boundary.py::test_a_header_has_no_effect",
        "security/matrix/test_matrix.py::test_a_stolen_key_does_what_its_row_says_and_nothing_more",
        "security/test_signed_facts.py::test_a_judgement_that_the_classifier_did_not_make_is_metered_by_nobody",
    ),
    "a halted agent lifts its own halt": ("unit/kernel/test_two_people.py", "unit/kernel/test_lineage.py"),
    "a proposer is given the secret and answers its own call": (
        "security/test_workers.py::test_a_secret_goes_to_the_listed_worker_and_never_to_the_proposer",
        "security/test_workers.py::test_an_answer_that_no_listed_worker_has_signed_counts_for_nothing",
    ),
    "an approver removes the record": (
        "security/test_boundary.py::test_an_approver_changes_neither_the_record_nor_the_policy",
        "security/matrix/test_commands.py::test_a_command_acts_for_nobody_but_its_caller",
    ),
    "a consumer delivers stored messages to any subject": (
        "security/test_boundary.py::test_nobody_outside_makes_a_consumer",
        "security/test_workers.py::test_a_stored_message_that_the_server_delivers_runs_nothing",
        "security/matrix/test_matrix.py::test_a_stolen_key_does_what_its_row_says_and_nothing_more",
    ),
    "a halt is delayed by batches and floods": (
        "security/test_thief.py::test_a_thief_costs_the_honest_nothing",
        "security/test_beats.py::test_a_halt_waits_for_no_executor_that_somebody_else_names",
    ),
    "one person is two": ("unit/kernel/test_two_people.py",),
    "tenant and agent are taken from the body": (
        "security/test_boundary.py::test_an_approver_of_one_tenant_is_told_nothing_of_another",
        "security/test_boundary.py::test_an_agent_asks_in_no_other_name",
        "security/matrix/test_commands.py::test_a_command_acts_for_nobody_but_its_caller",
    ),
    "a message id takes a claim's place": ("security/test_boundary.py::test_a_message_id_takes_nobody_s_place",),
    "a grant clears what its giver may not approve": (
        "security/test_signed_facts.py::test_a_grant_that_approval_has_not_signed_clears_nothing",
    ),
    "a viewer sees what is another tenant's": ("services/console/test_console_tenants.py",),
    "children inherit secrets and keys": ("security/test_fifty_secrets.py::test_none_of_fifty_secrets_is_anywhere",),
    "links, locks and readers of the store": (
        "services/console/test_console_security.py",
        "adversarial/test_store_readers.py::test_every_table_of_the_system_that_is_not_in_the_list_is_shut",
    ),
    "one forged fact ends a page or a fold": (
        "security/test_fuzz.py::test_nobody_dies_of_what_they_are_told",
        "security/test_signed_facts.py::test_a_case_that_approval_has_not_signed_is_in_no_inbox",
    ),
}
"""What was found, to the files or tests that hold it."""


@pytest.mark.parametrize("found", HELD)
def test_what_was_found_is_held(found: str) -> None:
    for where in HELD[found]:
        file, _, name = where.partition("::")
        source = (TESTS / file).read_text(encoding="utf-8")
        assert f"def {name}(" in source if name else "def test_" in source, f"{where} is not there any more"
