"""A resolved query → a score for every post of the columnar index. The weights are in ranking.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress, pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.model import Lead
from indexer.search import ranking
from indexer.search.columnar.inverted_index import InvertedIndex
from indexer.search.columnar.phrases import PhraseMatcher
from indexer.search.lexicon import Lexicon, Phrase, Term
from indexer.search.metadata import Metadata
from indexer.search.resolver import Alternative, ResolvedName, ResolvedQuery
from indexer.search.snippets import TermStream, Titles, is_any_of
from indexer.store.arrays import view
from indexer.text.token_stream import leads_of

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]
Posts = NDArray[np.integer[Any]]

Column = tuple[Posts, Scores, float]  # posts, the score to add to each, and the weight of these scores

# Two adjacent words may expand to this many pairs of terms: enough for the stems of every language. A single Chinese
# character expands to more, and its neighbours say little about the query.
MOST_PAIRS = 100
# Posts whose titles are compared with the question word for word.
MOST_RESCORED = 50
# Of a question of at most so many words, and at least so many of them.
LONGEST_RUN, LEAST_RUN = 8, 3
# In a question of more words the others tell which form is meant.
MOST_OF_ONE_FORM = 2
# Occurrences of a stem that are looked through for the word that was typed.
MOST_COMPARED = 50_000
NO_POSITIONS = np.zeros(0, dtype=np.int64)
SMALLEST_SCORE = np.float32(1e-9)  # below any score that a match can have


class Scorer:
    """Scores posts by the arrays of the inverted index."""

    def __init__(self, index: InvertedIndex, metadata: Metadata, stream: TermStream, lexicon: Lexicon) -> None:
        self._index = index
        self._metadata = metadata
        self._stream = stream
        self._lexicon = lexicon
        self._phrases = PhraseMatcher(index, stream)
        # Arrays that are read one item at a time are views, which is many times as fast.
        self._starts = view(index.posting_starts)
        self._starts_of_positions = view(index.position_starts)
        self._idf = view(index.idf)
        self._title_starts = view(index.title_starts)
        self._pair_starts = view(index.pair_starts)
        self._dense_rows = view(index.dense_rows)
        self._rescorer = Rescorer(stream, metadata, lexicon, self._idf)
        self.posts = len(index.post_starts) - 1

    def docs_with(self, phrase: Phrase) -> Mask:
        """Whether each post has a word, or a phrase within one part."""
        is_match = np.zeros(self.posts, dtype=bool)
        if len(phrase) == 1:
            for term in phrase[0]:
                is_match[self._index.posting_posts[self._starts[term] : self._starts[term + 1]]] = True
        elif all(phrase):
            # Of the same type as post_starts, or searchsorted would convert all of these.
            positions = self._phrases.starts(phrase).astype(self._index.post_starts.dtype)
            is_match[self._index.post_starts.searchsorted(positions, side="right") - 1] = True
        return is_match

    def positions_of(self, term: Term) -> NDArray[np.uint32]:
        """The positions of a term in the token stream, ascending."""
        return self._index.positions[self._starts_of_positions[term] : self._starts_of_positions[term + 1]]

    def scores(self, resolved: ResolvedQuery) -> Scores:
        """The score of every post (float32); 0 where a post has none of the terms and is not pinned."""
        weighted = weighted_terms(resolved)
        scores = self._sum(weighted, self._pair_columns(resolved.order) if len(resolved.order) > 1 else [])
        self._add_titles(scores, [term for term, _ in weighted])
        for alternative in resolved.alternatives:
            self._add_alternative(scores, alternative)
        self._rescorer.rescore(scores, resolved, self)
        return scores

    def starts(self, phrase: Phrase) -> Numbers:
        return self._phrases.starts(phrase)

    def posts_for_each(self, phrase: Phrase) -> float:  # noqa: ARG002  # all posts are looked through
        return 1.0

    def _add_alternative(self, scores: Scores, alternative: Alternative) -> None:
        """Adds to the posts that have another form of what was typed the scores of its words.

        They count by the share of the posts that write it so, of all that write it so or as it was typed.
        """
        is_match = self.docs_with(alternative.phrase)
        written = int(np.count_nonzero(is_match))
        if not written:
            return
        others = int(np.count_nonzero(self.docs_with(alternative.instead))) if alternative.instead else 0
        weight = alternative.weight * (written / (written + others))
        terms = [term for word in alternative.phrase for term in word]
        its_scores = self._sum([(term, weight) for term in terms], [])
        self._add_titles(its_scores, terms, weight)
        scores[is_match] += its_scores[is_match]

    def _sum(self, weighted: Iterable[tuple[Term, float]], columns: list[Column]) -> Scores:
        """The weighted sum of the scores of terms, for every post. columns: further scores to add."""
        rows: list[Scores] = []
        for term, weight in weighted:
            if (row := self._dense_rows[term]) >= 0:
                rows.append(self._index.dense[row] if weight == 1.0 else self._index.dense[row] * np.float32(weight))
            else:
                postings = slice(self._starts[term], self._starts[term + 1])
                columns.append((self._index.posting_posts[postings], self._index.posting_scores[postings], weight))
        scores = np.zeros(self.posts, dtype=np.float32)
        if columns:
            posts, values, weights = zip(*columns, strict=True)
            _add_at(scores, posts, weights, values)
        for row_scores in rows:
            scores += row_scores
        return scores

    def _pair_columns(self, order: Phrase) -> list[Column]:
        """The scores of posts in which two consecutive words of the query are near each other."""
        terms = len(self._starts) - 1
        weighted = weighted_pairs(order)
        keys = np.array([left * terms + right for left, right, _ in weighted], dtype=np.int64)
        pairs, columns = self._index.pairs, list[Column]()
        if not len(pairs):
            return columns
        indices = pairs.searchsorted(keys)
        is_pair = pairs.take(indices, mode="clip") == keys
        for index, (*_, weight) in compress(zip(indices.tolist(), weighted, strict=True), is_pair.tolist()):
            postings = slice(self._pair_starts[index], self._pair_starts[index + 1])
            columns.append((self._index.pair_posts[postings], self._index.pair_scores[postings], weight))
        return columns

    # ------------------------------------------------------------------------------------------------- titles

    def _add_titles(self, scores: Scores, terms: list[Term], weight: float = 1.0) -> None:
        """Adds weight · TITLE · matched² / total of the best title or alias of each post, both in idf of its terms."""
        titles = [self._index.titles[self._title_starts[term] : self._title_starts[term + 1]] for term in terms]
        title_scores = np.zeros(len(self._index.title_weights), dtype=np.float32)  # at first the matched idf
        if not _add_at(title_scores, titles, [self._idf[term] for term in terms]):
            return
        title_scores *= title_scores
        title_scores *= self._index.title_weights  # TITLE / total, computed at build time
        title_scores *= np.float32(weight)
        if len(title_scores) == self.posts:
            scores += title_scores
        else:  # some posts have aliases: the best of all names counts
            best = np.zeros(self.posts, dtype=np.float32)
            matched = title_scores.nonzero()[0]
            np.maximum.at(best, self._index.title_posts[matched], title_scores[matched])
            scores += best


class Occurrences(Protocol):
    """Where terms stand in the posts that are looked through."""

    def positions_of(self, term: Term) -> NDArray[Any]:
        """The positions of a term in the token stream, ascending."""

    def starts(self, phrase: Phrase) -> Numbers:
        """The positions at which a phrase begins, ascending."""

    def posts_for_each(self, phrase: Phrase) -> float:
        """How many posts of the site have a phrase for each that is looked through and has it."""


class Rescorer:
    """What raises or lowers the scores of posts beyond the sum over terms: what was typed exactly, titles, pins.

    It changes the scores of posts that have any, so it is enough to look through the best, with 0 for all others.
    idf: of each term.
    """

    def __init__(self, stream: TermStream, metadata: Metadata, lexicon: Lexicon, idf: memoryview[int]) -> None:
        self._stream = stream
        self._metadata = metadata
        self._lexicon = lexicon
        self._idf = idf
        self._boost = metadata.boost if len(metadata.boost) and (metadata.boost != 1.0).any() else None
        self.posts = len(stream.post_starts) - 1

    def rescore(self, scores: Scores, resolved: ResolvedQuery, occurrences: Occurrences) -> None:
        """Changes scores in place."""
        if resolved.phrases or len(resolved.words) <= MOST_OF_ONE_FORM:
            self._demote_other_forms(scores, resolved, occurrences)
        for name in resolved.names:
            self._add_name(scores, name, _share_of(name, resolved), occurrences)
        if len(resolved.order) < len(resolved.every) <= LONGEST_RUN:
            self._add_title_runs(scores, resolved)
        if len(named := self._metadata.not_indexed(resolved.title_key)):
            scores[named] += np.float32(ranking.TITLE * (self._idf_of(resolved.every) or 1.0))
        if self._boost is not None:
            scores *= self._boost
        self._promote(scores, resolved)

    # ------------------------------------------------------------------------------------------------- titles

    def _add_title_runs(self, scores: Scores, resolved: ResolvedQuery) -> None:
        """Adds to the best posts what their titles share with the question word for word, its stop words too.

        TITLE_RUN · (idf of the question + r) · r² / (t q), where r is the longest run of words that both have, and t
        and q are the words of the title and of the question. Runs shorter than LEAST_RUN say nothing, unless they are
        the title; one of stop words only, as "in" in "in operator", counts fully in a short question.
        """
        titles = self._stream.titles(_best(scores))
        if not len(titles.posts):
            return
        every = resolved.every
        is_word = {word: is_any_of(titles.terms, word) for word in set(every)}
        runs = _longest_runs(titles, [is_word[word] for word in every])
        shares = np.where(runs >= LEAST_RUN, runs**2 / (titles.lengths * len(every)), 0.0)
        is_asked = np.zeros(len(titles.terms), dtype=bool)
        for word in set(resolved.order):
            is_asked |= is_word[word]
        is_of_stop_words = (runs == titles.lengths) & ~np.logical_or.reduceat(is_asked, titles.starts)
        shares[is_of_stop_words] = 1.0 if len(every) <= LEAST_RUN else 0.0
        scores[titles.posts] += np.float32(ranking.TITLE_RUN * (self._idf_of(resolved.order) + runs) * shares)

    def _idf_of(self, words: Phrase) -> float:
        return float(sum(max((self._idf[term] for term in word), default=0.0) for word in words))

    # -------------------------------------------------------------------------------------- what was typed exactly

    def _add_name(self, scores: Scores, name: ResolvedName, share: float, occurrences: Occurrences) -> None:
        """Adds share · its weight · idf · the weight of the part where it counts most, to the posts that are hits.

        Where no post has the name as it was typed, words of the same stems side by side are as good.
        """
        starts = occurrences.starts(name.phrase)
        positions = self._as_typed(starts, name)
        if not len(positions):
            positions = starts
        if not len(positions):
            return
        stream = self._stream
        posts = stream.post_starts.searchsorted(positions.astype(stream.post_starts.dtype), side="right") - 1
        parts = stream.part_starts.searchsorted(positions.astype(stream.part_starts.dtype), side="right") - 1
        weights = np.zeros(self.posts, dtype=np.float32)
        np.maximum.at(weights, posts, ranking.NAME_IN[stream.part_kinds[parts]])
        named = weights.nonzero()[0]
        idf = ranking.idf(len(named) * occurrences.posts_for_each(name.phrase), self.posts)
        _lift(scores, named, np.float32(share * name.weight * idf) * weights[named])
        if name.is_all:
            _lift(scores, named, ranking.NAME_TYPED)

    def _as_typed(self, starts: Numbers, name: ResolvedName) -> Numbers:
        """Of the starts of a name's phrase those with its very words, and with what stands before each."""
        for offset, numbers in enumerate(name.words):
            starts = starts[is_any_of(self._stream.words.take(starts + offset), numbers)]
        for offset, lead in enumerate(name.leads):
            if lead is not None:
                starts = starts[leads_of(self._stream.spans.take(starts + offset)) == int(lead)]
        if not len(starts) or not name.words:
            return starts
        # Where it is a part of a longer name, as 1.12 is of 1.12.1, only if it is nowhere else.
        is_part = _is_joined(self._stream, starts + len(name.phrase))
        if name.leads[0] is None:
            is_part |= _is_joined(self._stream, starts)
        return starts if is_part.all() else starts[~is_part]

    def _demote_other_forms(self, scores: Scores, resolved: ResolvedQuery, occurrences: Occurrences) -> None:
        """Lowers posts that have only other words of the same stem than was typed: authorization for author.

        Those that have only other forms of a phrase come after those with its very words.
        """
        total = self._idf_of(resolved.order) or 1.0
        for word in resolved.typed:
            for term in self._lexicon.terms_with_other_forms(word):
                positions = occurrences.positions_of(term)
                if len(positions) <= MOST_COMPARED:
                    is_form = is_any_of(self._stream.words.take(positions), self._lexicon.forms(word, term))
                    if not is_form.all():
                        _, has_other = self._by_form(positions, is_form)
                        scores[has_other] *= np.float32(1 - ranking.OTHER_FORM * self._idf[term] / total)
        for phrase, words in zip(resolved.phrases, resolved.typed_phrases, strict=True):
            starts = occurrences.starts(phrase) if len(phrase) > 1 and all(phrase) else NO_POSITIONS
            is_form = np.ones(len(starts), dtype=bool)
            for offset, word in enumerate(words):
                is_form &= is_any_of(self._stream.words.take(starts + offset), self._lexicon.numbers(word))
            if not is_form.all():
                _put_after(scores, *self._by_form(starts, is_form))

    def _by_form(self, positions: NDArray[Any], is_form: Mask) -> tuple[Mask, Mask]:
        """Whether each post has any of these positions in the right form, and whether it has others only."""
        posts = self._stream.post_starts.searchsorted(positions.astype(np.uint32), side="right") - 1
        has_term, has_form = np.zeros((2, self.posts), dtype=bool)
        has_term[posts] = True
        has_form[posts[is_form]] = True
        return has_form, has_term & ~has_form

    def _promote(self, scores: Scores, resolved: ResolvedQuery) -> None:
        """Lifts posts whose title or heading was typed, if they match, and pinned ones, which need no word of it."""
        titled = self._metadata.titled(resolved.title_key, bool(resolved.unfinished))
        headed = self._metadata.only_headed(resolved.title_key)
        if len(headed) and not self._is_in_a_title(scores, resolved):
            _lift(scores, headed, ranking.HEADING_TYPED)
        _lift(scores, self._metadata.only_slugged(resolved.title_key), ranking.SLUG_TYPED)
        bonus: float | Scores = ranking.TITLE_START
        if resolved.unfinished:  # of "c", which is a word, a title such as "Cache" is no more likely than others
            bonus = ranking.TITLE_TYPED * titled.typed * (titled.at_end | (not resolved.is_word))
        _lift(scores, titled.starting, bonus)
        _lift(scores, titled.alias, ranking.EXACT_ALIAS)
        is_signed = any(name.is_all and name.leads[0] is not None for name in resolved.names)
        if not is_signed:  # --port is not the page "Port", if there is a page that has it
            _lift(scores, titled.exact, ranking.EXACT_TITLE)
        if is_signed or len(titled.exact) > 1:
            _lift(scores, self._metadata.spelt_so(titled.exact, resolved.text), ranking.EXACT_TITLE)
        if len(pinned := self._metadata.pinned(resolved.title_key, resolved.text)):
            scores[pinned] = np.float32(ranking.PIN)

    def _is_in_a_title(self, scores: Scores, resolved: ResolvedQuery) -> bool:
        """Whether one of the best posts has a question in its title, so that its page may be meant.

        Who types stop words means the very words: a title must have them side by side then.
        """
        titles, question = self._stream.titles(_best(scores)), resolved.every
        if not len(titles.posts):
            return False
        is_word = [is_any_of(titles.terms, word) for word in question]
        if len(resolved.order) < len(question):
            return bool((_longest_runs(titles, is_word) == len(question)).any())
        return bool(np.logical_and.reduce([np.logical_or.reduceat(mask, titles.starts) for mask in is_word]).any())


