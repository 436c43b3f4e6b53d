"""QR codes that are added up: each is the very one that the library draws."""

import random

import pytest
import segno

from core.web import qr

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize(
    "before", ["http://10.0.0.7:8080/7k4q#", f"https://votes.{'a' * 100}.example/7k4q#", "https://x.example/7k4qxy#"]
)
def test_each_is_the_one_that_the_library_draws(before: str):
    """Short addresses and long ones, whose codes are of several blocks."""
    alike = qr.Alike(before, 12)
    for _ in range(20):
        letters = "".join(random.choices(LETTERS, k=12))
        drawn = segno.make(f"{before}{letters}", micro=False, mode="byte", mask=0, error="m", boost_error=False)
        rows = "".join("01"[module] for row in drawn.matrix for module in row)
        assert (alike.side, alike.bits(letters)) == (len(drawn.matrix), int(rows, 2))


def test_all_dark_modules_are_in_the_drawing():
    alike = qr.Alike("http://10.0.0.7/7k4q#", 12)
    drawn = str(alike.inline("7K4Q2MXH9T3C"))
    lengths = [int(run.partition('"')[0]) for run in drawn.partition(' d="')[2].replace("M", "h").split("h")[2::2]]
    assert sum(lengths) == alike.bits("7K4Q2MXH9T3C").bit_count()


def test_letters_of_another_length_are_refused():
    with pytest.raises(ValueError, match="12 letters"):
        qr.Alike("http://10.0.0.7/7k4q#", 12).bits("7K4Q")
