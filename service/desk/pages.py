"""The pages of the desk and what their forms do. What visitors do not need is imported where it is needed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from indexer.editing.decisions import Decisions
from indexer.editing.journal import Action, Entry, Signature, latest, skipped
from indexer.errors import BadPost, CannotWrite, InvalidQuery, PostNotFound, SeeAlsoError, StaleVersion
from indexer.model import Band, EditingMode, FindingKind, Verdict
from service.api import current_snapshot, settings
from service.desk.door import desk, editor
from service.desk.sessions import utc_now
from service.editing import decisions_now, today

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.editing.changes import ChangedFiles
    from indexer.editing.edit import Edit
    from indexer.editing.queue import Queue, Waiting
    from service.desk.checking import Known
    from service.desk.deciding import Desk
    from service.desk.pairs import Offered
    from service.desk.steering import Steering

MOST_ROWS = 50
MOST_OF_A_KIND, MOST_LISTED = 10, 500
MOST_FOR_DRAFT = 12
MOST_OF_A_TABLE = 20
MOST_OF_JOURNAL = 50
REASONS = ("not close enough", "says the same", "out of date")
_ACTIONS = ("accept", "dismiss", "later")
_OF_POSTS = {Action.ACCEPTED, Action.DISMISSED, Action.LATER, Action.SKIPPED}


def problem(status: HTTPStatus, detail: str, patch: str = "") -> str:
    """The page that says what went wrong, and where to go on. patch: a change that the detail speaks of."""
    title = _TITLES.get(status, "This cannot be done")
    others = _written_by_others() if status == HTTPStatus.PRECONDITION_FAILED else None
    return render_template(
        "desk/problem.html", title=title, detail=detail, back=_way_back(status), others=others, patch=patch
    )


def _way_back(status: HTTPStatus) -> str:
    """The page to go on from. Of a form that was too large nothing is read: its page is that of the form."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "/desk/draft" if request.path == "/desk/draft" else "/desk/"
    post, least = request.values.get("post", ""), request.values.get("least", "")
    if request.path == "/desk/steer":
        names = ("rule", "do", "q", "post", "words")
        return _address("/desk/steer", **{name: request.values.get(name, "") for name in names})
    if post and status != HTTPStatus.NOT_FOUND:
        return _address("/desk/post", post=post, least=least)
    is_repair = request.path == "/desk/repair" or request.form.get("next") == "findings"
    return "/desk/findings" if is_repair else "/desk/"


_TITLES = {
    HTTPStatus.NOT_FOUND: "No such post",
    HTTPStatus.GONE: "The file of this post is gone",
    HTTPStatus.FORBIDDEN: "Nothing was done",
    HTTPStatus.PRECONDITION_FAILED: "Somebody else was faster",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too much text",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
}


def _written_by_others() -> Entry | None:
    """The last write of another editor into a post of this form, which is why it came too late."""
    from service.desk.pairs import sent_pairs

    found = _desk()
    if request.path == "/desk/steer":
        steering = _steering(request.form)
        return found.writer_of(steering.folder, steering.path)
    for pair in sent_pairs(request.form.getlist("pair")) if "pair" in request.form else ():
        post = found.snapshot.posts.find(pair.source)
        if post and (entry := found.writer_of(settings().content, post.path)):
            return entry
    return None


# ------------------------------------------------------------------------------------------------------ suggestions


@desk.app_template_filter()
def post_title(post_id: str) -> str:
    """What the journal names as a person knows it: the title of a post; the same text where it is no post's id."""
    post = current_snapshot().posts.find(post_id)
    return post.title if post else post_id


@desk.app_template_filter()
def as_named(target: str, action: Action) -> str:
    """What was decided on: the title of a post; names in a file, aliases and words as they are."""
    return post_title(target) if action in _OF_POSTS else target


@desk.get("/", strict_slashes=False)
def queue() -> str:
    """The posts worth a look, and the one to begin with."""
    least = _least()
    waiting = _waiting(least)
    return render_template(
        "desk/queue.html",
        place="Suggestions",
        waiting=waiting[:MOST_ROWS],
        total=len(waiting),
        open_posts=sum(not one.is_last for one in waiting),
        suggestions=sum(one.open - one.put_off for one in waiting if not one.is_last),
        least=least,
        bands=list(Band),
        last=_desk().last(),
        address=_address,
    )


