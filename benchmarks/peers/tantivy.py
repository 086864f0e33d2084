"""tantivy through its Python package: Rust, the engine that Quickwit and ParadeDB stand on."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from benchmarks.peers.material import read_titles_and_bodies
from benchmarks.peers.peer import FIRST_PAGE, Answer, Way
from benchmarks.peers.questions import AND, PHRASE, PREFIX, TYPO, Question

FIELDS = ["title", "body"]
THREADS = 2
HEAP = 512_000_000  # a segment a thread; smaller heaps were as fast on 14,000 posts
_FUZZY = dict.fromkeys(FIELDS, (False, 1, True))  # no prefix, one edit, a swap of neighbours is one


class Tantivy:
    name = "tantivy"
    settings = (
        f"tantivy {version('tantivy')}; en_stem, title and body as two fields, both stored, number as a fast field; "
        f"heap {HEAP // 1_000_000} MB; questions without stop words through parse_query; "
        "last word as typed: phrase_prefix_query or its stem; typo: FuzzyTermQuery, distance 1, transpositions"
    )
    threads = f"{THREADS} threads, and those that merge"

    def read(self, material: Path) -> list[tuple[str, str]]:
        return read_titles_and_bodies(material)

    def build(self, posts: list[tuple[str, str]], folder: Path) -> dict[str, float]:
        schema = tantivy.SchemaBuilder().add_unsigned_field("number", fast=True)
        for name in FIELDS:
            schema.add_text_field(name, stored=True, tokenizer_name="en_stem")
        index = tantivy.Index(schema.build(), path=str(folder))
        writer = index.writer(HEAP, THREADS)
        for number, (title, body) in enumerate(posts):
            document = tantivy.Document(title=title, body=body)
            document.add_unsigned("number", number)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return {}

    def open(self, folder: Path) -> list[Way]:
        opened = _Opened(tantivy.Index.open(str(folder)))
        return [Way("ids and count", opened.ids), Way("ids, count, title and snippet", opened.shown)]


class _Opened:
    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()

    def ids(self, question: Question) -> Answer:
        return self._found(self._query(question))[1:]

    def shown(self, question: Question) -> Answer:
        """As a page of results needs it: the stored title and a snippet of each of the first ten."""
        query = self._query(question)
        addresses, numbers, count = self._found(query)
        snippets = tantivy.SnippetGenerator.create(self._searcher, query, self._schema, "body")
        for address in addresses:
            document = self._searcher.doc(address)
            document.get_first("title")
            snippets.snippet_from_doc(document).to_html()
        return numbers, count

    def _found(self, query: Query) -> tuple[list[tantivy.DocAddress], list[int], int]:
        result = self._searcher.search(query, FIRST_PAGE, count=True)
        addresses = [address for _, address in result.hits]
        return addresses, self._searcher.fast_field_values("number", addresses), result.count

    def _query(self, question: Question) -> Query:
        if question.kind == PHRASE:
            return self._index.parse_query(question.text, FIELDS)
        if question.kind == PREFIX:
            return self._typed(question.text)
        words = " ".join(question.words)
        if question.kind == TYPO:
            return self._index.parse_query(words, FIELDS, fuzzy_fields=_FUZZY)
        return self._index.parse_query(words, FIELDS, conjunction_by_default=question.kind == AND)

    def _typed(self, text: str) -> Query:
        """OR of the finished words and of what the last one may become: any indexed term that starts so, or its stem.

        A phrase-prefix query of one word is a range of terms, and several times as fast as a regular expression.
        """
        *_, last = text.split()
        parts = [Query.phrase_prefix_query(self._schema, name, [last]) for name in FIELDS]
        parts.append(self._index.parse_query(" ".join(Question(PREFIX, text).words), FIELDS))
        return Query.boolean_query([(Occur.Should, part) for part in parts])
