"""Events in the admin: people's fields, and the polls in their order."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest

from polls.lifecycle import events
from polls.models import Event, EventPoll


class EventPollInline(admin.StackedInline):
    """The polls of an event. Each stands in one event at most."""

    model = EventPoll
    extra = 1
    autocomplete_fields = ("poll",)
    # In one line. A table's fields would have no names of their own.
    fields = (("position", "poll"),)


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """Events. Steps from poll to poll are on the host pages."""

    list_display = ("title", "slug", "code", "current", "is_on", "self_paced", "owner")
    list_select_related = ("current", "owner")
    search_fields = ("title", "slug", "code")
    prepopulated_fields = {"slug": ("title",)}  # noqa: RUF012
    readonly_fields = ("code", "current", "is_on")
    autocomplete_fields = ("owner", "hosts")
    inlines = (EventPollInline,)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Ignore initial values in the address: Django draws them unchecked."""
        return {}

    def save_model(self, request: HttpRequest, obj: Event, form: ModelForm, change: bool) -> None:
        """Make the creator the owner. Of an event that was there, only what was changed here is saved."""
        if not change and obj.owner is None:
            obj.owner = cast("User", request.user)
        fields = {field.name for field in Event._meta.concrete_fields} & {*form.changed_data} if change else None  # noqa: SLF001
        obj.save(update_fields=fields)

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm,
        formsets: list[BaseInlineFormSet],
        change: bool,
    ) -> None:
        """Save the polls, and tell the screens once all of it is committed."""
        super().save_related(request, form, formsets, change)
        events.changed(form.instance.pk)

    def delete_model(self, request: HttpRequest, obj: Event) -> None:
        """Delete an event with its copy in Redis."""
        events.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Event]") -> None:
        """Delete events one after the other, with their copies."""
        for event in queryset:
            events.delete(event.pk)
