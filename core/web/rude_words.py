"""Rude words, out of the lists of badwords-py: masked where a host wants that, one language at a time."""

from functools import cache
from typing import Final

from badwords import Options, ProfanityFilter

#: Languages that a host may choose: those of our pages whose list was tried (docs/decisions/0009-dependencies.md).
LANGUAGES: Final = ("en", "es")
#: Also finds f.u.c.k, fuuuck and sh1t.
_EVASIONS = Options(split_on_punctuation=True, collapse_repeats=True, leetspeak=True)


def mask(text: str, language: str) -> str:
    """Return the text with a star for each letter of a rude word; without a language, as it is."""
    return _list_of(language).censor(text, "*", _EVASIONS) if language else text


@cache
def _list_of(language: str) -> ProfanityFilter:
    words = ProfanityFilter()
    words.init(languages=[language])
    return words