@desk.get("/next")
def onward() -> ResponseReturnValue:
    """The post after one of the queue, or the first one."""
    return redirect(_following(request.args.get("after", ""), _least()), 303)


@desk.post("/skip")
def skip() -> ResponseReturnValue:
    """Has a post come last, and leads to the one after it."""
    least, post_id = _least(), request.form.get("post", "")
    following = _following(post_id, least)
    _desk().skip(post_id)
    return redirect(following, 303)


def _following(post_id: str, least: Band) -> str:
    """The post after one of the queue, or the first one, or the queue where none is left."""
    ids = [one.post.id for one in _waiting(least) if not one.is_last]
    place = ids.index(post_id) + 1 if post_id in ids else 0
    return _address("/desk/post", post=ids[place], least=least) if place < len(ids) else _address("/desk/", least=least)


@desk.get("/post")
def post() -> str:
    """One post with what may belong beside it, one of them in full."""
    from indexer.editing.suggestions import SuggestionService
    from service.desk.pairs import Way, offered
    from service.desk.texts import side_by_side

    least, snapshot, content = _least(), current_snapshot(), settings().content
    shown = snapshot.post(request.args.get("post", ""))
    service = SuggestionService(snapshot, _decisions(), content, today())
    found, duplicates = offered(service, content, shown, least, _taken())
    chosen = _chosen(found)
    place = [one.post.id for one in _waiting(least)]
    plan = _desk().planned([chosen.sent])[0] if chosen else None
    return render_template(
        "desk/post.html",
        place="Suggestions",
        post=shown,
        groups=[(way, [one for one in found if one.way is way]) for way in Way],
        chosen=chosen,
        around=_around(found, chosen),
        plan=plan,
        back=_back(found, chosen),
        sides=side_by_side(snapshot, shown, chosen.other if chosen else None, chosen.suggestion if chosen else None),
        duplicates=duplicates,
        number=place.index(shown.id) + 1 if shown.id in place else 0,
        total=len(place),
        least=least,
        reasons=REASONS,
        last=_desk().last(),
        address=_address,
    )


def _chosen(found: list[Offered]) -> Offered | None:
    """The suggestion that is shown in full: the one that the address names, or the first that was not put off."""
    wanted = request.args.get("other", ""), request.args.get("way", "of")
    named = (one for one in found if (one.other.id, str(one.way)) == wanted)
    first = (one for one in found if not one.is_put_off)
    return next(named, None) or next(first, None) or next(iter(found), None)


def _around(found: list[Offered], chosen: Offered | None) -> tuple[Offered | None, Offered | None]:
    """The suggestions before and after one."""
    place = found.index(chosen) if chosen else 0
    before = found[place - 1] if place else None
    return before, found[place + 1] if place + 1 < len(found) else None


def _back(found: list[Offered], chosen: Offered | None) -> Offered | None:
    """The same two posts the other way round, if that is suggested, too."""
    if chosen is None:
        return None
    return next((one for one in found if one.other == chosen.other and one.way is not chosen.way), None)


@desk.post("/several")
def several() -> str:
    """What several pairs would write, before they are decided on together."""
    from service.desk.pairs import sent_pairs

    pairs = sent_pairs(request.form.getlist("pair"))
    return render_template(
        "desk/several.html",
        place="Suggestions",
        pairs=pairs,
        plans=_desk().planned(pairs),
        post=request.form.get("post", ""),
        least=_least(),
        reasons=REASONS,
        address=_address,
    )


@desk.post("/decide")
def decide() -> ResponseReturnValue:
    """Accepts, dismisses or puts off, and leads to what is to be decided next. Raises what stood in the way."""
    from service.desk.pairs import sent_pairs

    form = request.form
    pairs, action = sent_pairs(form.getlist("pair")), form.get("action", "")
    if action not in _ACTIONS:
        raise InvalidQuery("action", "unknown", "this form is damaged: load its page again")
    if action == "accept":
        outcome = _desk().accept(pairs)
    else:
        verdict = Verdict.DISMISSED if action == "dismiss" else Verdict.LATER
        outcome = _desk().put_aside(pairs, verdict, form.get("because", ""))
    if outcome.failed:
        raise _with_the_rest(outcome.failed, outcome.done)
    to = "/desk/findings" if form.get("next") == "findings" else _next_address(form.get("post", ""), _least())
    return redirect(to, 303)


