"""The rounds of an instant runoff as a flow of ballots, before any script runs.

Pure functions; all lengths are in per cent of the picture. static/runoff.js draws later snapshots in the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, Final

from core.web import texts
from polls.box.definition import Option
from polls.results.chart import SENTENCES
from polls.results.snapshots import Seen

#: The most rounds that are drawn: the last ones.
DRAWN: Final = 6
#: Room between two bars of a round, the width of a bar, and that of all rounds without the last one's numbers.
BETWEEN, BAR, ROUNDS = 1.5, 3.0, 91.0
#: The least height of a bar that has room for words.
LABELLED: Final = 4.5
#: Letters of one name, and of one beside another across the picture.
NAME, NAMES = 24, 48


def rounded(length: float) -> str:
    """Return a length with two decimals; halves go up, as in static/runoff.js."""
    return f"{floor(100 * length + 0.5) / 100:.2f}"


@dataclass(frozen=True)
class Bar:
    """The ballots of one choice in one round; of None, those that name no choice that is still in."""

    choice: Option | None
    y: float
    height: float
    votes: int

    @property
    def has_words(self) -> bool:
        """Tell whether there is room for words beside it."""
        return self.height >= LABELLED

    @property
    def middle(self) -> float:
        """Return where its words stand."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Band:
    """Ballots on their way from a bar to one of the next round, from `start` to `end`."""

    choice: Option | None
    start: float
    end: float
    height: float

    @property
    def path(self) -> str:
        """Return it as a path in a picture of 100 by 100."""
        start, end = rounded(self.start), rounded(self.end)
        under, beyond = rounded(self.start + self.height), rounded(self.end + self.height)
        return f"M0 {start}C50 {start} 50 {end} 100 {end}V{beyond}C50 {beyond} 50 {under} 0 {under}Z"


@dataclass(frozen=True)
class Column:
    """A round that is drawn, at `x`, and the bands from it to the next one."""

    number: int
    x: float
    bars: Sequence[Bar]
    bands: Sequence[Band]

    @property
    def after(self) -> float:
        """Return where its bars end."""
        return self.x + BAR


