"""What the API promises, as an OpenAPI 3.1 document made from the tables that the routes check."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from service.api import COMPLETE, RELATED, SEARCH, Parameter

Schema = dict[str, Any]


def document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "See Also",
            "version": version("seealso"),
            "description": "Search and related posts of one site. Every answer comes from one generation of its index.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/api/v1/search": _route("Search the posts.", SEARCH, "Search"),
            "/api/v1/complete": _route("Finish what is being typed.", COMPLETE, "Completions"),
            "/api/v1/related": _route("Posts to read beside one, curated ones first.", RELATED, "Related", 404),
            "/healthz": _plain("Whether the process is up."),
            "/readyz": _plain("Whether a good generation is served, which, and how old it is.", 503),
        },
        "components": {"schemas": SCHEMAS},
    }


def _route(about: str, parameters: dict[str, Parameter], schema: str, *errors: int) -> Schema:
    answers: Schema = {
        "200": {"description": "The answer.", "content": {"application/json": {"schema": _ref(schema)}}},
        "304": {"description": "The answer that If-None-Match names is still right."},
    }
    for status, meaning in ((400, "A parameter is wrong."), (404, "No such post."), (406, "Only JSON is spoken."),
                            (503, "No good generation is published.")):  # fmt: skip
        if status != 404 or 404 in errors:
            answers[str(status)] = _problem(meaning)
    return {
        "get": {"summary": about, "parameters": [_parameter(one) for one in parameters.values()], "responses": answers}
    }


def _plain(about: str, *errors: int) -> Schema:
    answers: Schema = {"200": {"description": "Yes.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    answers |= {str(status): _problem("No.") for status in errors}
    return {"get": {"summary": about, "responses": answers}}


def _problem(meaning: str) -> Schema:
    return {"description": meaning, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _parameter(one: Parameter) -> Schema:
    schema = {"type": "array", "items": one.schema} if one.repeated else one.schema
    return {
        "name": one.name,
        "in": "query",
        "description": one.about,
        "required": one.required,
        "schema": schema,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_SPANS: Schema = {
    **_array({"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}),
    "description": "[start, end) in Unicode code points of the text beside it.",
}
_POST: dict[str, Schema] = {
    "id": _TEXT,
    "url": _TEXT,
    "title": _TEXT,
    "description": _TEXT,
    "tags": _array(_TEXT),
    "date": {"type": ["string", "null"], "format": "date"},
    "language": _TEXT,
    "image": _MAYBE_TEXT,
}

SCHEMAS: Schema = {
    "Post": _object(**_POST),
    "Hit": _object(
        **_POST,
        title_spans=_SPANS,
        section={"oneOf": [_object(heading=_TEXT, anchor=_TEXT, url=_TEXT), {"type": "null"}]},
        fragments=_array(_object(text=_TEXT, spans=_SPANS)),
    ),
    "Search": _object(
        generation=_TEXT,
        total=_COUNT,
        page=_COUNT,
        per_page=_COUNT,
        suggestion={
            **_MAYBE_TEXT,
            "description": "The query respelt; the hits are those of the respelt words.",
        },
        tags=_array(_object(tag=_TEXT, count=_COUNT)),
        hits=_array(_ref("Hit")),
    ),
    "Completions": _object(generation=_TEXT, completions=_array(_TEXT)),
    "Related": _object(
        generation=_TEXT,
        post=_ref("Post"),
        related=_array(
            _object(**_POST, curated={"type": "boolean"}, similarity={"type": ["number", "null"], "maximum": 1})
        ),
    ),
    "Problem": {
        "type": "object",
        "description": "RFC 9457 problem details.",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": _COUNT,
            "detail": _TEXT,
            "errors": _array(_object(parameter=_TEXT, code=_TEXT)),
        },
        "required": ["type", "title", "status", "detail"],
    },
}
