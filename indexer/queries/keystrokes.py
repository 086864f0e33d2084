"""The requests of one typing visitor → the question that was meant.

A search box asks at nearly every key: `ry`, `rye`, `rye br`, `rye bread`. These are one question, and the last is
meant; of `rye bread`, `rye br`, `rye`, deleted again, it is the first. Nobody says who asks, so what belongs together
is found by a key: a salted hash of address and browser, which stays in memory and goes with its question after a
minute. Where several visitors share a key, because a proxy hides them, their questions stay apart unless one goes on as
another does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct

from indexer.queries.policy import may_be_kept, normalized

# Seconds: how long a question stays open, and how long one that is typed may pause. Nothing of a visitor lives longer.
OPEN_SECONDS, PAUSE_SECONDS = 60.0, 10.0
# Open questions; what comes beyond is left out. Of one key, the newest may go on: a proxy may hide many visitors.
MOST_OPEN, MOST_TO_GO_ON = 20_000, 50


class Asked(Struct, frozen=True, array_like=True, tag=True):
    """One request. key: of the asker; at: seconds of a clock. typed: the text as it came.

    hits: how many posts it finds; respelt: the question as it was corrected, else empty. language: that of the posts
    which are asked for or found. is_typing: whether it may go on.
    """

    key: str
    at: float
    typed: str
    hits: int
    respelt: str = ""
    language: str = ""
    is_typing: bool = False


class Clicked(Struct, frozen=True, array_like=True, tag=True):
    """A hit that was followed. url: of a published post; rank: its place, from 1."""

    key: str
    at: float
    typed: str
    url: str
    rank: int


@dataclass(frozen=True, slots=True)
class Click:
    """A page that was opened. rank: its place, or 0 where it was found only after asking again in other words."""

    url: str
    rank: int


@dataclass(slots=True)
class Question:
    """What was meant, in the form in which it is counted; language and respelt as in `Asked`."""

    text: str
    hits: int
    respelt: str
    language: str
    clicks: list[Click] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A question of a visitor that may still go on.

    now: as far as it is typed; meant: the furthest of it. is_settled: it was sent or a hit of it followed.
    may_be_kept: one secret on the way to a question keeps all of it from being written down.
    """

    begun: float
    last: float
    now: Question
    meant: Question
    is_settled: bool
    may_be_kept: bool

    def goes_on(self, asked: Asked, text: str) -> bool:
        """Whether a text is this question again, or more or less of it within a pause."""
        if text in (self.now.text, self.meant.text):
            return True
        if self.is_settled:  # its words are taken back one by one, or typed once more
            return asked.is_typing and self.meant.text.startswith(text)
        is_near = text.startswith(self.now.text) or self.now.text.startswith(text)
        return is_near and asked.at - self.last <= PAUSE_SECONDS

    def take(self, asked: Asked, text: str) -> None:
        self.now, self.last = _question(asked, text), asked.at
        self.may_be_kept = self.may_be_kept and _may_be_kept(asked, text)
        is_less = self.meant.text != text and self.meant.text.startswith(text)
        if not (asked.is_typing and is_less):
            self._mean()
        self.is_settled = self.is_settled or not asked.is_typing

    def click(self, click: Click, text: str) -> None:
        if text == self.now.text:
            self._mean()
        self.is_settled = True
        self.meant.clicks.append(click)

    def _mean(self) -> None:
        self.now.clicks = self.meant.clicks
        self.meant = self.now

    @property
    def is_half(self) -> bool:
        """Whether it is left in the middle of being typed: what comes then is a question of its own, and more of it."""
        return not self.is_settled and self.last - self.begun > OPEN_SECONDS - PAUSE_SECONDS


def _question(asked: Asked, text: str) -> Question:
    return Question(text, asked.hits, normalized(asked.respelt), asked.language)


def _may_be_kept(asked: Asked, text: str) -> bool:
    typed = " ".join(asked.typed.split())
    return may_be_kept(typed) and (typed == text or may_be_kept(text))


class OpenQuestions:
    """The questions of the last minute, by asker. Times are those of the requests, which come in their order."""

    def __init__(self) -> None:
        self._of: dict[str, deque[_Open]] = {}
        self._all: deque[tuple[str, _Open]] = deque()

    def ask(self, asked: Asked) -> bool:
        """Takes a request; False where there is no room for it."""
        text = normalized(asked.typed)
        if not text:
            return True
        for one in self._newest(asked.key):
            if one.goes_on(asked, text):
                one.take(asked, text)
                return True
        if len(self._all) >= MOST_OPEN:
            return False
        meant = _question(asked, text)
        new = _Open(asked.at, asked.at, meant, meant, not asked.is_typing, _may_be_kept(asked, text))
        self._of.setdefault(asked.key, deque()).append(new)
        self._all.append((asked.key, new))
        return True

    def _newest(self, key: str) -> Iterator[_Open]:
        return islice(reversed(self._of.get(key, ())), MOST_TO_GO_ON)

    def click(self, clicked: Clicked) -> bool:
        """Takes a click on a hit of an open question; False where none is open that asks this.

        Whoever found nothing, asked again in other words and then clicked, shows what the first question meant.
        """
        text = normalized(clicked.typed)
        one = next((one for one in self._newest(clicked.key) if text in (one.now.text, one.meant.text)), None)
        if one is None:
            return False
        one.click(Click(clicked.url, clicked.rank), text)
        for before in self._newest(clicked.key):
            if before.begun < one.begun and not before.meant.hits and not before.meant.clicks:
                before.meant.clicks.append(Click(clicked.url, 0))
        return True

    def finished(self, now: float) -> Iterator[Question]:
        """The questions that are no longer open, each once, without their askers."""
        while self._all and now - self._all[0][1].begun >= OPEN_SECONDS:
            key, one = self._all.popleft()
            self._of[key].popleft()
            if not self._of[key]:
                del self._of[key]
            if one.may_be_kept and not one.is_half:
                yield one.meant
