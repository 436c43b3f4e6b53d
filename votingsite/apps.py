"""The project itself as an app: its checks, and the commands that belong to no other app."""

from django.apps import AppConfig


class VotingsiteConfig(AppConfig):
    """Registers the system checks."""

    name = "votingsite"

    def ready(self) -> None:
        """Register the checks."""
        from votingsite import checks  # noqa: F401
