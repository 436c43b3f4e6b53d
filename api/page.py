"""The OpenAPI document, and a page of it for people: drawn here, with nothing from elsewhere."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from api.problems import WORDS
from api.service import service
from core.web.problems import PLACE


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = service.get_openapi_schema(path_prefix=PLACE.strip("/"))
    return found


@cache
def _text() -> str:
    return json.dumps(_document(), separators=(",", ":"), default=str)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document."""
    etag = f'"{hashlib.sha256(_text().encode()).hexdigest()[:12]}"'
    response = HttpResponse(_text(), content_type="application/json", headers={"ETag": etag})
    response["Cache-Control"] = "no-cache"
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the document as a page."""
    schemas = [
        {"name": name, "description": schema.get("description", ""), "fields": list(fields_of(name))}
        for name, schema in sorted(_document()["components"]["schemas"].items())
    ]
    context = {"groups": _groups(), "schemas": schemas, "problems": WORDS}
    return render(request, "api/reference.html", context)


def _groups() -> list[dict[str, Any]]:
    """Return the operations by what they are about, in the order of the document."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in _document()["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_drawn(method.upper(), path, operation))
    return [{"name": name, "operations": operations} for name, operations in groups.items()]


def _drawn(method: str, path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    answers = [
        {"status": status, "description": answer["description"], "schema": _name(_schema(answer))}
        for status, answer in operation["responses"].items()
    ]
    return {
        "id": operation["operationId"],
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "needs_token": "security" in operation,
        "fields": [*_parameters(operation), *_body(operation)],
        "answers": [answer for answer in answers if int(answer["status"]) < 400],
        "problems": ", ".join(sorted(str(answer["status"]) for answer in answers if int(answer["status"]) >= 400)),
    }


def _parameters(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in operation["parameters"]:
        yield _field(each["name"], each["in"], each["schema"], is_required=each["required"])


def _body(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "requestBody" in operation:
        name = _name(_schema(operation["requestBody"]))
        yield from fields_of(name)


def fields_of(name: str) -> Iterator[dict[str, Any]]:
    """Yield the fields of a schema."""
    schema = _document()["components"]["schemas"][name]
    for field, about in schema.get("properties", {}).items():
        yield _field(field, "body", about, is_required=field in schema.get("required", []))


def _field(name: str, place: str, schema: Mapping[str, Any], *, is_required: bool) -> dict[str, Any]:
    notes = ["" if place == "body" else place, "always" if is_required else "", schema.get("description", "")]
    return {"name": name, "type": _type(schema), "notes": list(filter(None, notes))}


def _type(schema: Mapping[str, Any]) -> str:
    """Return a type in words: `integer`, `list of RowSent`, `string or null`."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return _name(schema) or str(schema.get("format") or schema.get("type") or "anything")


def _schema(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    contents = holder.get("content", {})
    found: Mapping[str, Any] = next(iter(contents.values()))["schema"] if contents else {}
    return found


def _name(schema: Mapping[str, Any]) -> str:
    """Return the name of a schema that is referred to; empty for another."""
    return str(schema.get("$ref", "")).rpartition("/")[2]
