"""URLs of the counter."""

urlpatterns: list[object] = []
