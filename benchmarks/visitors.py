"""Do visitors get what they mean? Questions made from a site's own words, a figure for each kind on each site.

    python -m benchmarks.visitors SITE [SITE …] [--kinds NAME …] [--sample N] [--json FILE]

Each site is read and indexed the product's way, but for texts of links that are asked, which are hidden; then it is
asked through the check that the service puts questions through; one that is refused counts as not answered.
visitors_questions.py makes the questions; of each kind at most N are asked, chosen by a digest of their text, so a site
gives the same ones on every run. A figure is the mean over them; questions of which a measure can say nothing are left
out, and the number beside the figure is that of those which it could.

What a measure takes for right:

    page first       the first hit is the page that is meant
    right section    where the page is first: it is shown with the section that is meant
    top of page      where the page is first: no section is shown, or the one under the title itself
    has the name     all text of the first hit has the name, not as a part of a longer one
    has the words    a line of the first hit has the words side by side and in the form in which they were typed
    first five       the page is among five hits; while typing, with the last word unfinished
    first page       the page is among ten hits
    every prefix     at each letter typed, to the end: the page is among five hits, or something is found
    same first hit   the first hit is that of the suggestion, asked by itself; nothing at all is wrong, and a question
                     that is answered without any suggestion says nothing
    share found      the posts found of all posts, newest first: the lower the better
    both words       of the ten newest hits, those that have both words in their text
    completions      those of which the last two words stand side by side in some text, or which are a title; or those
                     that are spelt as in some post

The promised figures stand in KINDS. The run ends with 1 if one of them is missed. `*` marks it in the table; `-` means
that a site has no such questions.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import visitors_questions as made
from benchmarks.ground import ADDRESSES, built, content_of, site_read
from benchmarks.visitors_questions import SHOWN, Question, SiteText
from indexer.errors import InvalidQuery
from indexer.links.graph import link_graph
from indexer.model import Hit, Hits
from indexer.search.engine import Reader
from indexer.text import analysis
from indexer.text.analysis import title_key
from service.api import search_request

SAMPLE = 200
DEPTH = 10
# Of each kind and site, so many wrong answers are kept in the JSON.
EXAMPLES = 25


@dataclass(frozen=True)
class Visitor:
    """Asks one site."""

    site: SiteText
    reader: Reader

    def asks(self, text: str, **parameters: str) -> Hits:
        """The answer of the service; an empty one where it refuses the question. parameters: as in a query string."""
        try:
            wanted = search_request({"q": [text], **{name: [value] for name, value in parameters.items()}})
        except InvalidQuery:
            return Hits()
        return self.reader.search(wanted)

    def types(self, text: str) -> Hits:
        return self.asks(text, prefix="true", per_page=str(SHOWN))

    @cached_property
    def spelt(self) -> frozenset[str]:
        """Every run of letters of the site as it is written, but for case."""
        texts = (text for post in self.site.posts for text in made.prose(post))
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))


Measure = Callable[[Visitor, Question], float | None]


# ------------------------------------------------------------------------------------------------------ measures


def page_first(visitor: Visitor, question: Question) -> float:
    return float(_first_is_right(visitor.asks(question.text), question))


def right_section(visitor: Visitor, question: Question) -> float | None:
    hits = visitor.asks(question.text)
    if not _first_is_right(hits, question):
        return None
    section = hits.hits[0].section
    return float(section is not None and section.anchor == question.anchor)


def top_of_page(visitor: Visitor, question: Question) -> float | None:
    hits = visitor.asks(question.text)
    if not _first_is_right(hits, question):
        return None
    section = hits.hits[0].section
    return float(section is None or title_key(section.heading) == title_key(hits.hits[0].post.title))


def has_the_name(visitor: Visitor, question: Question) -> float:
    found = visitor.asks(question.text).hits
    return float(bool(found) and stands_in(question.name, visitor.site.whole(found[0].post.number)))


def has_the_words(visitor: Visitor, question: Question) -> float:
    found = visitor.asks(question.text).hits
    texts = visitor.site.whole(found[0].post.number).split("\n") if found else []
    return float(any(f" {question.name} " in f" {title_key(text)} " for text in texts))


def first_five(visitor: Visitor, question: Question) -> float:
    return float(_is_among(visitor.asks(question.text).hits[:SHOWN], question))


def first_page(visitor: Visitor, question: Question) -> float:
    return float(_is_among(visitor.asks(question.text).hits, question))


def typed_first_five(visitor: Visitor, question: Question) -> float:
    return float(_is_among(visitor.types(question.text).hits, question))


def every_prefix_of_the_title(visitor: Visitor, question: Question) -> float:
    """From two thirds of the title on, to its end."""
    typed = (question.name[:end] for end in range(len(question.text), len(question.name) + 1))
    return float(all(_is_among(visitor.types(text).hits, question) for text in typed))


def every_prefix_finds(visitor: Visitor, question: Question) -> float | None:
    """From the first letter of the word on; says nothing of a word that finds nothing itself."""
    if not visitor.types(question.text).total:
        return None
    return float(all(visitor.types(question.text[:end]).total for end in range(1, len(question.text))))


def every_quoted_prefix_finds(visitor: Visitor, question: Question) -> float | None:
    """From the first letter of the second word behind the open quote on."""
    if not visitor.types(question.text).total:
        return None
    *_, (_, start, _) = analysis.spans(question.text)
    return float(all(visitor.types(question.text[:end]).total for end in range(start + 1, len(question.text))))


def same_first_hit(visitor: Visitor, question: Question) -> float | None:
    typed = visitor.asks(question.text)
    if typed.suggestion is None:
        return None if typed.total else 0.0
    followed = visitor.asks(typed.suggestion)
    return float(bool(followed.hits) and _first(typed) == _first(followed))


def share_found(visitor: Visitor, question: Question) -> float:
    return visitor.asks(question.text, sort="date").total / len(visitor.site.posts)


def both_words(visitor: Visitor, question: Question) -> float:
    """Compared by the first four letters, so that other forms of a word count too."""
    found = visitor.asks(question.text, sort="date").hits
    if not found:
        return 0.0
    texts = (visitor.site.whole(hit.post.number) for hit in found)
    return sum(all(word[:4] in text for word in question.words) for text in texts) / len(found)


def completions_side_by_side(visitor: Visitor, question: Question) -> float | None:
    """The share of the completions of a pair of words that the site has."""
    offered = visitor.reader.complete(question.text, 8)
    if not offered:
        return None
    return sum(_is_known(visitor.site, completion) for completion in offered) / len(offered)


def pair_is_completed(visitor: Visitor, question: Question) -> float:
    """Whether the pair that is meant is among eight completions, or a title that begins with it."""
    wanted = " ".join(question.words)
    return float(
        any(f"{title_key(one)} ".startswith(f"{wanted} ") for one in visitor.reader.complete(question.text, 8))
    )


def completions_as_written(visitor: Visitor, question: Question) -> float | None:
    offered = visitor.reader.complete(question.text, 8)
    spelt = [all(word in visitor.spelt for word in re.findall(r"[^\W\d_]+", one.lower())) for one in offered]
    return sum(spelt) / len(spelt) if spelt else None


def _is_known(site: SiteText, completion: str) -> bool:
    words = made.words(completion)
    return title_key(completion) in site.titled or (len(words) > 1 and site.neighbours[words[-2], words[-1]] > 0)


def stands_in(name: str, text: str) -> bool:
    """Whether a text in lower case has a name that is not part of a longer one: 1.12 is not in 1.12.1."""
    before = r"(?<![\w-])" if name[0] == "-" else r"(?<![\w.])" if name[0].isdigit() else r"(?<!\w)"
    after = r"(?![\w-])" if name[0] == "-" else r"(?!\.?\w)" if name[-1].isdigit() and "." in name else r"(?!\w)"
    return re.search(f"{before}{re.escape(name.lower())}{after}", text) is not None


def _is_among(hits: Sequence[Hit], question: Question) -> bool:
    return any(hit.post.number in question.pages for hit in hits)


def _first_is_right(hits: Hits, question: Question) -> bool:
    return _is_among(hits.hits[:1], question)


def _first(hits: Hits) -> int:
    return hits.hits[0].post.number if hits.hits else -1


# --------------------------------------------------------------------------------------------------------- kinds


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind and what is measured on them. promised: the least figure; None where none is."""

    name: str
    questions: Callable[[SiteText], Iterable[Question]]
    measure: Measure
    promised: float | None = None


