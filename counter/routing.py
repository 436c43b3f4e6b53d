"""WebSocket addresses of the counter."""

from django.urls import path

from counter.consumers import VisitsConsumer

websocket_urlpatterns = [
    path("ws/counters/<slug:name>/", VisitsConsumer.as_asgi()),
]
