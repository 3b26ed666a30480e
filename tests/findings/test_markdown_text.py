"""The parts of Markdown that reports are made of."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.markdown_text import (
    Code,
    FrontMatter,
    Heading,
    Prose,
    TableHeader,
    TableRow,
    blocks,
    is_separator,
    links,
    plain_text,
    split_row,
)


def test_a_document_in_its_blocks() -> None:
    front = "---\ntitle: \"A: b\"\ntags: [x, 'y z']\nlist:\n  - one\n  - two\n---\n"
    text = front + "# One #\nprose | bar\n\n| a | b |\n|--|:-:|\n| 1 | 2 |\nend\n"
    assert [block for block in blocks(text.splitlines(keepends=True)) if block != Prose(10, "")] == [
        FrontMatter(1, {"title": ("A: b",), "tags": ("x", "y z"), "list": ("one", "two")}),
        Heading(8, 1, "One"),
        Prose(9, "prose | bar"),
        TableHeader(11, ("a", "b")),
        TableRow(13, ("1", "2")),
        Prose(14, "end"),
    ]


def test_fenced_code_is_told_from_the_rest() -> None:
    found = list(blocks(["```text", "| a | b |", "````", "~~~", "# no heading"]))
    assert found == [
        Code(1, "```text"),
        Code(2, "| a | b |"),
        Code(3, "````"),
        Code(4, "~~~"),
        Code(5, "# no heading"),
        Code(5, "", open=True),
    ]


def test_a_separator_of_another_width_makes_no_table() -> None:
    assert not any(isinstance(block, TableHeader) for block in blocks(["| a | b |", "|---|"]))


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ("a", "b")),
        ("a|b", ("a", "b")),
        ("| a \\| b | c |", ("a | b", "c")),
        ("|  | b |", ("", "b")),
        ("| a | b \\|", ("a", "b |")),
    ],
)
def test_cells_of_a_row(line: str, cells: tuple[str, ...]) -> None:
    assert split_row(line) == cells


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("`a[.]example`", "a[.]example"),
        ("`` a`b ``", "a`b"),
        ("**bold** and *thin*", "bold and thin"),
        ("[words](https://a.example)", "words"),
        ("[evil[.]example](https://a.example/(x))", "evil[.]example"),
        ("snake_case_name * 3", "snake_case_name * 3"),
        ("a \\* b", "a * b"),
        ("`*not bold*` **bold**", "*not bold* bold"),
        ("one ` tick", "one ` tick"),
    ],
)
def test_marks_are_taken_off(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_links_have_words_and_targets() -> None:
    assert links("see [A *b*](TBD) and [c](<https://c.example/d>)") == [("A b", "TBD"), ("c", "https://c.example/d")]


@pytest.mark.parametrize(
    ("line", "answer"), [("| :--- | ---: |", True), ("---", False), ("| - |", True), ("| a |", False)]
)
def test_separators(line: str, answer: bool) -> None:
    assert is_separator(line) is answer


@pytest.mark.parametrize("text", ["[" * 1_000_000, "x`" * 500_000, "**" * 500_000, "[a](" * 250_000, "|" * 1_000_000])
def test_endless_marks_are_taken_as_they_stand(text: str) -> None:
    assert plain_text(text) == text
    assert links(text) == []
    assert list(blocks([text]))
