"""The Django app of the command `model`. The production image does not have it."""

from django.apps import AppConfig


class ModelConfig(AppConfig):
    """The app's configuration."""

    name = "ops.model"
    label = "protocol_model"
