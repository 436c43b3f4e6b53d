"""The name and the logo of the site: tags for templates, the web manifest, the address of the logo.

The tags need neither a request nor a context processor: error pages have none.
"""

from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.web.kept import keep_for_all

register = template.Library()

#: The background colours of both themes, as in static/votingsite.css.
PAPER = {"light": "#fafbf9", "dark": "#0c1413"}
_DAY_S, _YEAR_S = 24 * 3600, 365 * 24 * 3600
#: Seconds for which a process gives the same answer without asking Django.
_KEPT_S = 60.0


@register.simple_tag
def site_name() -> str:
    """Return the name of the site (SITE_NAME)."""
    name: str = settings.SITE_NAME
    return name


@register.simple_tag
def site_logo() -> str:
    """Return the address of the site's logo; empty without one."""
    return f"{reverse('site_logo')}?v={settings.SITE_LOGO.version}" if settings.SITE_LOGO else ""


@register.simple_tag
def touch_icon() -> str:
    """Return the address of the icon for a phone's home screen, which can't be an SVG."""
    has_png = settings.SITE_LOGO is not None and settings.SITE_LOGO.content_type == "image/png"
    return site_logo() if has_png else static("touch-icon.png")


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """Send the logo. Its address (`site_logo`) changes with its content.

    It is not a static file: those are collected when an image is built, before the operator chooses a logo.
    """
    if settings.SITE_LOGO is None:
        return HttpResponse(status=404)
    headers = {
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable",
        # Opened by itself an SVG is a page: its scripts could act as ours.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    answer = HttpResponse(settings.SITE_LOGO.content, content_type=settings.SITE_LOGO.content_type, headers=headers)
    return keep_for_all(request, answer, _KEPT_S)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the site for a phone's home screen (W3C, Web Application Manifest)."""
    content = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": "/?home",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER["light"],
        "theme_color": PAPER["light"],
        "icons": _icons(),
    }
    headers = {"Cache-Control": f"public, max-age={_DAY_S}"}
    answer = JsonResponse(content, content_type="application/manifest+json", headers=headers)
    return keep_for_all(request, answer, _KEPT_S)


def _icons() -> Sequence[dict[str, Any]]:
    if settings.SITE_LOGO is not None:
        picture = settings.SITE_LOGO
        return [{"src": site_logo(), "sizes": picture.sizes, "type": picture.content_type}]
    icons = [(static(f"icon-{side}.png"), f"{side}x{side}") for side in (192, 512)]
    # Two colours to the edge: the phone may cut any shape out of it.
    return [
        {"src": src, "sizes": sizes, "type": "image/png", "purpose": purpose}
        for src, sizes in icons
        for purpose in ("any", "maskable")
    ]
