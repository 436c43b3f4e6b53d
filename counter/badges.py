"""The badge: an image of the number, for other sites."""

from django.template.loader import render_to_string

#: Widths in bold Helvetica and Arial, in thousandths of the size; other characters count as _OTHER.
_WIDTHS = {
    **dict.fromkeys("0123456789aceksvxy_J", 556),
    **dict.fromkeys("bdghnopquFLTZ", 611),
    **dict.fromkeys("ABCDHKNRU", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("ijlI\u00a0 ,.", 278),
    **dict.fromkeys("ft-", 333),
    **dict.fromkeys("EPSVXY", 667),
    "M": 833,
    "W": 944,
    "m": 889,
    "r": 389,
    "w": 778,
    "z": 500,
}
_OTHER = 722
_SIZE, _SPACE = 12, 9


def draw(label: str, number: str, title: str) -> str:
    """Return the image as SVG. Its texts fill their width in any font."""
    label_text, number_text = width(label), width(number)
    label_width = label_text + 2 * _SPACE
    number_width = number_text + 2 * _SPACE
    context = {
        "title": title,
        "label": label,
        "number": number,
        "label_text": label_text,
        "number_text": number_text,
        "label_x": _SPACE,
        "label_width": label_width,
        "number_width": number_width,
        "number_x": label_width + _SPACE,
        "width": label_width + number_width,
    }
    return render_to_string("counter/badge.svg", context)


def width(text: str) -> int:
    """Return the width of a text, in SVG's units."""
    return round(sum(_WIDTHS.get(character, _OTHER) for character in text) * _SIZE / 1000)
