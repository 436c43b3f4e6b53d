"""The poll in pages of other sites: the form of those that may show it in a frame, and what to copy into them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from core.web import origins
from polls.models import Poll

#: The most sites of a poll: they stand in a header of each frame.
MOST_ORIGINS: Final = 20
#: The longest host name that there is.
_LONGEST_HOST: Final = 253
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_USUAL_PORTS = {"http": 80, "https": 443}


def origin(text: str) -> str:
    """Return the origin of an address that a host has typed, as browsers write it. Raises ValueError for any other."""
    parts = urlsplit(text if "://" in text else f"https://{text}")
    name = (parts.hostname or "").encode("idna").decode()
    more_than_a_site = parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in _USUAL_PORTS or more_than_a_site or not _HOST.fullmatch(name) or len(name) > _LONGEST_HOST:
        raise ValueError(text)
    port = "" if parts.port in (None, _USUAL_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


class EmbedForm(forms.Form):
    """The sites that may show a poll in a frame, one a line."""

    origins = forms.CharField(
        required=False,
        label=gettext_lazy("Sites that may show this poll, one a line"),
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "https://example.org",
                "translate": "no",
            }
        ),
    )

    def clean_origins(self) -> list[str]:
        """Return the origins, each once. Refuse a line that is none, by name."""
        found: list[str] = []
        for line in self.cleaned_data["origins"].split():
            try:
                found.append(origin(line))
            except ValueError:
                text = gettext("“%(line)s” is no address of a site. Write it like https://example.org.")
                raise ValidationError(text, params={"line": line[:100]}) from None
        found = list(dict.fromkeys(found))
        if len(found) > MOST_ORIGINS:
            raise ValidationError(gettext("At most %(most)s sites can show a poll."), params={"most": MOST_ORIGINS})
        return found


@dataclass(frozen=True)
class Snippet:
    """A text to copy. `id` is that of its place on the page."""

    id: str
    label: str
    text: str

    @property
    def rows(self) -> int:
        """Return the number of its lines."""
        return self.text.count("\n") + 1


#: The frames of a poll; `{}` are their address and their title. Ballots of two choices fill any height.
_FRAME = '<iframe src="{}" title="{}" width="100%" height="480" style="border: 0"></iframe>'
_SLIDE = '<section>\n  <iframe src="{}" title="{}" width="100%" height="600" style="border: 0"></iframe>\n</section>'
_SLIDEV = "---\nlayout: iframe\nurl: {}\n---"
_PICTURE = '<img src="{}" alt="{}" width="640">'
#: Gives each frame of this site the height that it asks for; `{}` are the origins of the services.
_FITS = """<script>
  addEventListener("message", ({{ origin, source, data }}) => {{
    if (!["{}", "{}"].includes(origin) || data?.type !== "votingsite:height") return;
    for (const frame of document.querySelectorAll("iframe")) {{
      if (frame.contentWindow === source) frame.height = Math.min(data.height, 3000);
    }}
  }});
</script>"""


def snippets(request: HttpRequest, poll: Poll) -> Iterator[Snippet]:
    """Yield what to copy into a page or into slides."""
    path, vote, results = reverse("embed", args=[poll.slug]), origins.vote_url(request), origins.result_url(request)
    ballot, shown = f"{vote}{path}", f"{results}{path}?show=results"
    title = escape(poll.question)
    yield Snippet("embed-ballot", gettext("Ballot"), _FRAME.format(ballot, title))
    yield Snippet("embed-results", gettext("Result"), _FRAME.format(shown, title))
    picture = _PICTURE.format(f"{results}{reverse('results_svg', args=[poll.slug])}", title)
    yield Snippet("embed-picture", gettext("Picture of the result, for any site"), picture)
    yield Snippet("embed-reveal", gettext("Slide of reveal.js"), _SLIDE.format(shown, title))
    yield Snippet("embed-slidev", gettext("Slide of Slidev"), _SLIDEV.format(shown))
    yield Snippet("embed-script", gettext("Frames as tall as what is in them"), _FITS.format(vote, results))
