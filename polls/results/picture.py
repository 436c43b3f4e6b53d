"""The result of a poll as a picture, as SVG: for pages and documents that run no script.

It is drawn from what anybody may see. Pure functions, but for the language that is active.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import get_language, gettext, ngettext

from core.web import drawn_texts, texts
from polls.box.definition import Definition
from polls.models import State
from polls.results import chart, estimates, flow, ratings, snapshots
from polls.results.snapshots import Seen

#: All lengths are in pixels.
WIDTH: Final = 640
EDGE: Final = 24
_INNER: Final = WIDTH - 2 * EDGE
#: Sizes of letters, and the lines of a text at most.
_QUESTION, _TEXT, _NOTE = 24, 16, 14
_QUESTION_LINES, _SENTENCE_LINES = 3, 2
#: Room for the numbers at the end of a row, and for the letter at its beginning.
_NUMBERS, _LETTER = 130, 26
_ROW, _BAR = 52, 16
_HISTOGRAM, _PLOT = 112, 64
#: Rows at most: what is left out is counted in words.
MOST_ROWS: Final = 20


@dataclass(frozen=True)
class Text:
    """A line of text. `at_end`: it ends at `x`, in its reading direction."""

    x: int
    y: int
    text: str
    kind: str
    is_rtl: bool = False
    at_end: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar of a row, in its track."""

    y: int
    length: str
    palette: int


@dataclass(frozen=True)
class Plot:
    """Bars over numbers. Lengths within it are in per cent."""

    y: int
    palette: int
    bars: Sequence[Any]
    needle: str


class _Sheet:
    """The picture while it is drawn, from top to bottom."""

    def __init__(self) -> None:
        self.y = EDGE
        self.texts: list[Text] = []
        self.bars: list[Bar] = []
        self.plots: list[Plot] = []

    def write(self, text: str, kind: str, size: int, most: int, *, is_rtl: bool = False) -> None:
        """Write a text in so many lines at most; one that reads from the right stands there."""
        for line in drawn_texts.lines(text, size, _INNER, most):
            self.y += round(size * 1.25)
            x, baseline = (WIDTH - EDGE if is_rtl else EDGE), self.y - round(size * 0.3)
            self.texts.append(Text(x, baseline, line, kind, is_rtl))

    def beside(self, text: str, numbers: str, kind: str, x: int = EDGE) -> None:
        """Write a label on the present line, and numbers at its end."""
        is_rtl = drawn_texts.is_rtl(text)
        (label,) = drawn_texts.lines(text, _TEXT, WIDTH - EDGE - _NUMBERS - x, 1)
        # The end of a text that is read from the right is its left.
        self.texts.append(Text(x, self.y + _TEXT, label, kind, is_rtl, at_end=is_rtl))
        self.texts.append(Text(WIDTH - EDGE, self.y + _TEXT, numbers, kind, at_end=True))


def svg(poll: Definition, snapshot: Seen | None) -> str:
    """Return the picture of what anybody sees; without a snapshot, and where votes are hidden, of the question."""
    is_hidden = snapshot is None or snapshots.hides(snapshot)
    drawn = chart.of(poll, snapshot)
    sentence = _hidden(poll, snapshot) if is_hidden else unescape(strip_tags(drawn.sentence))
    sheet = _Sheet()
    sheet.write(poll.question, "question", _QUESTION, _QUESTION_LINES, is_rtl=drawn_texts.is_rtl(poll.question))
    sheet.y += 4
    sheet.write(sentence, "sentence", _TEXT, _SENTENCE_LINES)
    sheet.y += 16
    words = []
    if snapshot is not None and not is_hidden:
        words = list(_draw(sheet, poll, snapshot, drawn))
        _foot(sheet, snapshot)
    context = {
        "language": get_language(),
        "title": drawn_texts.clean(poll.question),
        "description": drawn_texts.clean(" ".join([sentence, *words])),
        "width": WIDTH,
        "height": sheet.y + EDGE // 2,
        "edge": EDGE,
        "inner": _INNER,
        "bar_height": _BAR,
        "plot_height": _PLOT,
        "base": _PLOT - 2,
        "sheet": sheet,
    }
    return render_to_string("polls/results.svg", context)


