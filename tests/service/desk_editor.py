"""An editor at the desk of a service of their own, as the tests of the desk need one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from indexer.auth import new_token, read_tokens
from indexer.editing.edit import version_of
from indexer.settings import ContentSettings, EditingSettings, IndexSettings, Settings
from service.app import create_app
from service.desk.door import COOKIE
from service.desk.sessions import Session, Sessions


class DeskEditor:
    """Somebody with a token, before a service of their own. editing: settings of [editing]."""

    def __init__(self, root: Path, token: str = "", **editing: Any) -> None:
        self.root = root
        self.settings = Settings(
            content=ContentSettings(directory=root / "content"),
            index=IndexSettings(directory=root / "index"),
            editing=replace(EditingSettings(directory=root / ".seealso"), **editing),
        )
        now = datetime.now(UTC)
        self.token = token or new_token(self.settings.decided, "ann", now + timedelta(days=1), now)
        self.app: Flask = create_app(self.settings)
        self.client = self.app.test_client()

    def sign_in(self, token: str | None = None, to: str = "", headers: Mapping[str, str] | None = None) -> TestResponse:
        form = {"token": self.token if token is None else token, "to": to}
        return self.client.post("/desk/sign-in", data=form, headers=dict(headers or {}))

    def cookie(self) -> str:
        found = self.client.get_cookie(COOKIE, path="/desk")
        assert found is not None, "nobody is signed in"
        return found.value

    def session(self) -> Session:
        found = Sessions(self.settings.decided).open(
            self.cookie(), read_tokens(self.settings.decided), datetime.now(UTC)
        )
        assert found is not None
        return found

    def post(self, path: str, headers: Mapping[str, str] | None = None, **form: Any) -> TestResponse:
        """A form of this session."""
        return self.client.post(path, data={"csrf": self.session().csrf, **form}, headers=dict(headers or {}))

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def file(self, path: str) -> Path:
        return self.root / "content" / path

    def version(self, path: str) -> str:
        return version_of(self.file(path).read_bytes())