KINDS = (
    Kind("options: has the name", made.options, has_the_name, 0.97),
    Kind("names: has the name", made.names, has_the_name, 0.97),
    Kind("names with a stop word: has the name", made.names_with_a_stop_word, has_the_name, 0.97),
    Kind("versions: has the name", made.versions, has_the_name),
    Kind("words: has the words", made.plain_words, has_the_words),
    Kind("quoted pairs: has the words", made.quoted_pairs, has_the_words),
    Kind("command -option: page first", made.commands_with_an_option, page_first, 0.97),
    Kind("command -option: right section", made.commands_with_an_option, right_section),
    Kind("headings: page first", made.headings, page_first, 0.95),
    Kind("headings: right section", made.headings, right_section, 0.95),
    Kind("headings of one word: page first", made.headings_of_one_word, page_first),
    Kind("headings of one word: right section", made.headings_of_one_word, right_section),
    Kind("headings on few pages: one of them first", made.headings_on_few_pages, page_first),
    Kind("title and heading: page first", made.titles_with_a_heading, page_first),
    Kind("title and heading: right section", made.titles_with_a_heading, right_section),
    Kind("titles: page first", made.titles, page_first, 0.995),
    Kind("titles: top of page", made.titles, top_of_page),
    Kind("titles by signs: page first", made.titles_by_signs, page_first, 0.995),
    Kind("joined words: first page", made.joined_words, first_page, 0.97),
    Kind("split words: first page", made.split_words, first_page, 0.97),
    Kind("two thirds of a title: first five", made.begun_titles, typed_first_five, 0.97),
    Kind("two thirds of the shortest title: first five", made.begun_shortest_titles, typed_first_five, 0.97),
    Kind("from two thirds on: every prefix", made.begun_titles, every_prefix_of_the_title, 0.97),
    Kind("words being typed: every prefix", made.title_words, every_prefix_finds, 1.0),
    Kind("forms being typed: every prefix", made.inflected_words, every_prefix_finds, 1.0),
    Kind("open quotes: every prefix", made.quoted_beginnings, every_quoted_prefix_finds, 1.0),
    Kind("misspelt words: same first hit", made.misspelt_words, same_first_hit, 0.98),
    Kind("misspelt words: first five", made.misspelt_words, first_five),
    Kind("misspelt titles: same first hit", made.misspelt_titles, same_first_hit, 0.98),
    Kind("misspelt titles: page first", made.misspelt_titles, page_first),
    Kind("link texts: first five", made.link_texts, first_five),
    Kind("newest first: share found", made.word_pairs, share_found),
    Kind("newest first: both words", made.word_pairs, both_words),
    Kind("completions: side by side", made.begun_pairs, completions_side_by_side),
    Kind("completions: the pair meant", made.begun_pairs, pair_is_completed),
    Kind("completions: as written", made.accented_words, completions_as_written),
    Kind("pasted paragraphs: page first", made.paragraphs, page_first),
    Kind("pasted code: page first", made.listings, page_first),
    Kind("pasted paths: page first", made.paths, page_first),
)