@dataclass(frozen=True)
class Flow:
    """The picture. `step` is the way from one round to the next, `gap` the part of it beside the bar."""

    columns: Sequence[Column]
    step: float
    bar: float = BAR

    @property
    def room(self) -> int:
        """Return the letters of a name that fit beside a bar."""
        return min(NAME, NAMES // max(len(self.columns) - 1, 1))

    @property
    def gap(self) -> float:
        """Return the width of the bands."""
        return self.step - BAR


@dataclass(frozen=True)
class Points:
    """A choice in the table of points."""

    choice: Option
    first: int | None
    points: int | None


def of(snapshot: Seen | None) -> Flow:
    """Return the flow of a snapshot; without rounds where nobody has voted or the result is hidden."""
    rounds = _rounds(snapshot)
    if snapshot is None or not rounds:
        return Flow((), ROUNDS)
    first = max(0, len(rounds) - DRAWN)
    drawn = rounds[first:]
    options = dict(enumerate(_options(snapshot)))
    order = [*_order(rounds), None]
    most = max(sum(1 for _ in _held(each, order)) for each in drawn)
    scale = (100 - BETWEEN * (most - 1)) / max(sum(votes for _, votes in _held(drawn[0], order)), 1)
    columns = [_bars(each, order, options, scale) for each in drawn]
    step = ROUNDS / max(len(drawn) - 1, 1)
    return Flow(
        [
            Column(
                first + index + 1,
                step * index,
                list(bars.values()),
                _bands(each, bars, columns[index + 1], _places(snapshot), scale) if index + 1 < len(drawn) else [],
            )
            for index, (each, bars) in enumerate(zip(drawn, columns, strict=True))
        ],
        step,
    )


def lines(snapshot: Seen | None) -> list[str]:
    """Return each round in words."""
    if snapshot is None:
        return []
    names = {choice["id"]: texts.isolated(choice["text"]) for choice in snapshot["choices"]}
    return [_line(each, _places(snapshot), names) for each in _rounds(snapshot)]


def points(snapshot: Seen | None, choices: Sequence[Option]) -> list[Points]:
    """Return the table of points; without numbers where they are hidden."""
    result = snapshot.get("result") if snapshot else None
    if snapshot is None or not result:
        return [Points(choice, None, None) for choice in choices]
    shown = zip(_options(snapshot), snapshot["choices"], result["points"], strict=True)
    return [Points(option, choice["votes"], number) for option, choice, number in shown]


def _rounds(snapshot: Seen | None) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = snapshot.get("result", {}).get("rounds", []) if snapshot else []
    return found


def _options(snapshot: Seen) -> list[Option]:
    return [Option(choice["id"], choice["text"], index) for index, choice in enumerate(snapshot["choices"])]


def _places(snapshot: Seen) -> dict[int | None, int | None]:
    """Return the place of each choice in the lists of a round, by id."""
    return {**{choice["id"]: place for place, choice in enumerate(snapshot["choices"])}, None: None}


def _order(rounds: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the places of the choices from top to bottom: who is in for longer, then who had more, is above."""

    def stood(place: int) -> tuple[int, int]:
        last = max(number for number, each in enumerate(rounds) if each["votes"][place] is not None)
        return -last, -rounds[last]["votes"][place]

    return sorted(range(len(rounds[0]["votes"])), key=lambda place: (*stood(place), place))


def _held(each: Mapping[str, Any], order: Sequence[int | None]) -> Iterator[tuple[int | None, int]]:
    """Yield who has ballots in a round, from top to bottom."""
    for place in order:
        votes = each["exhausted"] if place is None else each["votes"][place]
        if votes:
            yield place, votes


def _bars(
    each: Mapping[str, Any], order: Sequence[int | None], options: Mapping[int, Option], scale: float
) -> dict[int | None, Bar]:
    bars, y = {}, 0.0
    for place, votes in _held(each, order):
        bars[place] = Bar(None if place is None else options[place], y, votes * scale, votes)
        y += votes * scale + BETWEEN
    return bars


def _bands(
    each: Mapping[str, Any],
    bars: Mapping[int | None, Bar],
    later: Mapping[int | None, Bar],
    places: Mapping[int | None, int | None],
    scale: float,
) -> list[Band]:
    """Return the bands out of a round: first those that stay, then those that move."""
    stays = [place for place in bars if place in later]
    bands = [Band(bars[place].choice, bars[place].y, later[place].y, bars[place].height) for place in stays]
    left = {place: bar.y for place, bar in bars.items()}
    filled = {place: bar.y + (bars[place].height if place in bars else 0) for place, bar in later.items()}
    for start, end, votes in each["moves"]:
        source, target, height = places[start], places[end], votes * scale
        bands.append(Band(bars[source].choice, left[source], filled[target], height))
        left[source] += height
        filled[target] += height
    return bands


def _line(each: Mapping[str, Any], places: Mapping[int | None, int | None], names: Mapping[int, str]) -> str:
    votes = dict(zip(names, each["votes"], strict=True))
    if not each["out"]:
        most = max(number for number in votes.values() if number is not None)
        ahead = ", ".join(names[choice] for choice, number in votes.items() if number == most)
        continuing = sum(number or 0 for number in votes.values())
        text = str(SENTENCES["round_last"])
        return text.format(names=ahead, votes=texts.spaced(most), voters=texts.spaced(continuing))
    out = str(SENTENCES["round_out"]).format(
        names=", ".join(names[choice] for choice in each["out"]), votes=texts.spaced(votes[each["out"][0]] or 0)
    )
    nobody = str(SENTENCES["round_none"])
    moves = [f"{nobody if end is None else names[end]} {texts.spaced(number)}" for end, number in _summed(each)]
    return f"{out} {str(SENTENCES['round_next']).format(list=', '.join(moves))}" if moves else out


def _summed(each: Mapping[str, Any]) -> list[tuple[int | None, int]]:
    """Return where the ballots of all that go out went, most first."""
    arrived: dict[int | None, int] = {}
    for _, end, number in each["moves"]:
        arrived[end] = arrived.get(end, 0) + number
    return sorted(arrived.items(), key=lambda way: -way[1])
