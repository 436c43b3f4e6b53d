"""Rude words are masked, and nothing else of a text."""

import pytest

from core.web import rude_words


@pytest.mark.parametrize(
    ("language", "text", "masked"),
    [
        ("en", "This is bullshit, Essex", "This is ********, Essex"),
        (
            "en",
            "SHIT \N{PARTY POPPER} \u0634\u062c\u0631\u0629 Fuuuck",
            "**** \N{PARTY POPPER} \u0634\u062c\u0631\u0629 ******",
        ),
        ("en", "f.u.c.k the sh1t", "******* the ****"),
        ("en", "Scunthorpe, assistant, class, cockpit", "Scunthorpe, assistant, class, cockpit"),
        ("es", "¡Qué mierda, coño!", "¡Qué ******, ****!"),
        ("es", "El artículo de un vehículo", "El artículo de un vehículo"),
        ("es", "This is bullshit", "This is bullshit"),
        ("", "shit", "shit"),
    ],
)
def test_a_text_with_rude_words(language: str, text: str, masked: str):
    assert rude_words.mask(text, language) == masked
