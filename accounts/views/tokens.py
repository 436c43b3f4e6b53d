"""The page of access tokens for the API."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from accounts import tokens as access_tokens
from accounts.forms import TokenForm
from core.web import origins
from polls.host.access import for_hosts, host_of


@sensitive_post_parameters()
@sensitive_variables("text")
@for_hosts
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens; by POST make one. Its text is on this answer alone, which a reload does not show again."""
    user = host_of(request)
    form = TokenForm(request, user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _draw(request, form, status=400 if form.is_bound else 200)
    chosen = form.cleaned_data
    try:
        text = access_tokens.make(user, chosen["name"], chosen["scope"], chosen["days"])
    except access_tokens.TooManyError:
        said = gettext("You have {most} tokens, and no more are possible. Revoke one first.")
        form.add_error(None, said.format(most=access_tokens.MOST))
        return _draw(request, form, status=409)
    return _draw(request, TokenForm(request, user), made=text)


def _draw(request: HttpRequest, form: TokenForm, *, made: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "made": made,
        "tokens": access_tokens.of(host_of(request)),
        "api": f"{origins.join_url(request)}/api/v1/",
    }
    return render(request, "accounts/tokens.html", context, status=status)


@require_POST
@for_hosts
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token."""
    if access_tokens.revoke(host_of(request), request.POST.get("token", "")):
        messages.success(request, gettext("Token revoked. Programs with it are refused from now on."))
    else:
        messages.info(request, gettext("This token was revoked before."))
    return redirect("tokens")
