"""Every sentence of the product, read for words that mustn't come back; and the tool that collects them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import words

#: What reads as translated, or names a thing by another word than everywhere else.
FORBIDDEN = {
    r"called (a )?buyers?": "likely to buy",
    r"predicted buyers?": "likely buyers, or expected buyers",
    r"(doesn't|does not|don't) tell": "missing from the file",
    r"\btells\b": "shows, has, or missing from the file",
    r"not told|\bwhere told\b|is told\b|are told\b": "known, missing from the file",
    r"\bbrings?\b|\bbrought\b": "upload, is worth, leads to",
    r"\bwhom\b": "who",
    r"of those (chosen|called)": "likely buyers",
    r"say who you are": "Enter your name",
    r"threshold": "cut-off",
    r"(?<!/)\bdatasets?\b": "export",
    r"to be had|to be expected": "expected",
    r"there is no such": "… not found",
    r"really (bought|buy|spent)": "actually bought",
    r"stop it\b": "Cancel",
    r"\bin all(?=[;.,)]|$)": "in total",
    r"the more,? the (higher|lower)": "higher values raise it",
    r"one (row|line|rule|object) a (session|event|line)": "one row per session",
    r"nobody knows": "unknown",
    r"trained anew|made anew|drawn anew": "retrained, again",
    r"set by hand": "set manually",
    r"the model looks at": "inputs",
    r"predictions are as they are": "what drives these predictions",
    r"\bgoes on by itself|continues by itself": "continues automatically",
    r"put together": "merged, combined, grouped",
    r"laid aside|written down": "saved",
    r"to be relied on": "don't rely on",
}
#: Where a word is another thing: what people type on the command line or into the environment, and names of
#: columns and formats.
LEFT = re.compile(r"--|PREDICTOR_|http|^#|\bmodels? dataset")
SKIPPED = ("core/ingest/cells/", "core/ingest/recognition/foreign_names.py")


@pytest.fixture(scope="module")
def said() -> list[words.Said]:
    return [each for each in words.all_said() if not each.path.startswith(SKIPPED)]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_a_word_that_reads_as_translated_stays_away(said: list[words.Said], pattern: str) -> None:
    found = [
        f"{each.path}:{each.line}: {each.text}"
        for each in said
        if re.search(pattern, re.sub(r"\{[^}]*\}", "{}", each.text), re.IGNORECASE)
        and not LEFT.search(each.text)
    ]
    assert not found, f"say “{FORBIDDEN[pattern]}”:\n" + "\n".join(found)


def test_every_kind_of_sentence_is_collected(said: list[words.Said]) -> None:
    texts = {each.text for each in said}
    for text in (
        "Expected buyers",  # a component
        "The file is empty.",  # an error
        "Times have no time zone; they are read as UTC.",  # an assumption
        "This file type isn't supported.",  # a script
        "This file contains no sessions or visitors, only totals, averages and, on the map, anonymous dots.",
    ):
        assert text in texts, text
    assert len(said) > 2000


def test_what_nobody_reads_is_left_out(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""A docstring is read by developers."""\n'
        'log.info("nobody sees this line")\n'
        'QUERY = "SELECT a FROM b"\n'
        'html.Div(f"Only {n} sessions " + "are shown.", className="text-body small", title="Sessions")\n',
        encoding="utf-8",
    )
    assert [text for _line, text in words.python_strings(module)] == [
        "Only {n} sessions are shown.",
        "Sessions",
    ]