def _hidden(poll: Definition, snapshot: Seen | None) -> str:
    if snapshot is None:
        return str(chart.SENTENCES["unread"])
    if poll.result_rule == "staff":
        return str(chart.SENTENCES["staff"])
    return gettext("The result is not shown yet.")


def _draw(sheet: _Sheet, poll: Definition, snapshot: Seen, drawn: chart.Chart) -> Iterator[str]:
    """Draw the result, and yield it in words."""
    if "statements" in snapshot:
        yield from _ratings(sheet, poll, snapshot)
    elif "bars" in snapshot.get("result", {}):
        yield from _estimates(sheet, snapshot)
    elif poll.kind.is_ranked:
        yield from _rows(sheet, poll, drawn)
        for number, line in enumerate(flow.lines(snapshot), 1):
            said = f"{gettext('Round %(number)s') % {'number': number}}: {line}"
            sheet.write(said, "note", _NOTE, 2)
            yield said


def _rows(sheet: _Sheet, poll: Definition, drawn: chart.Chart) -> Iterator[str]:
    has_letters = not poll.kind.takes_entries
    for row in drawn.rows[:MOST_ROWS]:
        numbers = "\N{EN SPACE}".join(
            [*([] if row.percent is None else [texts.percent(row.percent)]), texts.spaced(row.votes or 0)]
        )
        kind = "leads" if row.stands_out else "label"
        if has_letters:
            sheet.texts.append(Text(EDGE, sheet.y + _TEXT, row.choice.letter, "letter"))
        sheet.beside(row.choice.text, numbers, kind, EDGE + (_LETTER if has_letters else 0))
        palette = row.choice.palette if has_letters else 0
        sheet.bars.append(Bar(sheet.y + _TEXT + 8, row.bar, palette))
        sheet.y += _ROW
        yield f"{texts.isolated(row.choice.text)}: {numbers}."
    left_out = len(drawn.rows) - MOST_ROWS
    if left_out > 0:
        said = ngettext("and %(count)s more", "and %(count)s more", left_out)
        sheet.write(said % {"count": texts.spaced(left_out)}, "note", _NOTE, 1)


def _ratings(sheet: _Sheet, poll: Definition, snapshot: Seen) -> Iterator[str]:
    found = ratings.of(poll, snapshot)
    for rating in found[:MOST_ROWS]:
        mean, ends = ratings.mean(rating.mean), [rating.bars[place].choice.text for place in (0, -1)]
        sheet.beside(rating.text, mean, "label")
        _plot(sheet, rating.palette, rating.bars, rating.needle, *ends)
        yield f"{texts.isolated(rating.text)}: {mean}."


def _estimates(sheet: _Sheet, snapshot: Seen) -> Iterator[str]:
    found = estimates.of(snapshot)
    _plot(sheet, 0, found.bars, found.needle, found.least, found.most)
    yield from (f"{bar.label}: {texts.spaced(bar.votes)}." for bar in found.bars)


def _plot(sheet: _Sheet, palette: int, bars: Sequence[Any], needle: str, least: str, most: str) -> None:
    top = sheet.y + _TEXT + 8
    sheet.plots.append(Plot(top, palette, bars, needle))
    under = top + _PLOT + _NOTE + 2
    sheet.texts.append(Text(EDGE, under, least, "note"))
    sheet.texts.append(Text(WIDTH - EDGE, under, most, "note", at_end=True))
    sheet.y += _HISTOGRAM + 8


def _foot(sheet: _Sheet, snapshot: Seen) -> None:
    voters = snapshot["voters"]
    state = gettext("final") if snapshot["poll"]["state"] == State.FINAL else ""
    said = chart.voters_in_words(voters)
    sheet.y += 2
    sheet.write(", ".join(filter(None, [said, state])), "note", _NOTE, 1)
