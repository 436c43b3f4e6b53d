"""The catalogues of translations, kept up to date with the sources (`bin/words`).

English stands in the sources. People write `locale/es/LC_MESSAGES/django.po`; `django.mo` beside it is compiled from
it. The repository has both, so that running the project needs no compiler.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LOCALE = BASE_DIR / "locale"
#: The packages with texts for people.
PACKAGES = ("accounts", "api", "core", "inspection", "ops", "polls", "counter", "workers", "votingsite")
TEMPLATES = BASE_DIR / "templates"

_KEYWORDS = {f"{name}{lazy}": spec for name, spec in DEFAULT_KEYWORDS.items() for lazy in ("", "_lazy", "_noop")}
_GAP = re.compile(r"\{\w*\}|%\(\w+\)[sd]")


def main() -> None:
    """Update every catalogue; exit with 1 and a list if a translation is missing."""
    parser = argparse.ArgumentParser("bin/words", description="Updates the translations, and says which are missing.")
    parser.add_argument("--check", action="store_true", help="only say it, and write nothing")
    check = parser.parse_args().check
    sources = read_sources()
    lacking = []
    for file in catalogues():
        catalogue = read(file)
        if not check:
            update(file, catalogue, sources)
        lacking += [f"{file.relative_to(BASE_DIR)}: {what}" for what in missing(catalogue, sources)]
    sys.exit("\n".join(lacking) if lacking else 0)


def catalogues() -> list[Path]:
    """Return the catalogue's file of each language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(file: Path) -> Catalog:
    """Read a catalogue."""
    with file.open("rb") as content:
        return read_po(content, locale=file.parts[-3])


def compiled(catalogue: Catalog) -> bytes:
    """Compile a catalogue for Django."""
    content = BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def update(file: Path, catalogue: Catalog, sources: Catalog) -> None:
    """Add new texts of the sources, drop old ones, and write both files."""
    catalogue.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    content = BytesIO()
    write_po(content, catalogue, width=120, include_lineno=False, sort_output=False)
    file.write_bytes(content.getvalue())
    file.with_suffix(".mo").write_bytes(compiled(catalogue))


def missing(catalogue: Catalog, sources: Catalog) -> Iterator[str]:
    """Yield a line for each message that is not translated, or not with the same gaps."""
    for message in sources:
        if not message.id:
            continue
        translated = catalogue.get(message.id, message.context)
        if translated is None or translated.fuzzy or not all(_texts(translated.string)):
            yield f"not translated: {message.id!r}"
        elif not _has_the_same_gaps(translated):
            yield f"has other gaps than the English: {message.id!r}"
    for message in catalogue:
        if message.id and sources.get(message.id, message.context) is None:
            yield f"no longer said: {message.id!r}"


def read_sources() -> Catalog:
    """Read every text that is marked for translation, in Python and in templates."""
    sources = Catalog()
    modules = [path for package in PACKAGES for path in (BASE_DIR / package).rglob("*.py")]
    templates = [path for path in TEMPLATES.rglob("*") if path.is_file()]
    for path in sorted(modules) + sorted(templates):
        text = path.read_text() if path.suffix == ".py" else _as_python(path)
        for _, said, comments, context in extract("python", BytesIO(text.encode()), _KEYWORDS, ["Translators:"]):
            place = (str(path.relative_to(BASE_DIR)), 0)
            sources.add(said, locations=[place], auto_comments=comments, context=context)
    return sources


def _as_python(template: Path) -> str:
    # Without the indents, which have a meaning only in Python.
    return "\n".join(line.strip() for line in templatize(template.read_text()).splitlines())


def _has_the_same_gaps(message: Message) -> bool:
    """Tell whether each form has the same gaps as the English singular or plural."""
    english = [set(_GAP.findall(text)) for text in _texts(message.id)]
    return all(set(_GAP.findall(text)) in english for text in _texts(message.string))


def _texts(text: object) -> tuple[str, ...]:
    """Return the text, or its singular and plural."""
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text or ""),)


if __name__ == "__main__":
    main()
