import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from pytest_django import Settings

from ops.launch import static_files


@pytest.fixture
def style(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A style sheet, the only static file."""
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]
    style = tmp_path / "sources" / "page.css"
    style.parent.mkdir()
    style.write_text("a { color: red }")
    yield style
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]


def write(style: Path, text: str, seconds: int) -> None:
    """Write it at a time of its own: collectstatic compares seconds."""
    style.write_text(text)
    os.utime(style, (seconds, seconds))


def collected(style: Path) -> str:
    return (style.parent.parent / "static" / "page.css").read_text()


def collect_again(style: Path) -> bool:
    """Tell whether a start collects what the last one has collected."""
    manifest = style.parent.parent / "static" / "staticfiles.json"
    os.utime(manifest, (1, 1))
    static_files.collect()
    return manifest.stat().st_mtime > 1


def test_what_has_not_changed_is_collected_once(style: Path) -> None:
    static_files.collect()
    assert collected(style) == "a { color: red }"
    assert not collect_again(style)


def test_a_changed_file_is_collected(style: Path) -> None:
    static_files.collect()
    write(style, "a { color: tan }", 2_000_000_000)
    assert collect_again(style)
    assert collected(style) == "a { color: tan }"


@pytest.mark.parametrize("change", ["new", "gone"])
def test_a_file_that_comes_or_goes_is_noticed(style: Path, change: str) -> None:
    (style.parent / "other.css").touch()
    static_files.collect()
    if change == "new":
        (style.parent / "third.css").touch()
    else:
        (style.parent / "other.css").unlink()
    assert collect_again(style)


def test_one_that_was_broken_off_is_done_again(style: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if meanwhile all sources are as they were before."""
    write(style, "a { color: red }", 1_000_000_000)
    static_files.collect()
    write(style, "a { color: tan }", 2_000_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(static_files, "call_command", break_off)
        with pytest.raises(KeyboardInterrupt):
            static_files.collect()
    write(style, "a { color: red }", 1_000_000_000)
    assert collect_again(style)


def break_off(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_that_was_deleted_is_made_again(style: Path) -> None:
    static_files.collect()
    for file in (style.parent.parent / "static").iterdir():
        file.unlink()
    (style.parent.parent / "static").rmdir()
    static_files.collect()
    assert collected(style) == "a { color: red }"
