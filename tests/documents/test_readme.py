"""The README: short sentences, two screens, and no number that is typed by hand."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_WORDS = 25


def sentences() -> list[str]:
    """The sentences outside code, tables and comments, as they are read aloud."""
    text = re.sub(r"^```.*?^```", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!--.*?-->|!\[.*?\]\(.*?\)", "", text, flags=re.DOTALL)
    text = re.sub(r"^[|#].*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    blocks = re.split(r"\n\n|\n(?=\d\. |- )", text)
    return [part for block in blocks for part in re.split(r"(?<=[.?!:])\s+", " ".join(block.split())) if part]


def test_no_sentence_is_longer_than_it_can_be_read_aloud() -> None:
    assert len(sentences()) > 20
    assert [sentence for sentence in sentences() if len(sentence.split()) > MOST_WORDS] == []


def test_it_fits_two_screens() -> None:
    assert len(TEXT.splitlines()) <= 100


def test_every_number_of_a_finding_is_written_by_the_generator() -> None:
    """Other numbers are versions, and the number of seeds that is the default."""
    rest = re.sub(r"<!-- (\w+): written.*?<!-- end of \1 -->", "", TEXT, flags=re.DOTALL)
    rest = re.sub(r"^```.*?^```|`[^`]*`", "", rest, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r"1/N|3\.11 to 3\.13|trains 20 seeds", "", rest)
    assert re.findall(r"\d+", rest) == []


def test_the_output_that_is_shown_was_seen() -> None:
    (output,) = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert output in (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")


def test_code_of_python_compiles() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        compile(block, "README.md", "exec")
