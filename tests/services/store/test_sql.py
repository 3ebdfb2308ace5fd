"""The little SQL that the store reads by itself, without an engine."""

from __future__ import annotations

import pytest
from groundstop_store.sql import Insert, first_word, split_insert, split_output
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2", Insert("INSERT INTO t", "CSV", b"1,2")),
        (b"insert into t (a, `format`) format Native", Insert("insert into t (a, `format`)", "Native", b"")),
        (b"INSERT INTO t VALUES (1)", Insert("INSERT INTO t", "Values", b" (1)")),
        (
            b"-- FORMAT x\nINSERT /* VALUES */ INTO t FORMAT TSV 1",
            Insert("-- FORMAT x\nINSERT /* VALUES */ INTO t", "TSV", b"1"),
        ),
        (
            b"INSERT INTO t SETTINGS a = 'FORMAT' FORMAT CSV\n\n1",
            Insert("INSERT INTO t SETTINGS a = 'FORMAT'", "CSV", b"\n1"),
        ),
        (b"INSERT INTO t SELECT 1 FORMAT CSV", None),
        (b"INSERT INTO t (a) WITH 1 AS x SELECT x", None),
        (b"SELECT 'INSERT INTO t FORMAT CSV'", None),
        (b"", None),
    ],
)
def test_an_insert_is_split_into_head_format_and_data(statement: bytes, expected: Insert | None) -> None:
    assert split_insert(statement) == expected


@given(st.binary(max_size=300))
def test_binary_data_is_handed_over_untouched(data: bytes) -> None:
    """Data may hold anything, even bytes that look like SQL."""
    split = split_insert(b"INSERT INTO `t` (a) FORMAT Native\n" + data)
    assert split == Insert("INSERT INTO `t` (a)", "Native", data)


@given(st.binary(max_size=300))
def test_no_statement_breaks_the_reader(statement: bytes) -> None:
    split_insert(statement)
    split_output(statement.decode("latin-1"))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1\n FORMAT Native", ("SELECT 1", "Native")),
        ("SELECT 1 format JSON SETTINGS max_threads = 1", ("SELECT 1", "JSON")),
        ("SELECT format('{}', 1)", ("SELECT format('{}', 1)", None)),
        ("SELECT 'FORMAT CSV' -- FORMAT XML", ("SELECT 'FORMAT CSV' -- FORMAT XML", None)),
        ("SELECT * FROM (SELECT 1 AS format) FORMAT TSV;", ("SELECT * FROM (SELECT 1 AS format)", "TSV")),
        ("SELECT $$ FORMAT CSV $$ FORMAT XML", ("SELECT $$ FORMAT CSV $$", "XML")),
    ],
)
def test_the_output_format_is_the_last_one_outside_of_parentheses(sql: str, expected: tuple[str, str | None]) -> None:
    assert split_output(sql) == expected


@pytest.mark.parametrize(("sql", "word"), [("  /* a */ select 1", "SELECT"), ("(select 1)", "SELECT"), ("--x", "")])
def test_the_verb_is_the_first_word_that_is_no_comment(sql: str, word: str) -> None:
    assert first_word(sql) == word