def weighted_terms(resolved: ResolvedQuery) -> list[tuple[Term, float]]:
    """The terms whose scores are added up, each with its weight."""
    counts = Counter(resolved.order if resolved.is_prose else ())
    words = dict.fromkeys((*resolved.words, *(word for phrase in resolved.phrases for word in phrase)))
    weighted = [(term, ranking.repeated(counts[word])) for word in words for term in word]
    return weighted + [(term, ranking.CONTINUATION if index else 1.0) for index, term in enumerate(resolved.unfinished)]


def weighted_pairs(order: Phrase) -> list[tuple[Term, Term, float]]:
    """The pairs of terms of consecutive words, as typed and the other way round, each with its weight."""
    neighbours = [(first, second) for first, second in pairwise(order) if len(first) * len(second) <= MOST_PAIRS]
    pairs = {(left, right) for first, second in neighbours for left in first for right in second if left != right}
    ordered = sorted(pairs)
    return [
        *((left, right, 1.0) for left, right in ordered),
        *((right, left, ranking.REVERSED) for left, right in ordered),
    ]


def _share_of(name: ResolvedName, resolved: ResolvedQuery) -> float:
    """How much of its weight a name counts: all, but for one that nothing but hyphens ties, among sentences.

    There a hyphen is often but a way to spell (high-speed). It counts fully from half of the question on, and in a
    longer one, where other words tell what is meant, by its share of it.
    """
    is_hyphened = bool(name.words) and name.leads[0] is None and all(lead is Lead.HYPHENED for lead in name.leads[1:])
    is_spelling = is_hyphened and len(name.words) > 1 and resolved.is_prose
    return min(1.0, 2 * len(name.words) / len(resolved.every)) if is_spelling else 1.0


