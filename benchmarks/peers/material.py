"""What every peer is given: the posts, read once by the product's own reader, and the questions, as files in a folder.

posts.pickle    the corpus, for See Also; written and read by one run of ours, never kept
posts.jsonl     {"title", "body"} a line in id order, for the others; a post's number is its line
questions.json  [{"kind", "text"}, …]
stop_words.json the English ones that See Also drops from questions, for the peers in node
"""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from pathlib import Path

from benchmarks.peers.questions import Question
from indexer.model import Corpus, Post
from indexer.text.analysis import ENGLISH_STOP_WORDS

CORPUS, POSTS, QUESTIONS, STOP_WORDS = "posts.pickle", "posts.jsonl", "questions.json", "stop_words.json"


def body_of(post: Post) -> str:
    """All that See Also searches in a post, its title apart."""
    sections = (text for one in post.sections for text in (one.heading, one.text, one.code))
    return "\n".join(text for text in (post.description, *sections, *post.tags) if text)


def write_material(folder: Path, corpus: Corpus, questions: list[Question]) -> None:
    with open(folder / CORPUS, "wb") as file:
        pickle.dump(corpus, file, pickle.HIGHEST_PROTOCOL)
    with open(folder / POSTS, "w", encoding="utf-8", newline="\n") as file:
        given = ({"title": post.title, "body": body_of(post)} for post in corpus)
        file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in given)
    (folder / STOP_WORDS).write_text(json.dumps(sorted(ENGLISH_STOP_WORDS)), encoding="utf-8")
    (folder / QUESTIONS).write_text(json.dumps([asdict(one) for one in questions]), encoding="utf-8")


def read_corpus(folder: Path) -> Corpus:
    with open(folder / CORPUS, "rb") as file:
        corpus: Corpus = pickle.load(file)  # noqa: S301  # written a moment ago by this run
        return corpus


def read_titles_and_bodies(folder: Path) -> list[tuple[str, str]]:
    with open(folder / POSTS, encoding="utf-8") as file:
        return [(one["title"], one["body"]) for one in map(json.loads, file)]


def read_questions(folder: Path) -> list[Question]:
    return [Question(**one) for one in json.loads((folder / QUESTIONS).read_text(encoding="utf-8"))]
