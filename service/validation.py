"""What is sent in a body: one JSON object, checked against the same kind of table as a query string.

Stricter than JSON's own rules where programs disagree about them: no key twice, no NaN, no half of a character.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from indexer.errors import InvalidQuery
from service.api import Parameter

JsonObject = dict[str, Any]


def checked(table: dict[str, Parameter], data: bytes) -> JsonObject:
    """The values of a body by name; what may be left out and is, is not there. Raises InvalidQuery."""
    body = _object(data)
    if body.keys() - table.keys():
        raise InvalidQuery("body", "unknown_parameter", f"known keys here: {', '.join(table)}")
    for name, parameter in table.items():
        if name in body:
            _check(name, body[name], parameter.schema)
        elif parameter.required:
            raise InvalidQuery(name, "required", f"{name} is missing")
    return body


def _object(data: bytes) -> JsonObject:
    try:
        body = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):  # also from bytes that are no UTF-8, and from numbers of 5,000 digits
        raise InvalidQuery("body", "not_json", "the body must be one JSON object in UTF-8") from None
    if not isinstance(body, dict):
        raise InvalidQuery("body", "wrong_type", "the body must be a JSON object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> JsonObject:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidQuery("body", "given_twice", "a key is given more than once")
    return values


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _check(name: str, value: Any, schema: JsonObject) -> None:
    kind, is_one, check = _KINDS[schema["type"]]
    if not is_one(value):
        raise InvalidQuery(name, "wrong_type", f"{name} must be {kind}")
    check(name, value, schema)


def _check_text(name: str, text: str, schema: JsonObject) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidQuery(name, "not_text", f"{name} holds half of a character (a lone surrogate)")
    if len(text) > (longest := schema.get("maxLength", len(text))):
        raise InvalidQuery(name, "too_long", f"{name} has more than {longest:,} characters")
    if schema.get("minLength") and not text.strip():
        raise InvalidQuery(name, "required", f"{name} is empty")
    if "contentMediaType" not in schema and not text.isprintable():
        raise InvalidQuery(name, "control_character", f"{name} holds a control character: send one line of text")


def _check_list(name: str, values: list[Any], schema: JsonObject) -> None:
    if len(values) < schema["minItems"]:
        raise InvalidQuery(name, "required", f"{name} is empty")
    if len(values) > schema["maxItems"]:
        raise InvalidQuery(name, "too_many", f"{name} holds more than {schema['maxItems']}")
    for value in values:
        _check(name, value, schema["items"])


def _check_number(name: str, number: int, schema: JsonObject) -> None:
    if not schema["minimum"] <= number <= schema["maximum"]:
        raise InvalidQuery(name, "out_of_range", f"{name} must be from {schema['minimum']} to {schema['maximum']}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# By the type of a schema: what it is called, whether a value is one, and what more is asked of it.
_KINDS: dict[str, tuple[str, Callable[[Any], bool], Callable[[str, Any, JsonObject], None]]] = {
    "string": ("a text", lambda value: isinstance(value, str), _check_text),
    "array": ("a list of texts", lambda value: isinstance(value, list), _check_list),
    "integer": ("a whole number", _is_number, _check_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool), lambda *_: None),
}