# What is asked while somebody types.
TYPING = (typed_first_five, every_prefix_of_the_title, every_prefix_finds, every_quoted_prefix_finds)


@dataclass(slots=True)
class Figure:
    """The figure of a kind on a site. n: the questions that it is the mean of. missed: wrong answers, for the JSON."""

    figure: float
    n: int
    missed: list[dict[str, Any]] = field(default_factory=list)


def measured(visitor: Visitor, kind: Kind, questions: Iterable[Question]) -> Figure | None:
    """None where the site has no such question, or none that the measure can say something of."""
    values: list[float] = []
    missed: list[dict[str, Any]] = []
    for question in questions:
        value = kind.measure(visitor, question)
        if value is None:
            continue
        values.append(value)
        if value < 1 and len(missed) < EXAMPLES:
            hits = visitor.types(question.text) if kind.measure in TYPING else visitor.asks(question.text)
            missed.append(_missed(visitor.site, question, value, hits))
    return Figure(sum(values) / len(values), len(values), missed) if values else None


def _missed(site: SiteText, question: Question, value: float, hits: Hits) -> dict[str, Any]:
    """A wrong answer as JSON has it: what was asked, what was wanted and what came, without an order by date."""
    wanted = [f"{site.posts[page].url}#{question.anchor}" for page in sorted(question.pages)[:3]]
    came = [f"{hit.post.url}{f'#{hit.section.anchor}' if hit.section else ''} ({hit.post.title})" for hit in hits.hits]
    kept = {"asked": question.text, "wanted": wanted, "name": question.name, "value": value, "total": hits.total}
    return {**kept, "came": came[:3], "suggestion": hits.suggestion}


