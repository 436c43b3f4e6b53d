"""URLs of the API, below /api/v1/."""

from django.urls import URLPattern, path

from api import page
from api.service import around, service

app_name = "api"
_operations: list[URLPattern] = [
    pattern for pattern in service.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]
for _pattern in _operations:
    _pattern.callback = around(_pattern.callback)

urlpatterns = [
    path("", page.reference, name="reference"),
    path("openapi.json", page.document, name="document"),
    *_operations,
]