def _with_the_rest(failed: list[SeeAlsoError], done: int) -> SeeAlsoError:
    """One error for all that could not be written."""
    first = failed[0]
    others = "; ".join(str(error) for error in failed)
    rest = "The other one was" if done == 1 else f"The other {done} were"
    return type(first)(f"{others}. {rest} written" if done else others)


def _next_address(post_id: str, least: Band) -> str:
    """The same post while something is left for it, then the next one, then the queue."""
    ids = [one.post.id for one in _waiting(least) if not one.is_last]
    following = post_id if post_id in ids else ids[0] if ids else ""
    return _address("/desk/post", post=following, least=least) if following else _address("/desk/", least=least)


@desk.post("/undo")
def undo() -> ResponseReturnValue:
    """Takes one decision back and shows its post, its question, or the findings."""
    from service.desk.deciding import ACTIONS

    undone = _desk().undo(request.form.get("entry", ""))
    if undone.action in (Action.REPAIRED, Action.REMOVED):
        return redirect("/desk/findings", 303)
    if undone.action in ACTIONS.values():
        return redirect(_address("/desk/search", q=undone.targets[0]), 303)
    return redirect(_address("/desk/post", post=undone.post, other=undone.targets[0], least=_least()), 303)


# ------------------------------------------------------------------------------------------------------------ draft


@desk.route("/draft", methods=["GET", "POST"])
def draft() -> str:
    """A text that is not published, which is nowhere kept, and the posts that may belong beside it."""
    from indexer.editing.suggestions import UNNAMED_DRAFT, suggestions_for_draft
    from indexer.output.reasons import because
    from service.desk.texts import sentences_of_draft

    text, title, advice, wrong = _draft_text(), "", None, ""
    if text.strip():
        snapshot, content = current_snapshot(), settings().content
        try:
            title, advice = suggestions_for_draft(
                snapshot, text, UNNAMED_DRAFT, content, MOST_FOR_DRAFT, today(), _decisions()
            )
        except BadPost as error:
            wrong = f"This cannot be read as a post: {error.reason}"
    elif request.method == "POST":
        wrong = "There is no text yet: paste one, or choose a file."
    return render_template(
        "desk/draft.html",
        place="Draft",
        text=text,
        title=title,
        advice=advice,
        wrong=wrong,
        why=because,
        sentences=sentences_of_draft,
        address=_address,
    )


def _draft_text() -> str:
    """What was pasted, or else the text of the file that was sent. Raises InvalidQuery."""
    if pasted := request.form.get("text", ""):
        return pasted.replace("\r\n", "\n")
    file = request.files.get("file")
    try:
        return file.read().decode("utf-8-sig") if file else ""
    except UnicodeDecodeError:
        raise InvalidQuery("file", "not_text", "this file is no text in UTF-8: choose the Markdown file") from None


# --------------------------------------------------------------------------------------------------------- findings


@desk.get("/findings")
def findings() -> str:
    """What is broken or should be looked at, each with what can be done about it here."""
    from indexer.check.headings import HEADINGS
    from service.desk.checking import rows, sure_edits

    found, asked = _found(), request.args.get("kind", "")
    snapshot = current_snapshot()
    most = MOST_LISTED if asked else MOST_OF_A_KIND
    kinds = [kind for kind in FindingKind if not asked or kind == asked]
    by_kind = {kind: [one for one in found.findings if one.kind is kind] for kind in kinds}
    edits, refused = sure_edits(settings(), found)
    return render_template(
        "desk/findings.html",
        place="Findings",
        groups=[
            (kind, HEADINGS[kind], len(own), list(rows(settings(), found, own[:most])))
            for kind, own in by_kind.items()
            if own
        ],
        broken=sum(one.kind.broken for one in found.findings),
        total=len(found.findings),
        posts=len(snapshot.posts),
        built=snapshot.built_at,
        changed=len(found.changes),
        edits=edits,
        refused=refused,
        asked=asked,
        one_way=FindingKind.ONE_WAY,
        orphan=FindingKind.ORPHAN,
        last=_desk().last(),
        address=_address,
    )


@desk.get("/repair")
def repairs() -> str:
    """The ways to mend one finding, each with what it would write."""
    from service.desk.repairing import finding_of, repairs_of

    found, args = _found(), request.args
    finding = finding_of(found, args.get("kind", ""), args.get("path", ""), args.get("subject", ""))
    return render_template(
        "desk/repair.html",
        place="Findings",
        finding=finding,
        repairs=repairs_of(settings().content, found, finding, today()),
        address=_address,
    )


