"""The picture beside a link."""

import io
from typing import Any

from PIL import Image

from core.web import previews
from core.web.previews import Preview, Row

#: The heights at which a title stands, and the first of four rows.
TITLE, ROWS = (150, 280), (290, 560)


def picture(**fields: Any) -> Any:
    content = previews.png(Preview(**{"site": "votingsite", "title": "", "note": "", **fields}))
    return Image.open(io.BytesIO(content)).convert("RGB")


def has_ink(drawn: Any, top: int, bottom: int) -> bool:
    """Tell whether anything dark stands between two heights."""
    return bool(drawn.crop((0, top, previews.WIDTH, bottom)).convert("L").getextrema()[0] < 90)


def test_it_is_as_large_as_programs_want_it() -> None:
    drawn = picture(title="Cats or dogs?")
    assert drawn.size == (1200, 630)
    assert has_ink(drawn, *TITLE)


def test_it_is_small() -> None:
    rows = tuple(Row(f"Choice {number} of many words", number, 25.0, "25%") for number in range(4))
    shown = Preview("votingsite", "What should the town build first? " * 8, "In the lead: nobody", rows)
    assert len(previews.png(shown)) < 100_000


def test_what_the_font_lacks_is_left_out() -> None:
    for text in ("東京", "ما الذي", "👍"):
        assert not has_ink(picture(title=text), *TITLE)
    assert has_ink(picture(title="Żółć, Ωμέγα, Что?"), *TITLE)


def test_hidden_shares_have_no_bar() -> None:
    hidden, shown = (
        picture(title="Which?", rows=(Row("Cod", 0, share), Row("Bream", 1, share))) for share in (None, 0.0)
    )
    track = (227, 232, 230)
    colours = [{colour for _, colour in drawn.getcolors(100_000)} for drawn in (hidden, shown)]
    assert [track in found for found in colours] == [False, True]


def test_a_long_title_takes_the_room_of_rows() -> None:
    rows = tuple(Row("Choice", number) for number in range(4))
    assert has_ink(picture(title="W" * 300, rows=rows), 300, 400)
    assert picture(title="", rows=rows).getpixel((80, 300)) == (10, 98, 97)
