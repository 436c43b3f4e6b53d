"""Texts in pictures: where their lines break, and which way they read."""

import pytest

from core.web.drawn_texts import is_rtl, lines, turns, width


def test_lines_break_between_words() -> None:
    assert lines("one two three four", 10, width("one two", 10), 9) == ["one two", "three", "four"]


def test_the_last_line_says_that_there_is_more() -> None:
    (line,) = lines("one two three four", 10, width("one two three", 10), 1)
    assert line.endswith("…")
    assert width(line, 10) <= width("one two three", 10)


def test_a_word_that_is_too_long_is_broken() -> None:
    found = lines("W" * 50, 10, 100, 9)
    assert "".join(found) == "W" * 50
    assert all(width(line, 10) <= 100 for line in found)


@pytest.mark.parametrize("whole", ["👨\u200d👩\u200d👧", "e\u0301", "✌\ufe0f"])
def test_no_character_is_cut_in_two(whole: str) -> None:
    for room in range(8, 80):
        for line in lines(whole * 6, 10, room, 1):
            kept = line.removesuffix("…")
            assert kept == whole * (len(kept) // len(whole))


@pytest.mark.parametrize("text", ["", " ", "\x00"])
def test_no_text_is_one_empty_line(text: str) -> None:
    assert lines(text, 10, 100, 2) == [""]


def test_the_first_letter_with_a_direction_says_it() -> None:
    assert [is_rtl(text) for text in ("1 אחת", "one אחת", "אחת one", "123", "")] == [True, False, True, False, False]
    assert [turns(text) for text in ("one אחת", "one")] == [True, False]