@desk.post("/repair")
def repair() -> ResponseReturnValue:
    """Writes the repair that an editor has chosen, or all that are beyond doubt, or hands them out as a patch.

    Raises what stood in the way.
    """
    from indexer.check.repair import holder
    from service.desk.checking import sure_edits

    found, removed = _found(), ""
    if request.form.get("sure"):
        edits, _ = sure_edits(settings(), found)
    else:
        edit, removed = _chosen_repair(found, request.form)
        edits = [edit]
    if request.form.getlist("version") != [edit.version for edit in edits]:
        raise StaleVersion("a file has changed since its repair was shown; nothing was written: look at it again")
    if _desk().collects:
        return _attached("".join(edit.patch() for edit in edits))
    outcome = _desk().repair(((holder(edit.path, found.checked.posts), edit) for edit in edits), removed)
    if outcome.failed:
        raise _with_the_rest(outcome.failed, outcome.done)
    return redirect("/desk/findings", 303)


def _chosen_repair(found: Known, form: Mapping[str, str]) -> tuple[Edit, str]:
    """The repair that was shown and chosen, and the name that it takes out of a list, if it does.

    Raises InvalidQuery, CannotWrite, and StaleVersion where it would write something else now.
    """
    from service.desk.repairing import finding_of, repairs_of

    finding = finding_of(found, form.get("kind", ""), form.get("path", ""), form.get("subject", ""))
    offered = repairs_of(settings().content, found, finding, today())
    one = next((one for one in offered if one.meant == form.get("meant")), None)
    if one is None:
        raise InvalidQuery("meant", "unknown", "this form is damaged: load its page again")
    if one.edit is None:
        raise CannotWrite(one.refused)
    if form.get("becomes") != one.edit.new_version:
        raise StaleVersion("a file has changed since its repair was shown; nothing was written: look at it again")
    return one.edit, "" if one.meant else finding.subject


# ----------------------------------------------------------------------------------------------------------- search


@desk.get("/search")
def search() -> str:
    """What visitors ask, with what to do about it; above it, what a question shows them."""
    from service.desk.questions import queries_report, tried

    text, snapshot = request.args.get("q", ""), current_snapshot()
    return render_template(
        "desk/search.html",
        place="Search",
        text=text,
        tried=tried(snapshot, text, settings()) if text.strip() else None,
        report=queries_report(settings(), snapshot, utc_now()),
        last=_desk().last(),
        most=MOST_OF_A_TABLE,
        service=settings().service,
        address=_address,
    )


@desk.get("/steer")
def steer() -> str:
    """A pin, a search alias or synonyms for a question: what it would show, and what would be written."""
    from service.desk.steering import offered, planned, wish_of

    wish, snapshot = wish_of(request.args), current_snapshot()
    plan = planned(snapshot, settings(), wish)
    is_collected = plan.steering is not None and _desk().has_collected(plan.steering)
    return render_template(
        "desk/steer.html",
        place="Search",
        wish=wish,
        plan=plan,
        is_collected=is_collected,
        offered=offered(snapshot, wish),
        takes_patch=plan.read_only or (wish.rule == "synonyms" and _desk().collects),
        address=_address,
    )


@desk.post("/steer")
def steered() -> ResponseReturnValue:
    """Writes it, or collects it, and shows what the question shows. Raises what stood in the way."""
    found = _desk()
    steering = _steering(request.form)
    if not steering.wish.is_complete:
        raise InvalidQuery("post", "required", "something is missing: go back and fill in the form")
    found.steer(steering, request.form.get("version", ""))
    return redirect(_address("/desk/search", q=steering.wish.tried), 303)


@desk.get("/rule.patch")
def rule_patch() -> Response:
    """The same as a patch, for the folder of the file. Raises what stands in the way."""
    return _attached(_steering(request.args).edit().patch())


def _steering(values: Mapping[str, str]) -> Steering:
    from service.desk.steering import Steering, wish_of

    return Steering(current_snapshot(), settings(), wish_of(values))


# ------------------------------------------------------------------------------------------------------------- site


@desk.get("/site")
def site() -> str:
    """How the site stands, how good suggestions are here, and who decided what."""
    from indexer.editing.undo import taken_back
    from service.desk.overview import WIDE, overview

    recent = latest(settings().decided, MOST_OF_JOURNAL)
    return render_template(
        "desk/site.html",
        place="Site",
        overview=overview(current_snapshot()),
        wide=WIDE,
        entries=recent,
        gone=taken_back(recent),
        undoable=_desk().may_take_back(recent),
        address=_address,
    )


