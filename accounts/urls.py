"""URLs of accounts: /accounts/ is for visitors, /account/ for signed-in users, /host/<slug>/invite/ for hosts."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import account, invitations, reset, second_factor, signing_in, tokens

urlpatterns = [
    path("accounts/login/", signing_in.SignInView.as_view(), name="login"),
    path("accounts/login/code/", signing_in.code, name="login_code"),
    path("accounts/login/password/", signing_in.password, name="login_password"),
    path("accounts/login/second-factor/", signing_in.set_up, name="login_second_factor"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/invitation/<str:token>/", invitations.accept, name="invitation"),
    path("accounts/password/", reset.ForgottenView.as_view(), name="password_reset"),
    path("accounts/password/sent/", reset.ForgottenDoneView.as_view(), name="password_reset_done"),
    path("accounts/password/<uidb64>/<token>/", reset.ResetView.as_view(), name="password_reset_confirm"),
    path("accounts/password/changed/", reset.ResetDoneView.as_view(), name="password_reset_complete"),
    path("account/", account.account, name="account"),
    path("account/email/", account.change_email, name="account_email"),
    path("account/password/", account.change_password, name="account_password"),
    path("account/sessions/end/", account.end_sessions, name="account_end_sessions"),
    path("account/second-factor/", second_factor.show, name="second_factor"),
    path("account/second-factor/begin/", second_factor.begin, name="second_factor_begin"),
    path("account/second-factor/confirm/", second_factor.confirm, name="second_factor_confirm"),
    path("account/second-factor/codes/", second_factor.renew_codes, name="second_factor_codes"),
    path("account/second-factor/off/", second_factor.turn_off, name="second_factor_off"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/revoke/", tokens.revoke, name="token_revoke"),
    path("account/invitations/", invitations.invite, name="invitations"),
    path("host/<slug:slug>/invite/", invitations.invite, name="host_invite"),
    path("account/invitations/take-back/", invitations.take_back, name="invitation_take_back"),
]
