"""The way to a poll: its address as a QR code, to be shown, kept as a file, and printed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.web import origins, qr
from polls.host.access import for_hosts, poll_of
from polls.models import Poll, State


def around(request: HttpRequest, poll: Poll) -> dict[str, Any]:
    """For templates: the address that phones type now, its QR code, and whether they reach it."""
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
    """Show one sheet of paper with the question, the QR code, the address and the code."""
    poll = poll_of(request, slug)
    return render(request, "polls/host/sheet.html", {"poll": poll, **around(request, poll)})


@for_hosts
def png(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the QR code as a picture."""
    poll = poll_of(request, slug)
    return _file(poll, "png", "image/png", qr.png(_address(request, poll)))


@for_hosts
def svg(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the QR code as a drawing, sharp at any size."""
    poll = poll_of(request, slug)
    return _file(poll, "svg", "image/svg+xml", qr.svg(_address(request, poll)))


def _file(poll: Poll, ending: str, content_type: str, content: bytes) -> HttpResponse:
    name = f"{poll.slug}-{poll.code}-qr.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
