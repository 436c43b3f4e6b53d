"""The report of drills as a page by itself: time line, waits as a plot, ledger. It needs no network and no script."""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from core.telemetry import drills
from core.web import texts
from inspection.pipeline.formatting import seconds, spaced
from ops.drill import plot, report, timeline
from ops.drill.checker import CheckResult
from ops.drill.history import Outcome
from ops.drill.plot import Plot
from ops.drill.target import Event

if TYPE_CHECKING:
    from ops.drill.runner import Options, Run

_STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True)
class _Drill:
    """A finished drill, without the history of its voters."""

    result: CheckResult
    what: str
    events: list[Event]
    #: The moment of the first fault.
    zero: float
    #: Of each event: the answers from then to the next one, and the longest wait of votes pressed then.
    told: list[Counter[Outcome]]
    longest: list[float | None]
    plot: Plot
    #: The time line in seconds, as it is printed.
    lines: list[str]


@dataclass
class Page:
    """The page of the drills that were asked for."""

    name: str
    options: "Options"
    results: list[CheckResult] = field(default_factory=list)
    drills: list[_Drill] = field(default_factory=list)

    def add(self, run: "Run") -> None:
        """Add a finished drill."""
        history, events = run.history, run.events
        zero = next((event.at for event in timeline.broken(events)), events[0].at)
        self.drills.append(
            _Drill(
                run.result,
                run.what,
                events,
                zero,
                told=timeline.told(history, events),
                longest=plot.longest(history, events),
                plot=plot.draw(history, events, zero),
                lines=list(timeline.lines(history, events)),
            )
        )

    def html(self, language: str) -> str:
        """Return the page in a language."""
        style = _style()
        with translation.override(language):
            context = {
                "language": language,
                "policy": _policy(style),
                "style": mark_safe(f"<style>{style}</style>"),  # noqa: S308 -- our own files
                "name": self.name,
                "is_clean": all(result.clean for result in self.results),
                "at": timezone.now(),
                "command": self._command(),
                "results": [(result, list(_ledger(result))) for result in self.results],
                "drills": [_drill(drill) for drill in self.drills],
                "area": {"width": plot.WIDTH, "height": plot.HEIGHT},
            }
            return render_to_string("drill/report.html", context)

    def _command(self) -> str:
        kind = f" --kind {self.options.kind}" if self.options.kind else ""
        rate = f"--seconds {self.options.seconds:g} --rate {self.options.rate:g}"
        return f"bin/manage drill {self.name} {rate} --seed {self.options.seed}{kind}"


def _style() -> str:
    """Return the colours and sizes of the site, and the style of this page."""
    ours = (settings.BASE_DIR / "static" / "votingsite.css").read_text()
    return ours.partition("/* Ground")[0] + _STYLE.read_text()


def _policy(style: str) -> str:
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _drill(drill: _Drill) -> dict[str, Any]:
    return {
        "result": drill.result,
        "what": _(drill.what),
        "rows": list(_rows(drill)),
        "plot": drill.plot,
        "ledger": list(_ledger(drill.result)),
        "troubles": report.troubles(drill.result) + drill.result.evidence,
        "lines": "\n".join(drill.lines),
    }


def _rows(drill: _Drill) -> Iterator[dict[str, Any]]:
    for number, event in enumerate(drill.events):
        longest = drill.longest[number]
        yield {
            "number": number + 1,
            "second": _second(event.at - drill.zero),
            "what": _(event.text).format(**event.values),
            "sign": drills.DRAWN.get(event.sign, ""),
            "told": [spaced(drill.told[number][Outcome(word)]) for word in drills.TOLD],
            "longest": "\N{EN DASH}" if longest is None else seconds(longest),
        }


def _second(second: float) -> str:
    sign = "\N{MINUS SIGN}" if second < 0 else "+"
    return f"{sign}{texts.decimal(abs(second))}\N{NO-BREAK SPACE}s"


def _ledger(result: CheckResult) -> Iterator[tuple[str, str, str, bool]]:
    """Yield the rows of the ledger: a word, its value, its meaning, and whether a promise is broken there."""
    must_be_none = [
        (_("lost"), result.lost, _("voters with an accepted vote and no ballot")),
        (_("twice"), result.twice, _("votes beyond one for each voter")),
        (_("wrong"), result.wrong, _("ballots older than the last accepted vote, or of a refused one")),
        (_("after the end"), result.after_seal, _("votes accepted when the poll was final")),
        (_("screens went back"), result.backwards + result.overshown, _("screens with older or too many votes")),
    ]
    is_counted = result.counted == result.accepted
    yield _("accepted"), spaced(result.accepted), _("votes that were answered with success"), False
    yield _("counted"), spaced(result.counted), _("of these, stored or replaced by a newer one"), not is_counted
    for word, number, meaning in must_be_none:
        yield word, spaced(number), meaning, number > 0
    yield _("not known"), spaced(result.unknown), _("votes without an answer: they may count or not"), False
    yield _("refused"), spaced(result.refused), _("votes of which voters were told that they do not count"), False
    yield from _times(result)
    is_audited = result.audit == "clean"
    audit = _("clean") if is_audited else result.audit
    yield _("audit"), audit, _("all ballots counted again give the same totals"), not is_audited


def _times(result: CheckResult) -> Iterator[tuple[str, str, str, bool]]:
    over = _("from the press to the first answer; over 2 s: {number}").format(number=spaced(result.waits_over_2s))
    yield _("longest wait"), _time(result.longest_wait_ms), over, False
    yield _("screens behind"), _time(result.longest_stale_ms), _("from an answer to the vote on a screen"), False
    yield (
        _("final after"),
        _time(result.final_ms),
        _("from closing the poll to its final result"),
        result.final_ms is None,
    )


def _time(milliseconds: int | None) -> str:
    return _("never") if milliseconds is None else seconds(milliseconds / 1000)
