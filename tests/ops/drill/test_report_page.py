"""The report of drills as a page by itself."""

import hashlib
import re
from base64 import b64encode

from tests.ops.drill.report_pages import BAD, GOOD, page


def cells(html: str) -> list[list[str]]:
    """Return the texts of all rows of tables."""
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return [
        [" ".join(re.sub("<[^>]*>", "", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_it_has_the_time_line_with_what_voters_were_told():
    assert cells(page(GOOD).html("en"))[:5] == [
        ["No.", "Since the fault", "What", "Told: accepted", "not known", "refused", "longest wait"],
        ["1", "\N{MINUS SIGN}4.0 s", "voters vote", "64", "8", "8", "41 ms"],
        ["2", "+0.0 s", "redis is killed", "39", "4", "4", "0.2 s"],
        ["3", "+2.5 s", "redis is back", "81", "11", "11", "28 s"],
        ["4", "+11.0 s", "the poll is final", "56", "7", "7", "\N{EN DASH}"],
    ]


def test_it_has_the_ledger():
    rows = {row[0]: row[1] for row in cells(page(GOOD).html("en"))[5:]}
    assert [rows[word] for word in ("accepted", "counted", "lost", "twice", "wrong")] == [
        "1,204",
        "1,204",
        "0",
        "0",
        "0",
    ]
    assert [rows[word] for word in ("not known", "refused", "final after", "screens behind", "audit")] == [
        *("2", "0", "2.1 s", "never", "clean"),
    ]


def test_it_needs_nothing_from_anywhere():
    html = page(GOOD).html("en")
    assert not re.search(r"<script|<link|<img|@import|url\(|src=|href=| style=", html)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}';" in html.replace("&#x27;", "'")


def test_a_broken_promise_is_marked_and_its_evidence_shown():
    html = page(BAD).html("en")
    assert "A promise was broken." in html
    assert "lost: voter &lt;b&gt;ann&lt;/b&gt;, stored None" in html
    assert re.findall(r'<tr class="bad">\s*<th scope="row">(\w+)</th>', html) == ["counted", "lost"]


def test_several_drills_have_one_table_of_all():
    html = page(GOOD, BAD).html("en")
    overview = cells(html)[:3]
    assert [row[:4] for row in overview] == [
        ["Drill", "accepted", "counted", "lost"],
        ["kill-redis", "1,204", "1,204", "0"],
        ["kill-db", "1,204", "1,203", "1"],
    ]
    assert len(re.findall('<section class="drill">', html)) == 2


def test_rounds_that_are_not_told_one_by_one_are_in_the_table():
    made = page(GOOD)
    made.drills.clear()
    assert cells(made.html("en"))[1][:4] == ["kill-redis", "1,204", "1,204", "0"]


def test_it_says_how_to_do_the_same_again():
    assert "bin/manage drill kill-redis --seconds 15 --rate 60 --seed 7<" in page(GOOD).html("en")


def test_it_is_there_in_spanish():
    html = page(GOOD).html("es")
    assert '<html lang="es">' in html
    assert "Se cumplieron todas las promesas." in html
    assert cells(html)[2][2] == "redis: terminado a la fuerza"
