"""People's accounts: signing in, first passwords, sessions, invitations, lost passwords, and the second factor."""