def _best(scores: Scores) -> Numbers:
    """The MOST_RESCORED posts with the best scores above 0, best first, ties in their order."""
    candidates = (scores >= max(top_score_bound(scores, MOST_RESCORED), SMALLEST_SCORE)).nonzero()[0]
    return candidates[np.argsort(-scores[candidates], kind="stable")][:MOST_RESCORED]


def _is_joined(stream: TermStream, positions: Numbers) -> Mask:
    """Whether signs tie the word at each of these positions to the one before it."""
    leads = leads_of(stream.spans.take(positions, mode="clip"))
    is_joined: Mask = (leads >= int(Lead.HYPHENED)) & (leads <= int(Lead.JOINED))  # much faster than with enumerations
    return is_joined


def _lift(scores: Scores, posts: Numbers, bonus: float | NDArray[np.float32]) -> None:
    """Adds a bonus to the scores of posts, in place, where they have any."""
    if len(posts):
        scores[posts] += np.float32(bonus) * (scores[posts] > 0)


def _longest_runs(titles: Titles, question: Sequence[Mask]) -> Numbers:
    """The most words in a row that each title and a question share.

    question: for each of its words where the titles have it.
    """
    longest = np.zeros(len(titles.terms), dtype=np.int64)
    runs = np.zeros(len(titles.terms) + 1, dtype=np.int64)  # that end before each word of the titles
    for is_word in question:
        runs[1:] = (runs[:-1] + 1) * is_word
        np.maximum(longest, runs[1:], out=longest)
    of_titles: Numbers = np.maximum.reduceat(longest, titles.starts)
    return of_titles


