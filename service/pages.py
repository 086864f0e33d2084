"""The search page and the post page. Both work without JavaScript and are what the API can do, made visible."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from indexer.errors import InvalidQuery
from indexer.search.query import DEEPEST_HIT
from service import render
from service.api import SEARCH, current_snapshot, given, search_request, settings

pages = Blueprint("pages", __name__)


@pages.get("/")
def search_page() -> str | tuple[str, int]:
    """The form; with ?q= the hits below it, or what is wrong with the question."""
    title = settings().service.title
    snapshot = current_snapshot()
    if not request.args.get("q", "").strip() and set(request.args) <= {"q"}:
        newest = snapshot.posts.newest(5)
        return render_template("search.html", site=title, wanted=None, posts=len(snapshot.posts), newest=newest)
    try:
        wanted = search_request(given(SEARCH))
    except InvalidQuery as error:
        return render_template("search.html", site=title, wanted=None, typed=request.args.get("q"), wrong=error), 400
    hits = snapshot.reader.search(wanted)
    last = min((hits.total + wanted.per_page - 1) // wanted.per_page, DEEPEST_HIT // wanted.per_page)
    return render_template("search.html", site=title, wanted=wanted, hits=hits, last=last, render=render)


@pages.get("/<path:path>")
def post_page(path: str) -> str:
    """The post at this URL as plain text, and what to read beside it. Raises PostNotFound."""
    if path.startswith("api/v1/"):
        abort(404)
    snapshot = current_snapshot()
    post = snapshot.post_at(f"/{path}")
    return render_template(
        "post.html",
        site=settings().service.title,
        post=post,
        sections=snapshot.posts.sections(post.number),
        related=snapshot.related.for_readers(post, settings().related.shown),
        render=render,
    )
