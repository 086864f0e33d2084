"""What the API promises, as an OpenAPI 3.1 document made from the tables that the routes check."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import msgspec

from indexer.output import schemas
from service.api import COMPLETE, RELATED, SEARCH, Parameter
from service.clicks import CLICK
from service.editing import ACCEPT, DISMISS, DRAFT, POSTS, SUGGESTIONS

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
            "/api/v1/click": _click(),
            "/api/v1/posts": _editors("get", "The posts and their curated lists.", POSTS, "Posts"),
            "/api/v1/suggestions": _editors(
                "get", "Posts that may belong beside one.", SUGGESTIONS, "Suggestions", 404, 409, 410
            ),
            "/api/v1/suggestions/accept": _write("Write suggestions into a post's list.", ACCEPT, "Accepted"),
            "/api/v1/suggestions/dismiss": _write("Let suggestions not be made again.", DISMISS, "Decided"),
            "/api/v1/suggestions/draft": _editors(
                "post", "Posts that may belong beside a text that is not published.", DRAFT, "Suggestions", 409
            ),
            "/healthz": _plain("Whether the process is up."),
            "/readyz": _plain("Whether a good generation is served, which, and how old it is.", 400, 503),
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made with `seealso token new NAME`."}
            },
        },
    }


def _route(about: str, parameters: dict[str, Parameter], schema: str, *errors: int) -> Schema:
    unchanged: Schema = {"304": {"description": "The answer that If-None-Match names is still right."}}
    return {
        "get": {
            "summary": about,
            "parameters": [_parameter(parameter) for parameter in parameters.values()],
            "responses": _said(schema) | unchanged | _problems(400, *errors, 406, 503),
        }
    }


def _click() -> Schema:
    """Told in a body, or in the address by the `ping` of a link."""
    return {
        "post": {
            "summary": "Tell that a hit was followed.",
            "parameters": [_parameter(replace(parameter, required=False)) for parameter in CLICK.values()],
            "requestBody": _body(CLICK, "text/plain", "application/json") | {"required": False},
            "responses": {"204": {"description": "Nothing, whether it counts or not."}} | _problems(408, 413, 503),
        }
    }


def _editors(method: str, about: str, table: dict[str, Parameter], schema: str, *errors: int) -> Schema:
    """A route that needs a token. table: of the query string, or of the body where something is sent."""
    sent = method == "post"
    takes: Schema = (
        {"requestBody": _body(table)}
        if sent
        else {"parameters": [_parameter(parameter) for parameter in table.values()]}
    )
    if sent:
        errors = (*errors, 413, 415)
    problems = _problems(*sorted({400, 401, 403, 404, 406, 429, 503, *errors}))
    return {method: {"summary": about, "security": [{"token": []}], **takes, "responses": _said(schema) | problems}}


def _write(about: str, table: dict[str, Parameter], schema: str) -> Schema:
    """A route of editors that writes for one version of a post only."""
    route = _editors("post", about, table, schema, 409, 410, 412, 428)
    route["post"]["parameters"] = [
        {
            "name": "If-Match",
            "in": "header",
            "description": "The ETag of the suggestions that were shown: one, in full; never *.",
            "required": True,
            "schema": _TEXT,
        }
    ]
    return route


def _body(table: dict[str, Parameter], *types: str) -> Schema:
    schema = {
        "type": "object",
        "properties": {
            parameter.name: parameter.schema | {"description": parameter.about} for parameter in table.values()
        },
        "required": [parameter.name for parameter in table.values() if parameter.required],
        "additionalProperties": False,
    }
    return {"required": True, "content": {kind: {"schema": schema} for kind in types or ("application/json",)}}


def _said(schema: str) -> Schema:
    return {"200": {"description": "The answer.", "content": {"application/json": {"schema": _ref(schema)}}}}


_MEANINGS = {
    400: "A parameter is wrong.",
    401: "No good token.",
    403: "A page of another site has sent this.",
    404: "No such post.",
    406: "Only JSON is spoken.",
    409: "The post or the decisions cannot be written without a doubt.",
    410: "The file of the post is gone.",
    412: "The post has changed since it was shown.",
    408: "The body was not complete in time.",
    413: "The body has more than 64 kB.",
    415: "The body is no JSON.",
    428: "If-Match is missing, or names no single version.",
    429: "Too many attempts without a good token; Retry-After says when to try again.",
    503: "No good generation is published, or the content folder cannot be reached.",
}


def _problems(*statuses: int) -> Schema:
    return {str(status): _problem(_MEANINGS[status]) for status in statuses}


def _plain(about: str, *errors: int) -> Schema:
    answers: Schema = {"200": {"description": "Yes.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    answers |= {str(status): _problem("No.") for status in errors}
    return {"get": {"summary": about, "responses": answers}}


def _problem(meaning: str) -> Schema:
    return {"description": meaning, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _parameter(parameter: Parameter) -> Schema:
    schema = (
        {"type": "array", "items": parameter.schema, "maxItems": parameter.most}
        if parameter.most > 1
        else parameter.schema
    )
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "required": parameter.required,
        "schema": schema,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# ----------------------------------------------------------------------------------------------------- schemas

_ANSWERS = (
    schemas.SearchAnswer,
    schemas.CompletionsAnswer,
    schemas.RelatedAnswer,
    schemas.PostsAnswer,
    schemas.SuggestionsAnswer,
    schemas.AcceptedAnswer,
    schemas.DecidedAnswer,
    schemas.ProblemAnswer,
)
_REFERENCE = "#/components/schemas/"
_OPTIONAL = {"errors"}  # of a problem; all other keys are always there


def _schemas() -> Schema:
    _, components = msgspec.json.schema_components(_ANSWERS, ref_template=f"{_REFERENCE}{{name}}")
    return {_name(name): _exact(schema) for name, schema in components.items()}


def _name(record: str) -> str:
    return record.removesuffix("Answer")


def _exact(schema: Any) -> Any:
    """The schema of a record, whose keys are always there and no others."""
    if isinstance(schema, list):
        return [_exact(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    exact = {key: _exact(value) for key, value in schema.items() if key not in ("title", "default")}
    if "$ref" in exact:
        exact["$ref"] = _REFERENCE + _name(exact["$ref"].removeprefix(_REFERENCE))
    if properties := schema.get("properties"):
        exact["properties"] = {name: _exact(value) for name, value in properties.items()}
        exact |= {"required": sorted(properties.keys() - _OPTIONAL), "additionalProperties": False}
    return exact


SCHEMAS = _schemas()
_TEXT: Schema = {"type": "string"}
