"""URLs of the polls."""

urlpatterns: list[object] = []
