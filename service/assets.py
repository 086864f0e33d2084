"""The scripts for browsers: each under its own name, and under one by its hash that may be kept for good."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from flask import Blueprint, Response, request

from indexer.output.assets import PAGEFIND, Asset, elements, pagefind

assets = Blueprint("assets", __name__)

_STABLE = "public, max-age=3600"
_BY_HASH = "public, max-age=31536000, immutable"


def _script(asset: Asset, cache_control: str) -> Response:
    """A script that pages of any site may load; module scripts are always loaded with CORS."""
    etag = hashlib.sha256(asset.data).hexdigest()[:16]
    headers = {
        "ETag": f'"{etag}"',
        "Cache-Control": cache_control,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.if_none_match.contains_weak(etag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.data, headers=headers, content_type="text/javascript; charset=utf-8")


for _asset in elements():
    for _name, _cache_control in ((_asset.name, _STABLE), (_asset.hashed_name, _BY_HASH)):
        assets.add_url_rule(
            f"/{_name}",
            endpoint=_name.replace(".", "-"),
            view_func=_script,
            defaults={"asset": _asset, "cache_control": _cache_control},
        )

assets.add_url_rule(
    f"/{PAGEFIND}",
    endpoint="pagefind",
    view_func=_script,
    defaults={"asset": pagefind(), "cache_control": _STABLE},
)
