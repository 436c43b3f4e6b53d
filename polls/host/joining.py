"""The address of a poll as a QR code: on pages, as a file, and on a sheet to print."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.web import origins, qr
from polls.host.access import for_hosts, poll_of
from polls.models import Poll, State


def around(request: HttpRequest, poll: Poll) -> dict[str, Any]:
    """Return for templates the join address, its QR code, and whether phones can reach it."""
    address = _address(request, poll)
    return {
        "join_address": address,
        "qr": qr.inline(address, qr.QUIET_ZONE),
        "is_draft": poll.tally.state == State.DRAFT,
        "only_here": origins.is_for_this_machine_alone(request),
    }


def _address(request: HttpRequest, poll: Poll) -> str:
    return f"{origins.join_url(request)}/{poll.code}"


@for_hosts
def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a sheet to print, with question, QR code, address and code."""
    poll = poll_of(request, slug)
    shown = {"poll": poll, "title": poll.question, "code": poll.code, **around(request, poll)}
    return render(request, "polls/host/sheet.html", shown)


@for_hosts
def png(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the QR code as PNG."""
    poll = poll_of(request, slug)
    return _file(poll, "png", "image/png", qr.png(_address(request, poll)))


@for_hosts
def svg(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the QR code as SVG."""
    poll = poll_of(request, slug)
    return _file(poll, "svg", "image/svg+xml", qr.svg(_address(request, poll)))


def _file(poll: Poll, ending: str, content_type: str, content: bytes) -> HttpResponse:
    name = f"{poll.slug}-{poll.code}-qr.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
