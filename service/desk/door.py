"""Who may open the desk: the gate before each of its pages, signing in and signing out.

There is no desk until a token is made. What changes anything is a form of this session, sent from this origin; what is
sent is never kept by a browser or a proxy, and no other site may frame, read or script a page.
"""

from __future__ import annotations

import logging
import re

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import TooManyRequests

from indexer import auth
from indexer.errors import BadTokens, CrossSiteRequest, InvalidQuery, PostNotFound
from indexer.model import EditingMode
from service.api import settings
from service.desk.sessions import IDLE_SECONDS, Session, Sessions, utc_now
from service.editing import note, refusal, refuse_other_sites

log = logging.getLogger("seealso")

desk = Blueprint("desk", __name__, url_prefix="/desk")

# `__Host-` has browsers see to it that the cookie came over TLS and from this very host.
COOKIE, SECURE_COOKIE = "seealso-desk", "__Host-seealso-desk"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SIGN_IN = "desk.sign_in"
_OWN_PAGE = re.compile(r"/desk/[^\s\\]*", re.ASCII)


def is_desk(path: str) -> bool:
    return path == "/desk" or path.startswith("/desk/")


def editor() -> Session:
    """The session of this request; the gate lets nobody through without one."""
    session: Session = g.session
    return session


def is_signed_in() -> bool:
    return g.get("session") is not None


def recognise() -> None:
    """Opens the session of a request that is refused before the gate, so that its answer is a page of the desk."""
    if "session" not in g:
        g.session = _session(current_app.extensions["seealso-tokens"].now())


@desk.context_processor
def of_every_page() -> dict[str, object]:
    """What the templates of the desk know beside what all templates do."""
    collects = settings().editing.mode is not EditingMode.WRITE
    return {"session": g.get("session"), "collects": collects}


@desk.before_request
def gate() -> ResponseReturnValue | None:
    """Lets through who is signed in; others are shown where to sign in, and nothing of what they sent is done."""
    tokens: tuple[auth.Token, ...] = current_app.extensions["seealso-tokens"].now()
    if not tokens:
        raise PostNotFound("no post is published at this URL")
    if any(auth.holds_token(text) for pair in request.args.items(multi=True) for text in pair):
        raise InvalidQuery("query", "token_in_query", "a token belongs in the form; revoke one that stood in a URL")
    is_write = request.method not in ("GET", "HEAD", "OPTIONS")
    if is_write:
        refuse_other_sites()
    g.session = _session(tokens)
    if request.endpoint == _SIGN_IN:
        return None
    if g.session is None:
        return _to_sign_in(is_write)
    if is_write and not g.session.is_sent_by(request.form.get("csrf", "")):
        raise CrossSiteRequest("this form is not one of your session: load its page again")
    return None


def _session(tokens: tuple[auth.Token, ...]) -> Session | None:
    cookie = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        return _sessions().open(cookie, tokens, utc_now())
    except BadTokens as error:
        log.error("%s; nobody is signed in until then", error)  # noqa: TRY400  # the reason is all in the message
        return None


def _sessions() -> Sessions:
    found: Sessions = current_app.extensions["seealso-sessions"]
    return found


def _to_sign_in(is_write: bool) -> ResponseReturnValue:
    """The form, in place of the page that was asked for.

    A link on another site opens a page without the cookie, which is SameSite=Strict. The page asks again from here,
    once, so that whoever is signed in need not do it again.
    """
    if not is_write and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return render_template("desk/again.html", address=_address())
    said = "You are no longer signed in, so nothing was written. Go back to what you wrote when you are." * is_write
    return _sign_in_page(said, "" if is_write else _address()), 401


def _address() -> str:
    return request.full_path.removesuffix("?")


def _sign_in_page(said: str = "", to: str = "") -> str:
    return render_template("desk/sign_in.html", said=said, to=to)


@desk.after_request
def keep_nowhere(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY)
    if is_signed_in() and "Set-Cookie" not in response.headers:
        _set_cookie(response, _sessions().renewed(editor()))
    return response


def _set_cookie(response: AnyResponse, cookie: str) -> None:
    """The cookie, or the end of it where it is empty."""
    is_secure = _is_secure()
    response.set_cookie(
        SECURE_COOKIE if is_secure else COOKIE,
        cookie,
        max_age=IDLE_SECONDS if cookie else 0,
        path="/" if is_secure else "/desk",
        secure=is_secure,
        httponly=True,
        samesite="Strict",
    )


def _is_secure() -> bool:
    """Whether the browser came over TLS. What it says of that itself can only make its own cookie safer."""
    said = request.headers.get("X-Forwarded-Proto", "").casefold() == "https"
    return (
        request.is_secure or said or (request.origin or "").startswith("https://") or SECURE_COOKIE in request.cookies
    )


@desk.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    if request.method != "POST":
        return redirect("/desk/") if is_signed_in() else _sign_in_page()
    tokens, now = current_app.extensions["seealso-tokens"].now(), utc_now()
    text, to = request.form.get("token", "").strip(), request.form.get("to", "")
    to = to if _OWN_PAGE.fullmatch(to) else "/desk/"
    token = auth.known(tokens, text)
    if token is None or token.is_expired(now):
        return _refused("expired" if token else "unknown" if text else "none", to)
    if is_signed_in():
        _sessions().end(editor(), now)
    response = redirect(to, 303)
    cookie = _sessions().begin(token, now)
    _set_cookie(response, cookie)
    g.session = _sessions().open(cookie, tokens, now)
    note(editor().editor, "signed in")
    return response


def _refused(reason: str, to: str) -> ResponseReturnValue:
    """The form again. What was typed is not in it, nor in the log."""
    error = refusal(reason)
    if isinstance(error, TooManyRequests):
        wait = str(error.retry_after)
        said = f"Too many attempts without a good token. Try again in {wait} seconds."
        return _sign_in_page(said, to), 429, {"Retry-After": wait}
    return _sign_in_page("This token is not known here, or no longer.", to), 401


@desk.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    _sessions().end(editor(), utc_now())
    note(editor().editor, "signed out")
    response = redirect("/desk/sign-in", 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    _set_cookie(response, "")
    return response