def _put_after(scores: Scores, first: Mask, others: Mask) -> None:
    """Lowers the scores of the other posts in proportion, in place, until all of them are below those of the first."""
    if not first.any() or not others.any():
        return
    lowest, highest = scores[first].min(), scores[others].max()
    if highest >= lowest > 0:
        scores[others] *= np.float32(0.99) * lowest / highest


def _add_at(sums: Scores, indices: Sequence[Posts], weights: Sequence[float], values: Sequence[Scores] = ()) -> bool:
    """Adds weight · value to the sums at each of the indices, in place; without values, the weight alone.

    One pass over all columns costs less than one for each of many short ones. Returns False if there is no index.
    """
    sizes = [len(column) for column in indices]
    if not any(sizes):
        return False
    added = np.concatenate(values) if values else None
    if added is None or weights.count(1.0) < len(weights):
        repeated = np.array(weights, dtype=np.float32).repeat(sizes)
        added = repeated if added is None else added * repeated
    np.add.at(sums, np.concatenate(indices), added)
    return True


def top_score_bound(scores: Scores, k: int) -> np.float32:
    """A lower bound of the k best scores that few other scores reach.

    The scores are divided into more than k blocks. The k-th largest block maximum is reached in k blocks, so by at
    least k scores; partitioning the maxima costs a tenth of partitioning the scores.
    """
    if len(scores) <= k:
        return np.float32(0.0)
    size = len(scores) // (4 * k)
    maxima = np.maximum.reduceat(scores, np.arange(0, len(scores), size)) if size >= 4 else scores
    return np.float32(np.partition(maxima, len(maxima) - k)[len(maxima) - k])
