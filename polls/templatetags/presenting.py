"""Sizes on the presenter page, whose one window has to fit any number of choices of any length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from core.web import texts
from polls.box.definition import Definition
from polls.models import State
from polls.results.chart import Chart, Row, drawn_votes, in_order
from polls.results.ratings import Rating
from polls.results.snapshots import Seen
from polls.templatetags.pages import poster

register = template.Library()

#: The most choices in one column; more are set in two.
IN_ONE_COLUMN: Final = 10
#: The same of statements, whose pictures are taller than a bar.
RATINGS_IN_ONE_COLUMN: Final = 4
#: Places on the board. With more choices the last place gives the number left out: smaller rows can't be read from the
#: back of a room. On the smallest projector (1024 x 768) this is ten rows of 24 pixels and their bars.
PLACES: Final = 20
#: Places for entries of an open list, whose texts are longer than those of choices.
ENTRIES_ON_BOARD: Final = 8
#: Most letters and class, for questions, for the longest choice, and for the host of the address.
QUESTIONS: Final = ((64, "asks-1"), (120, "asks-2"), (200, "asks-3"))
LABELS: Final = ((16, "labels-0"), (36, "labels-1"), (90, "labels-2"))
HOSTS: Final = ((13, "at-1"), (18, "at-2"), (26, "at-3"))
CODES: Final = ((4, "code-1"), (5, "code-2"))
#: Letters that count one and a half times.
WIDE: Final = "mw"


@dataclass(frozen=True)
class Rest:
    """The choices without a place on the board. `together` has a {percent}; it is empty if shares overlap."""

    ids: frozenset[int]
    shown: int
    alone: str
    together: str
    text: str


@register.simple_tag
def rest(poll: Definition, chart: Chart) -> Rest | None:
    """Return the choices without a place: all but the leading ones; None if all have one."""
    if len(chart.rows) <= PLACES:
        return None
    shown = PLACES - 1
    left_out = sorted(chart.rows, key=lambda row: -(row.votes or 0))[shown:]
    count = len(left_out)
    alone = ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count}
    together = "" if poll.kind.shares_overlap else gettext("{rest}, {percent}% together").replace("{rest}", alone)
    is_told = together and chart.voters and not chart.hidden
    text = together.format(percent=sum(row.percent or 0 for row in left_out)) if is_told else alone
    return Rest(frozenset(row.choice.id for row in left_out), shown, alone, together, text)


@dataclass(frozen=True)
class Field:
    """The part of a winner in the coloured field, in per cent of its width."""

    x: str
    width: str
    palette: int


@dataclass(frozen=True)
class Won:
    """The winners: the share of each, and equal parts of one coloured field."""

    percent: int
    is_tie: bool
    fields: Sequence[Field]

    @property
    def share(self) -> SafeString:
        """Return the share of each winner, as static/present.js does."""
        each = format_html(" <span>{}</span>", pgettext("of two or more choices that tie", "each"))
        return format_html("<b>{}</b>%{}", self.percent, each if self.is_tie else "")


@register.simple_tag
def won(chart: Chart) -> Won | None:
    """Return the winners of a final result, or the right answers; None if nobody voted or the votes are hidden."""
    winners = [row for row in chart.rows if row.stands_out]
    if not winners or not chart.voters:
        return None
    part = 100 / len(winners)
    fields = [Field(f"{part * at:.2f}%", f"{part:.2f}%", row.choice.palette) for at, row in enumerate(winners)]
    return Won(chart.share or 0, chart.is_tie, fields)


@register.simple_tag
def said(poll: Definition, state: str, chart: Chart, *, by_key: bool, is_host: bool) -> SafeString | str:
    """Return the line in the foot, until static/present.js draws it: when voting opens, or why no result is shown."""
    if state == State.SCHEDULED:
        if not poll.opens_at:
            return gettext("Voting has not begun.")
        return gettext("Voting opens {time}").format(
            time=formats.date_format(timezone.localtime(poll.opens_at), "MOMENT_FORMAT")
        )
    if state != State.OPEN:
        return ""
    if by_key:
        return gettext("The result is hidden.")
    if chart.hidden and is_host:
        return format_html("{} {}", chart.sentence, gettext("Press R to show the result."))
    return chart.sentence if chart.hidden or not chart.voters else ""


@register.filter
def share_on_board(row: Row) -> SafeString | str:
    """Return the share of a row, or its votes if it has none, as static/present.js does; nothing if it is hidden."""
    if row.percent is not None:
        return format_html("{}<small>%</small>", row.percent)
    return "" if row.votes is None else texts.spaced(row.votes)


@register.filter
def length(row: Row, chart: Chart) -> str:
    """Return the length of a bar, in per cent of the longest, which fills the width."""
    most = max((drawn_votes(other.votes, other.percent) for other in chart.rows), default=0)
    return f"{100 * drawn_votes(row.votes, row.percent) / (most or 1):.2f}%"


@register.simple_tag
def entries_on_board() -> int:
    """Return how many entries have a place on the board."""
    return ENTRIES_ON_BOARD


@register.filter
def on_board(chart: Chart) -> Sequence[Row]:
    """Return the entries that have a place on the board: those with the most votes."""
    return in_order(chart.rows, "votes")[:ENTRIES_ON_BOARD]


@register.filter
def beyond_board(snapshot: Seen | None) -> int:
    """Return how many entries of an open list have no place on the board."""
    if snapshot is None:
        return 0
    return snapshot["entries"]["more"] + max(0, len(snapshot["choices"]) - ENTRIES_ON_BOARD)


@register.filter
def board(poll: Definition) -> str:
    """Return the classes of the board: number of columns, size of labels."""
    count = min(len(poll.choices), PLACES)
    columns = 1 if count <= IN_ONE_COLUMN else 2
    longest = max((len(choice.text) for choice in poll.choices), default=0)
    return f"columns-{columns} {_size(longest, LABELS, 'labels-3')}"


@register.filter
def board_of_ratings(ratings: Sequence[Rating]) -> str:
    """Return the classes of a board of statements: number of columns, size of labels."""
    columns = 1 if len(ratings) <= RATINGS_IN_ONE_COLUMN else 2
    longest = max((len(rating.text) for rating in ratings), default=0)
    return f"columns-{columns} {_size(longest, LABELS, 'labels-3')}"


@register.filter
def asks(question: str) -> str:
    """Return the class for the size of the question."""
    return _size(len(question), QUESTIONS, "asks-4")


@register.filter
def at(host: str) -> str:
    """Return the class for the size of the host in the address."""
    return _size(len(host), HOSTS, "at-4")


@register.filter
def code(code: str) -> str:
    """Return the class for the size of the code."""
    return _size(len(code) + sum(map(code.count, WIDE)) / 2, CODES, "code-3")


@register.filter
def sentence_size(chart: Chart) -> str:
    """Return the classes for the size of the winners: by the longest name, smaller for several."""
    sizes = sorted(poster(row.choice.text) for row in chart.rows if row.stands_out)
    return f"{sizes[-1] if sizes else 'size-4'}{' several' if len(sizes) > 1 else ''}"


def _size(letters: float, sizes: Sequence[tuple[int, str]], beyond: str) -> str:
    return next((name for most, name in sizes if letters <= most), beyond)
