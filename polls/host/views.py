"""The pages of a host: their polls, and one of them."""

from django.http import HttpRequest, HttpResponse

from polls.host.access import for_hosts, poll_of


@for_hosts
def polls(request: HttpRequest) -> HttpResponse:
    """One's polls."""
    return HttpResponse("polls")


@for_hosts
def poll(request: HttpRequest, slug: str) -> HttpResponse:
    """One poll."""
    return HttpResponse(poll_of(request, slug).question)
