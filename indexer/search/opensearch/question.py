"""A resolved query → what the cluster is asked: a sum over the numbers of `worth`, and what must or must not match.

documents.py draws the fields. Nothing that was typed is sent, only numbers of terms, tags and signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from indexer.model import AllOf, AnyOf, Condition, DatedWithin, HasTag, InLanguage, Not
from indexer.search import ranking
from indexer.search.columnar.scoring import weighted_pairs, weighted_terms
from indexer.search.coverage import NEEDED
from indexer.search.lexicon import Phrase, Term, Word
from indexer.search.metadata import Metadata
from indexer.search.opensearch.documents import numbered
from indexer.search.opensearch.worth import pair_name, title_name, title_pair_name
from indexer.search.resolver import Alternative, ResolvedQuery
from indexer.search.signs import IN_TITLE

Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}
EVERYTHING: Clause = {"match_all": {}}
# Clauses of one search; the cluster refuses more than 1,024, also those within others.
MOST_CLAUSES = 1_000
# Terms of which every pair may be in one title.
MOST_IN_TITLES = 24
# Terms of one word of a phrase that the cluster compares; where a word may become more, its posts are listed instead.
MOST_IN_SPAN = 100
# What a match alone counts: less than any score that a term can have.
_MATCH = 1e-6


@dataclass(frozen=True, slots=True)
class Listed:
    """Clauses for phrases whose last word may become so many others that the cluster cannot compare them."""

    posts: Mapping[Phrase, Sequence[int]]

    def clause(self, phrase: Phrase) -> Clause:
        """The posts that have a word, or a phrase within one part."""
        if phrase in self.posts:
            return of_posts(self.posts[phrase])
        if not all(phrase):
            return NOTHING
        if len(phrase) == 1:
            return of_word(phrase[0])
        if all(len(word) == 1 for word in phrase):
            return {"match_phrase": {"text": " ".join(str(term) for (term,) in phrase)}}
        words = [{"span_or": {"clauses": [{"span_term": {"text": str(term)}} for term in word]}} for word in phrase]
        return {"span_near": {"clauses": words, "slop": 0, "in_order": True}}


def is_listed(phrase: Phrase) -> bool:
    """Whether the posts of a phrase must be listed for it to be asked."""
    return len(phrase) > 1 and all(phrase) and len(phrase[-1]) > MOST_IN_SPAN


def of_word(word: Word) -> Clause:
    if len(word) == 1:
        return {"term": {"text": str(word[0])}}
    return {"terms": {"text": list(map(str, word))}}


def of_posts(numbers: Iterable[int]) -> Clause:
    return {"terms": {"number": list(numbers)}}


def worth(name: int, weight: float) -> Clause:
    """Adds weight · the number that a post has under this name."""
    return {"rank_feature": {"field": f"worth.{name}", "linear": {}, "boost": weight}}


def constant(clause: Clause, score: float) -> Clause:
    return {"constant_score": {"filter": clause, "boost": score}}


# ------------------------------------------------------------------------------------------------------ matching


def core(
    resolved: ResolvedQuery,
    listed: Listed,
    weight_of: Callable[[Alternative], float],
    signs: Sequence[tuple[int, float]],
    named: Sequence[int] = (),
    most: int = MOST_CLAUSES,
) -> Clause:
    """The posts that a query finds by its words, each with the sum of their scores.

    weight_of: what an alternative counts; 0 where no post has it. signs: the number and the idf of each that is asked.
    named: posts with a name that the index does not have yet. most: clauses, about.
    """
    if resolved.matches_all:
        return {"bool": {"must": EVERYTHING, "must_not": [listed.clause(one) for one in resolved.exclusions]}}
    of_signs = [clause for sign in signs for clause in _of_sign(*sign)]
    of_named = [constant(of_posts(named), _MATCH)] if named else []
    if resolved.is_empty:
        either = [*of_signs, *of_named]
        return {"bool": {"should": either, "minimum_should_match": 1}} if either else NOTHING
    required = [listed.clause(phrase) for phrase in resolved.phrases]
    excluded = [listed.clause(phrase) for phrase in resolved.exclusions]
    others = [*_alternatives(resolved, listed, weight_of), *of_named]
    scored = _scored(resolved, most - sum(map(_size, (*required, *excluded, *others, *of_signs))))
    if not scored and not others:
        return NOTHING
    words = {"should": [*scored, *others], "minimum_should_match": 1, "filter": required, "must_not": excluded}
    return {"bool": {"must": {"bool": words}, "should": of_signs}}


def _of_sign(sign: int, idf: float) -> list[Clause]:
    key = numbered(sign)
    return [constant({"term": {"sign": key}}, idf), constant({"term": {"titled": key}}, (IN_TITLE - 1) * idf)]


def _scored(resolved: ResolvedQuery, most: int) -> list[Clause]:
    """The scores of terms, titles and pairs, the most telling first; without room for them, words match anyway."""
    weighted = weighted_terms(resolved)
    if not weighted:
        return []
    terms = list(dict.fromkeys(term for term, _ in weighted))
    clauses = [worth(term, weight) for term, weight in weighted]
    clauses += _of_titles(terms)
    pairs = weighted_pairs(resolved.order) if len(resolved.order) > 1 else []
    clauses += [worth(pair_name(left, right), weight) for left, right, weight in pairs]
    clauses += _of_title_pairs(terms, resolved.unfinished)
    if len(clauses) <= most:
        return clauses
    return [constant(of_word(tuple(terms)), _MATCH), *clauses[: max(most - 1, 0)]]


def _of_titles(terms: Sequence[Term], weight: float = 1.0) -> list[Clause]:
    return [worth(title_name(term), weight) for term in terms]


def _of_title_pairs(terms: Sequence[Term], unfinished: Word, weight: float = 1.0) -> list[Clause]:
    """Pairs of terms of which both may be in one title: two continuations of one word hardly are."""
    continued = set(unfinished[1:])
    finished = [term for term in terms if term not in continued][:MOST_IN_TITLES]
    pairs = [*combinations(finished, 2), *((one, other) for one in finished for other in terms if other in continued)]
    return [worth(title_pair_name(one, other), weight) for one, other in pairs]


def _alternatives(resolved: ResolvedQuery, listed: Listed, weight_of: Callable[[Alternative], float]) -> list[Clause]:
    """The other forms of what was typed: their words count where the entire phrase is."""
    clauses = []
    for alternative in resolved.alternatives:
        if weight := weight_of(alternative):
            terms = [term for word in alternative.phrase for term in word]
            scores = [worth(term, weight) for term in terms]
            scores += [*_of_titles(terms, weight), *_of_title_pairs(terms, (), weight)]
            clauses.append({"bool": {"filter": [listed.clause(alternative.phrase)], "should": scores}})
    return clauses


def _size(clause: Any) -> int:
    """How many clauses the cluster counts in one."""
    if isinstance(clause, list):
        return sum(map(_size, clause))
    if not isinstance(clause, dict):
        return 0
    (kind, inner), *_ = clause.items()
    if kind in ("bool", "dis_max", "constant_score", "span_near", "span_or"):
        return sum(_size(one) for one in inner.values())
    return inner["text"].count(" ") + 1 if kind == "match_phrase" else 1


@dataclass(frozen=True, slots=True)
class Retitled:
    """A post whose title and aliases add something else than the index says. worth: by the name in `worth`."""

    post: int
    worth: Mapping[int, float]

    def applied(self, clause: Clause) -> Clause:
        """The same query where this post is scored, and found, by its other names."""
        post = of_posts([self.post])
        others = {"bool": {"must": [clause], "must_not": [post]}}
        its_own = {"bool": {"must": [self._rewritten(clause)], "filter": [post]}}
        return {"bool": {"should": [others, its_own], "minimum_should_match": 1}}

    def _rewritten(self, clause: Any) -> Any:
        if isinstance(clause, list):
            return [self._rewritten(one) for one in clause]
        if not isinstance(clause, dict):
            return clause
        if "rank_feature" not in clause:
            return {key: self._rewritten(inner) for key, inner in clause.items()}
        feature = clause["rank_feature"]
        if (name := int(feature["field"].removeprefix("worth."))) >= 0:  # it is no title's
            return clause
        score = feature["boost"] * self.worth.get(name, 0.0)
        return constant(EVERYTHING, score) if score > 0 else NOTHING


# ------------------------------------------------------------------------------------------------------- filters


def with_pins(clause: Clause, pinned: Sequence[int]) -> Clause:
    """What a query finds, and the posts pinned to it."""
    if not pinned:
        return clause
    return {"bool": {"should": [clause, constant(of_posts(pinned), _MATCH)], "minimum_should_match": 1}}


def meeting(condition: Condition, metadata: Metadata) -> Clause:
    """The posts that meet a condition. Tags and languages match in any case."""
    match condition:
        case HasTag(tag):
            number = metadata.tag_number(tag.casefold())
            return NOTHING if number is None else {"term": {"tag": numbered(number)}}
        case InLanguage(language):
            are_meant = metadata.are_meant(language.casefold())
            return {"terms": {"language": [numbered(number) for number, is_meant in enumerate(are_meant) if is_meant]}}
        case DatedWithin(since, until):
            days = {"gte": (since or date.min).toordinal(), "lte": (until or date.max).toordinal()}
            return {"range": {"day": days}}
        case Not(other):
            return {"bool": {"must": EVERYTHING, "must_not": [meeting(other, metadata)]}}
        case AllOf(conditions):
            return {"bool": {"must": EVERYTHING, "filter": [meeting(one, metadata) for one in conditions]}}
        case AnyOf(conditions):
            clauses = [meeting(one, metadata) for one in conditions]
            return {"bool": {"should": clauses, "minimum_should_match": 1}} if clauses else NOTHING


# ------------------------------------------------------------------------------------------------------ coverage


def coverage(words: Sequence[tuple[Clause, float]], instead: Sequence[Clause], total: float) -> Clause:
    """Scores each post by the idf of the words that it has; what stands for words is as good as all of them.

    words: a clause for each, and its idf. total: the idf of all.
    """
    of_words: Clause = {"bool": {"should": [constant(clause, idf) for clause, idf in words if idf]}}
    return {"dis_max": {"queries": [of_words, *(constant(clause, total) for clause in instead)]}}


def lowest(total: float, best: float) -> float:
    """The coverage that a post needs, where the best post has so much; as in `search/coverage.py`."""
    return min(NEEDED * total, best) * (1 - 1e-6)


def idf_of(documents: int, posts: int) -> float:
    return float(ranking.idf(documents, posts)) if documents else 0.0
