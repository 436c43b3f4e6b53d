"""core/stores/files.py."""

import stat
from pathlib import Path

from core.stores import files


def test_a_file_is_private_and_holds_the_new_text(tmp_path: Path):
    path = tmp_path / "said"
    files.write(path, "the old text, which is longer")
    files.write(path, "the new text")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("the new text", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_for_the_group_may_be_read_by_it(tmp_path: Path):
    files.write(tmp_path / "said", "text", files.GROUP)
    assert stat.S_IMODE((tmp_path / "said").stat().st_mode) & 0o640 == 0o640


def test_who_has_a_file_open_reads_all_of_the_old_text(tmp_path: Path):
    path = tmp_path / "said"
    files.write(path, "old")
    with path.open() as reader:
        files.write(path, "new")
        assert reader.read() == "old"
