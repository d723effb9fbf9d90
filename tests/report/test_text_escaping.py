from __future__ import annotations

import pytest

from ablate.report import text_escaping

HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize("char", list("\\{}$&#%_^~<>|[]"))
def test_no_active_character_reaches_latex_bare(char: str) -> None:
    text = text_escaping.latex(f"a{char}b")
    assert text not in (f"a{char}b",)
    assert text.startswith("a")
    assert text.endswith("b")


def test_latex_commands_become_text() -> None:
    assert text_escaping.latex(r"\input{/etc/passwd}") == r"\textbackslash{}input\{/etc/passwd\}"
    assert text_escaping.latex("naïve 漢") == "naïve ?"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "%0A"])
def test_formulas_are_defused(text: str) -> None:
    assert str(text_escaping.csv_cell(text)).startswith("'")


@pytest.mark.parametrize("value", ["-0.5", "+3", "1e-3", "fused", "", -0.5, 3])
def test_numbers_and_words_stay(value: object) -> None:
    assert text_escaping.csv_cell(value) == value


def test_terminal_sequences_and_hidden_text_are_removed() -> None:
    assert text_escaping.plain("a\x1b[2Jb\u202ec\u200bd\x9b") == "a [2Jb c d"


def test_markdown_cannot_leave_its_cell() -> None:
    text = text_escaping.markdown(f"a|b\n{HOSTILE} `x` ![i](http://e)")
    assert "\n" not in text
    assert "<" not in text.replace(r"\<", "")
    assert "|" not in text.replace(r"\|", "")
    assert r"!\[" in text or r"\!\[" in text


def test_latex_has_the_characters_of_latin_1_alone() -> None:
    assert text_escaping.latex("\xffz\u0100\u0151") == "\xffz??"


def test_a_file_name_has_letters_digits_and_two_marks_and_at_most_80_characters() -> None:
    assert text_escaping.file_name("a_b-c9", "d e", "\xe9\xb2%") == "a_b-c9-d-e----"
    assert text_escaping.file_name("x" * 79, "yz") == "x" * 79 + "-"
