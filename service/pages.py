"""The pages for people: the results, which lead to the site, and previews of posts where it has no address yet.

They work without JavaScript. What is odd about an address is passed over or said; only the API is strict.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from indexer.content.urls import on_site, site_origin
from indexer.model import SearchRequest
from indexer.search.query import parse
from service import render
from service.addresses import address_of, asked, is_filtered, parameters_of
from service.api import current_snapshot, dismissed_beside, may_be_kept, record, recorder, settings
from service.look import Look
from service.results import results_of

pages = Blueprint("pages", __name__)

# Nobody should find results within results; what pages of the site load here, their readers may be shown.
ROBOTS = """\
User-agent: *
Disallow: /
Allow: /see-also
Allow: /api/v1/related
"""


def look() -> Look:
    found: Look = current_app.extensions["seealso-look"]
    return found


@pages.app_context_processor
def of_every_page() -> dict[str, object]:
    """What all templates know."""
    content = settings().content
    return {
        "site": settings().service.title,
        "watch": settings().service.watch,
        "site_address": content.site if site_origin(content) else "",
        "language": content.language,
        "stylesheet": f"/site.css?{look().version}" if look().stylesheet else "",
        "header": render.fragment(look().header),
        "footer": render.fragment(look().footer),
        "render": render,
    }


@pages.get("/")
def search_page() -> str:
    """The form; below it what is found, or the newest posts where nothing is asked."""
    question = asked(dict(request.args.lists()))
    snapshot, content = current_snapshot(), settings().content
    wanted = question.request
    if not wanted.query.text and not is_filtered(wanted):
        overview = results_of(snapshot, SearchRequest(parse("")), content)
        may_be_kept(snapshot)
        return render_template("home.html", results=overview, unread=question.unread)
    results = results_of(snapshot, wanted, content, recorder().is_recording)
    record(wanted, results.hits)
    may_be_kept(snapshot)
    return render_template(
        "results.html",
        results=results,
        unread=question.unread,
        typed=wanted.query.text,
        kept=parameters_of(wanted),
        canonical=address_of(wanted),
    )


@pages.get("/site.css")
def stylesheet() -> Response:
    """The site's own style sheet; 404 where there is none."""
    if not look().stylesheet:
        abort(404)
    answer = Response(look().stylesheet, mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=86400"  # its address changes with it
    return answer


@pages.get("/robots.txt")
def robots() -> Response:
    return Response(ROBOTS, mimetype="text/plain")


@pages.get("/<path:path>")
def post_page(path: str) -> ResponseReturnValue:
    """Leads to the post on the site; where the site has no address, shows its text. Raises PostNotFound."""
    if path.startswith("api/v1/"):
        abort(404)
    snapshot, content = current_snapshot(), settings().content
    post = snapshot.post_at(f"/{path}")
    if site_origin(content):
        return redirect(on_site(post.url, content))
    return render_template(
        "post.html",
        post=post,
        sections=snapshot.posts.sections(post.number),
        related=snapshot.related.for_readers(post, settings().related.shown, dismissed_beside(snapshot, post)),
    )


def words_of(path: str) -> str:
    """What to search for where a page is not found: the words of the last part of its address."""
    name = path.rstrip("/").rpartition("/")[2].rpartition(".")
    return " ".join(re.findall(r"\w+", name[0] or name[2]))[:100]
