"""The pages of the desk and what their forms do."""

from __future__ import annotations

from http import HTTPStatus

from flask import render_template, request

from service.desk.door import desk


def problem(status: HTTPStatus, detail: str) -> str:
    """The page that says what went wrong, and that nothing was lost."""
    title = _TITLES.get(status, "This cannot be done")
    back = request.form.get("next") or "/desk/"
    return render_template("desk/problem.html", title=title, detail=detail, back=back)


_TITLES = {
    HTTPStatus.NOT_FOUND: "No such post",
    HTTPStatus.PRECONDITION_FAILED: "Somebody else was faster",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
}


@desk.get("/", strict_slashes=False)
def queue() -> str:
    return render_template("desk/queue.html")