def measure(folder: Path, kinds: Sequence[Kind], sample: int) -> dict[str, Figure | None]:
    """All figures of one site."""
    corpus = site_read(folder).corpus
    site = SiteText(corpus, content_of(folder).directory, ADDRESSES.get(folder.name, ""))

    @cache  # several kinds measure the same questions
    def asked(questions: Callable[[SiteText], Iterable[Question]]) -> list[Question]:
        return made.drawn(questions(site), sample)

    with tempfile.TemporaryDirectory() as scratch:
        hidden = {title_key(question.text) for question in asked(made.link_texts)}
        texts = link_graph(corpus, (), site.address).link_texts
        shown = [[text for text in of_post if text not in hidden] for of_post in texts]
        visitor = Visitor(site, built(corpus, Path(scratch), link_texts=shown))
        return {kind.name: measured(visitor, kind, asked(kind.questions)) for kind in kinds}


def table(kinds: Sequence[Kind], sites: dict[str, dict[str, Figure | None]]) -> Iterator[str]:
    """The lines of a table in Markdown: a row for each kind, a column for each site."""
    yield "| kind | promised | " + " | ".join(sites) + " |"
    yield "|---|---|" + "---|" * len(sites)
    for kind in kinds:
        cells = [_cell(kind, figures[kind.name]) for figures in sites.values()]
        promised = "" if kind.promised is None else f"{kind.promised:.3f}"
        yield f"| {kind.name} | {promised} | {' | '.join(cells)} |"


def _cell(kind: Kind, figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{figure.figure:.3f} ({figure.n}){'*' if _is_missed(kind, figure) else ''}"


def _is_missed(kind: Kind, figure: Figure) -> bool:
    return kind.promised is not None and figure.figure < kind.promised


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--kinds", nargs="+", default=[""], metavar="NAME", help="only kinds whose name begins so")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="ask at most so many questions of each kind")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and wrong answers")
    told = parser.parse_args()
    kinds = [kind for kind in KINDS if kind.name.startswith(tuple(told.kinds))]
    sites = {folder.name: measure(folder, kinds, told.sample) for folder in told.sites}
    print("\n".join(table(kinds, sites)))
    if told.json:
        told.json.write_bytes(msgspec.json.format(msgspec.json.encode(sites)))
    by_name = {kind.name: kind for kind in kinds}
    figures = ((by_name[name], figure) for found in sites.values() for name, figure in found.items() if figure)
    sys.exit(any(_is_missed(kind, figure) for kind, figure in figures))


if __name__ == "__main__":
    main()