@desk.get("/graph")
def graph() -> Response:
    """The drawing of the site, as `seealso check --html` writes it."""
    from indexer.check.report.page import page, policy
    from indexer.output import serialize

    response = Response(page(serialize.drawn(_found().checked.found), settings().service.title), mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"{policy()}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


def _found() -> Known:
    from service.desk.checking import Checks

    checks: Checks = current_app.extensions.setdefault("seealso-checks", Checks(_files()))
    return checks.now(current_snapshot(), settings(), _decisions(), today())


# ------------------------------------------------------------------------------------------------------------ patch


@desk.get("/patch")
def patch() -> str:
    """What is collected, as it would be written. 404 where the desk writes."""
    from indexer.editing.collected import BRANCH, patch_of

    found = _collecting()
    made = patch_of(found.snapshot, settings().content, found.collected())
    if made.done:
        found.forget(one for one in found.collected() if one.id in made.done)
    entries = found.collected()
    return render_template(
        "desk/patch.html",
        place="Patch",
        patch=made,
        entries=entries,
        is_committed=all(one.commit for one in entries),
        branch=BRANCH if settings().editing.mode is EditingMode.BRANCH else "",
    )


@desk.get("/see-also.patch")
def download() -> Response:
    """The patch, for `git apply`. 404 where the desk writes."""
    from indexer.editing.collected import patch_of

    found = _collecting()
    return _attached(patch_of(found.snapshot, settings().content, found.collected()).text)


@desk.post("/patch")
def forget() -> ResponseReturnValue:
    """Takes what the page listed out of the patch. 404 where the desk writes."""
    found, ids = _collecting(), request.form.getlist("entry")
    found.forget(one for one in found.collected() if one.id in ids)
    return redirect("/desk/patch", 303)


@desk.post("/commit")
def commit() -> ResponseReturnValue:
    """Commits what is collected to the branch of the desk. 404 where that is not asked for."""
    found = _collecting()
    if settings().editing.mode is not EditingMode.BRANCH:
        raise PostNotFound('the desk commits only with editing.mode = "branch"')
    found.commit()
    return redirect("/desk/patch", 303)


def _collecting() -> Desk:
    found = _desk()
    if not found.collects:
        raise PostNotFound("there is no patch where the desk writes into the posts itself (editing.mode)")
    return found


def _attached(text: str) -> Response:
    response = Response(text, mimetype="text/x-patch")
    response.headers["Content-Disposition"] = 'attachment; filename="see-also.patch"'
    return response


# --------------------------------------------------------------------------------------------- what they have in common


def _least() -> Band:
    """The least sure suggestions that are wanted; only strong ones unless the address says otherwise."""
    text = request.values.get("least", "")
    return Band(text) if text in list(Band) else Band.STRONG


def _address(path: str, /, **params: object) -> str:
    given = {name: str(value) for name, value in params.items() if value and value != Band.STRONG}
    return f"{path}?{urlencode(given)}" if given else path


def _waiting(least: Band) -> list[Waiting]:
    from indexer.editing.queue import Wanted
    from indexer.editing.suggestions import SuggestionService

    service = SuggestionService(current_snapshot(), _decisions(), settings().content, today())
    return _queue().waiting(service, Wanted(least.least, _taken(), skipped(settings().decided)))


def _taken() -> frozenset[tuple[str, str]]:
    """The pairs that are accepted and only collected."""
    return frozenset(one.pair for one in _desk().collected() if one.action is Action.ACCEPTED)


def _queue() -> Queue:
    from indexer.editing.queue import Queue

    found: Queue = current_app.extensions.setdefault("seealso-queue", Queue(_files()))
    return found


def _files() -> ChangedFiles:
    """What is known of files that have changed since the build, for all pages."""
    from indexer.editing.changes import ChangedFiles

    found: ChangedFiles = current_app.extensions.setdefault("seealso-changed-files", ChangedFiles())
    return found


def _desk() -> Desk:
    from service.desk.deciding import Desk

    return Desk(current_snapshot(), settings(), Signature(editor().editor, utc_now()))


def _decisions() -> Decisions:
    """What was decided, read once for a request."""
    if "decisions" not in g:
        g.decisions = decisions_now()
    found: Decisions = g.decisions
    return found
