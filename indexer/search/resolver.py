"""ParsedQuery → ResolvedQuery: what was typed, in terms of the index, as all engines search it.

Here it is decided which words count, what a word that no post has was meant to be, which other forms stand for what was
typed, and whether a minus excludes or belongs to an option.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from indexer.model import Lead, Name, ParsedQuery
from indexer.search import ranking
from indexer.search.lexicon import MOST_CONTINUATIONS, Lexicon, Phrase, Word
from indexer.search.query import MOST_NAMES, MOST_TERMS, parse, without_quotes
from indexer.search.rule_change import RuleChange
from indexer.search.spelling import ComparisonBudget
from indexer.text import analysis

# Terms that all single CJK characters of a query expand to together.
MOST_FORMS = 400
# Bigrams of Chinese, Japanese and the like that are asked; a question of forty characters has some forty.
MOST_BIGRAMS = 200
# Terms that the last word of a phrase may become while it is being typed.
MOST_IN_PHRASE = 5_000
# A question of up to so many words, some of them stop words, is also looked for word by word.
LONGEST_WHOLE = 6
# The share of stop words from which on a question is made of sentences.
STOP_WORDS_OF_PROSE = 0.2
# A word of so many letters is as likely whole as the beginning of a longer one.
SHORT = 3
# Who asks, in the languages in which the verb of a question stands before that word.
_ASKERS = {
    "da": ("jeg", "man", "vi"),
    "de": ("ich", "man", "wir"),
    "nb": ("jeg", "man", "vi"),
    "nl": ("ik", "men", "we", "wij"),
    "nn": ("eg", "ein", "vi"),
    "no": ("jeg", "man", "vi"),
    "sv": ("jag", "man", "vi"),
}


@dataclass(frozen=True, slots=True)
class Alternative:
    """Adjacent words that stand for something that was typed.

    weight: what they count. instead: what was typed, adjacent words too; the more posts write it like that, the less
    the others count. Empty for synonyms, which count the same however often they are used.
    """

    phrase: Phrase
    weight: float
    instead: Phrase = ()


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """Adjacent words that are looked for as typed, stop words too.

    words: the numbers of each word. leads: what must stand before each; None is all. weight: what it counts. is_all:
    whether nothing else was typed.
    """

    phrase: Phrase
    words: tuple[tuple[int, ...], ...]
    leads: tuple[Lead | None, ...]
    weight: float
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedQuery:
    """A query in terms of the index.

    words: the words that are scored, each once. phrases, exclusions: adjacent words that must, or must not, occur.
    unfinished: the terms that the last word may become; is_word: whether a short word is all that was typed. order: the
    scored words as typed, with those of phrases and with repetitions. every: all words as typed, stop words too.
    alternatives: other forms of what was typed, any of which is enough. names: what is more than its words. typed,
    typed_phrases: the words, and those of the phrases, not stemmed. characters: terms of which only the first character
    was typed. suggestion: the corrected query, where no post has a word; the search uses the corrected words. excluded:
    the exclusions as they were typed. is_cut: whether only a part of the words is asked.
    """

    words: Phrase
    phrases: tuple[Phrase, ...]
    exclusions: tuple[Phrase, ...]
    unfinished: Word
    is_word: bool
    order: Phrase
    every: Phrase
    alternatives: tuple[Alternative, ...]
    names: tuple[ResolvedName, ...]
    typed: tuple[str, ...]
    typed_phrases: tuple[tuple[str, ...], ...]
    characters: frozenset[int]
    title_key: str
    text: str
    suggestion: str | None
    excluded: tuple[str, ...]
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for in words."""
        return not (self.words or self.phrases or self.unfinished or self.alternatives or self.exclusions)

    @property
    def matches_all(self) -> bool:
        """Whether every post is asked for that is not excluded: nothing was typed, or nothing but exclusions."""
        is_asked = self.words or self.phrases or self.unfinished or self.alternatives
        return not is_asked and (bool(self.exclusions) or not self.text.strip())

    @property
    def is_prose(self) -> bool:
        """Whether it has as many stop words as sentences have. A listing repeats its words for reasons of its own."""
        return len(self.every) - len(self.order) >= STOP_WORDS_OF_PROSE * len(self.every)


class QueryResolver:
    """Resolves queries in the words of one generation."""

    def __init__(self, lexicon: Lexicon, change: RuleChange | None = None) -> None:
        """change: of the rules that the generation was built with."""
        self._lexicon = lexicon
        self._synonyms = _Synonyms(lexicon, change.groups(lexicon.synonyms) if change else lexicon.synonyms)
        self._new_words = change.new_words if change else frozenset[str]()

    def resolve(self, query: ParsedQuery, language: str | None = None) -> ResolvedQuery:
        """Typed words → terms. Stop words are dropped unless nothing else is left; unknown words are corrected.

        language: an ISO 639 code that decides stems and stop words; None stands for all languages of the posts.
        """
        query = self._with_options(query)
        resolution = _Resolution(self._lexicon, self._synonyms, query, language)
        if query.phrases and resolution.is_pasted_prose:  # quoted there is what its author quotes
            query = parse(without_quotes(query.text), query.is_typing)
            resolution = _Resolution(self._lexicon, self._synonyms, query, language)
        suggestion = resolution.corrected_text(self._new_words)
        if suggestion:  # everything is asked anew, so that whoever follows the suggestion finds the same
            query = self._with_options(parse(suggestion, query.is_typing))
            resolution = _Resolution(self._lexicon, self._synonyms, query, language)
        return resolution.resolved(suggestion)

    def synonyms(self, query: ParsedQuery) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The typed words that have synonyms, each with those that some post has, as the settings write them."""
        found = _Resolution(self._lexicon, self._synonyms, query, None).synonyms()
        return tuple((" ".join(match.words), match.members) for match in found)

    def _with_options(self, query: ParsedQuery) -> ParsedQuery:
        """The query, where the minus of an option that the site has excludes nothing."""
        firsts = {words[0] for words in query.exclusions}
        options = {word for word in firsts if self._lexicon.is_option(word, query.is_typing)}
        return parse(query.text, query.is_typing, options) if options else query


class _Resolution:
    """The resolution of one query; each word is looked up once."""

    def __init__(self, lexicon: Lexicon, synonyms: _Synonyms, query: ParsedQuery, language: str | None) -> None:
        self._lexicon = lexicon
        self._synonyms = synonyms
        self._query = query
        self._language = language
        self._word = _Terms(lexicon, query, language).__getitem__
        self._stop_words = self._words_that_say_nothing()
        self._asked = self._words_asked()
        self._compounds = list(analysis.compounds(query.text))

    def resolved(self, suggestion: str | None) -> ResolvedQuery:
        query, lexicon = self._query, self._lexicon
        asked = self._asked
        unfinished = self._unfinished
        finished = [word for word in asked if not (unfinished and word == query.words[-1])]
        phrases = [self._phrase(words) for words in query.phrases]
        if query.is_phrase_open:
            phrases[-1] = (
                *phrases[-1][:-1],
                lexicon.continued(query.phrases[-1][-1], MOST_IN_PHRASE) or phrases[-1][-1],
            )
        return ResolvedQuery(
            words=tuple(dict.fromkeys(self._phrase(finished))),
            phrases=tuple(phrases),
            exclusions=tuple(map(self._phrase, query.exclusions)),
            unfinished=unfinished,
            is_word=len(query.tokens) == 1 and len(query.tokens[0]) <= SHORT and lexicon.frequency(query.tokens[0]) > 0,
            order=self._phrase(word for word in query.tokens if word in asked or self._is_content_word(word)),
            every=self._phrase(query.tokens),
            alternatives=tuple(dict.fromkeys(self._alternatives())),
            names=tuple(dict.fromkeys(self._names())),
            typed=tuple(finished),
            typed_phrases=query.phrases,
            characters=frozenset(chain.from_iterable(map(self._word, filter(_is_character, asked)))),
            title_key=query.title_key,
            text=query.text,
            suggestion=suggestion,
            excluded=tuple(" ".join(words) for words in query.exclusions),
            is_cut=query.is_cut or self._has_left_out,
        )

    @property
    def is_pasted_prose(self) -> bool:
        """Whether it is sentences, and more of them than anybody types."""
        tokens = self._query.tokens
        stop_words = sum(not self._is_content_word(word) for word in tokens)
        return len(tokens) > MOST_TERMS and stop_words >= STOP_WORDS_OF_PROSE * len(tokens)

    # ---------------------------------------------------------------------------------------- the words that count

    def _words_asked(self) -> list[str]:
        """The single words that are looked for: those that say something, the most telling ones where they are many."""
        query = self._query
        in_names = {word for name in query.names if self._is_all_stop_words(name) for word, _ in name}
        in_runs = {word for run in query.runs for word in run}  # these count together only
        words = [word for word in query.words if word not in in_runs]
        words = [word for word in words if self._is_content_word(word) or word in in_names]
        if not words and not query.phrases and not query.runs:
            words = list(query.words)
        if query.is_prefix and query.words[-1] not in (*words, *in_runs):
            words.append(query.words[-1])
        if len(words) <= MOST_TERMS:
            return words
        bigrams = set(filter(analysis.is_cjk, words))
        kept = self._most_telling([word for word in words if word not in bigrams], MOST_TERMS)
        kept |= self._most_telling([word for word in words if word in bigrams], MOST_BIGRAMS)
        return [word for word in words if word in kept]

    @property
    def _has_left_out(self) -> bool:
        """Whether words that say something are not asked, because they are too many."""
        words = self._query.words
        return len(words) > MOST_TERMS and len(self._asked) < sum(map(self._is_content_word, words))

    def _is_all_stop_words(self, name: Name) -> bool:
        return not any(self._is_content_word(word) for word, _ in name)

    def _most_telling(self, words: list[str], most: int) -> set[str]:
        """Of many words those that say most: often in the question, and in few posts. Those in no post go first.

        The last is kept while it is being typed.
        """
        if len(words) <= most:
            return set(words)
        counts = Counter(self._query.tokens)
        posts = self._lexicon.posts
        telling = {}
        for word in words:
            if frequency := self._lexicon.frequency(word):
                telling[word] = counts[word] * float(ranking.idf(frequency, posts))
        last = self._query.words[-1:] if self._query.is_prefix else ()
        return {*sorted(telling, key=telling.__getitem__, reverse=True)[:most], *last}

    def _is_content_word(self, word: str) -> bool:
        return word not in self._stop_words

    def _words_that_say_nothing(self) -> frozenset[str]:
        """Stop words, and the verb of "wo finde ich": in some languages it stands before who asks."""
        language = self._asked_in()
        stop_words = analysis.stop_words(language)
        tokens = self._query.tokens
        if (askers := _ASKERS.get(language.partition("-")[0])) and len(tokens) > 3:
            asking, verb, asker = tokens[:3]
            if asker in askers and asking in stop_words:
                return stop_words | {verb}
        return stop_words

    def _asked_in(self) -> str:
        """The language that the question is in: the one asked for, else that of the most little words in it."""
        languages = self._lexicon.languages
        if self._language or len(languages) == 1:
            return self._language or languages[0]
        words = set(self._query.words)
        return max(languages, key=lambda language: len(words & analysis.stop_words(language)))

    @cached_property
    def _unfinished(self) -> Word:
        """The terms that the last word may become while it is being typed, first those that it already is."""
        if not self._query.is_prefix:
            return ()
        word = self._query.words[-1]
        if any(word in run for run in self._query.runs):
            return ()
        return self._continued or self._lexicon.past_stem(word)

    @cached_property
    def _continued(self) -> Word:
        """The terms of the words that begin with the last word, first those that it already is."""
        word = self._query.words[-1]
        continued = self._lexicon.continued(word)
        if continued and self._lexicon.has(word):
            return continued
        return tuple(dict.fromkeys((*self._word(word), *continued)))

    def _phrase(self, words: Iterable[str]) -> Phrase:
        return tuple(map(self._word, words))

    # ------------------------------------------------------------------------------------------------- spelling

    def corrected_text(self, new_words: frozenset[str]) -> str | None:
        """The query with the words that were probably meant in the place of those that no post has; None if all are.

        new_words: what posts have beside their words in the index.
        """
        query = self._query
        if len(query.words) > MOST_TERMS:
            return None
        asked = (*self._asked, *(word for words in query.phrases for word in words))
        unknown = [word for word in dict.fromkeys(asked) if not self._word(word)]
        if not unknown:
            return None
        known = {*new_words, *(word for match in self.synonyms() for word in match.words)}
        budget = ComparisonBudget()
        corrected: dict[str, str] = {}
        for word in unknown:
            if word not in known and not self._is_known(word) and (nearest := self._nearest(word, budget)):
                corrected[word] = nearest
        return self._respelt(corrected) if corrected else None

    def _nearest(self, word: str, budget: ComparisonBudget) -> str | None:
        """The word that was probably meant; no shorter one for what may be a stem and the beginning of an ending."""
        nearest = self._lexicon.nearest(word, budget)
        is_past_stem = self._is_unfinished(word) and bool(self._unfinished)
        return None if nearest and is_past_stem and len(nearest) < len(word) else nearest

    def _is_unfinished(self, word: str) -> bool:
        return self._query.is_prefix and word == self._query.words[-1]

    def _is_known(self, word: str) -> bool:
        """Whether posts have a word or another form of it."""
        lexicon = self._lexicon
        if self._is_unfinished(word) and self._unfinished and self._continued:
            return True
        if self._query.is_phrase_open and word == self._query.phrases[-1][-1] and lexicon.with_prefix(word):
            return True
        return bool(lexicon.stems(word) or lexicon.has(word) or lexicon.halves(word) or self._is_half(word))

    def _is_half(self, word: str) -> bool:
        """Whether a word makes one that posts have together with its neighbour: e mail."""
        pairs = pairwise(self._query.tokens)
        return any(word in pair and self._lexicon.has("".join(pair)) for pair in pairs)

    def _respelt(self, corrected: dict[str, str]) -> str:
        """The text of the query with words replaced by their corrections as the site writes them."""
        text, pieces, end = self._query.text, [], 0
        for word, start, stop in analysis.spans(text):
            if word in corrected and start >= end:
                pieces += [text[end:start], self._lexicon.written(corrected[word])]
                end = stop
        return "".join([*pieces, text[end:]])

    # ---------------------------------------------------------------------------------------------- other forms

    def _alternatives(self) -> Iterator[Alternative]:
        """Synonyms; words that are joined here and not there, or the other way round."""
        query = self._query
        for run in query.runs:
            if all(phrase := self._phrase(run)):
                yield Alternative(phrase, 1.0)
        for match in self.synonyms():
            yield from (Alternative(phrase, ranking.SYNONYM) for phrase in match.phrases)
        if len(query.tokens) > MOST_TERMS:
            return
        if len(query.tokens) <= LONGEST_WHOLE or not all(map(self._word, query.tokens)):
            yield from self._joined_or_parted()
        for inner in self._compounds:
            yield from self._parted(inner)

    def synonyms(self) -> Iterator[_SynonymMatch]:
        return self._synonyms.within(self._query.tokens, self._is_content_word)

    def _joined_or_parted(self) -> Iterator[Alternative]:
        """Other forms of neighbours and of words; in a long question only of what posts have not as it was typed."""
        query = self._query
        is_short = len(query.tokens) <= LONGEST_WHOLE
        for pair in dict.fromkeys(pairwise(query.tokens)):
            is_asked = self._is_content_word(pair[0]) and (is_short or not all(map(self._word, pair)))
            if is_asked and self._lexicon.has("".join(pair)):
                yield Alternative((self._word("".join(pair)),), ranking.JOINED, self._phrase(pair))
        for word in self._asked:
            if is_short or not self._word(word):
                for halves in self._lexicon.halves(word, query.is_prefix and word == query.words[-1]):
                    yield from self._parted(halves)

    def _parted(self, words: Sequence[str]) -> Iterator[Alternative]:
        """Words in the place of the one that they give together, if posts have all of them."""
        if all(phrase := self._phrase(words)):
            word = self._word("".join(words))
            yield Alternative(phrase, ranking.JOINED, (word,) if word else ())

    # ---------------------------------------------------------------------------------------------------- names

    def _names(self) -> Iterator[ResolvedName]:
        """What is more than its words: names with their signs, and short questions with stop words, word by word."""
        query = self._query
        for name in query.names[:MOST_NAMES]:
            words, leads = zip(*name, strict=True)
            first = leads[0] if leads[0].is_signed else None
            if all(phrase := self._phrase(words)):
                numbers = tuple(map(self._lexicon.numbers, words))
                yield ResolvedName(phrase, numbers, (first, *leads[1:]), ranking.NAME, words == query.tokens)
        for word in dict.fromkeys(map("".join, self._compounds)):
            if word not in query.tokens:
                continue
            if (terms := self._word(word)) and (its_numbers := self._lexicon.numbers(word)):  # useState is a name, too
                yield ResolvedName((terms,), (its_numbers,), (None,), ranking.NAME, (word,) == query.tokens)
        is_short = 1 < len(query.tokens) <= LONGEST_WHOLE and not query.phrases and not query.exclusions
        if is_short and not all(map(self._is_content_word, query.tokens)) and all(phrase := self._phrase(query.tokens)):
            yield ResolvedName(phrase, (), (None,) * len(phrase), ranking.WHOLE)


class _Terms(dict[str, Word]):
    """The terms of the words of a query, each looked up when it is first needed."""

    def __init__(self, lexicon: Lexicon, query: ParsedQuery, language: str | None) -> None:
        self._lexicon = lexicon
        self._query = query
        self._language = language

    def __missing__(self, word: str) -> Word:
        limit = self._character_limit() if _is_character(word) else MOST_CONTINUATIONS
        self[word] = terms = self._lexicon.stems(word, self._language, limit)
        return terms

    def _character_limit(self) -> int:
        """How many terms a single CJK character expands to: the more of them in the query, the fewer for each."""
        query = self._query
        characters = sum(map(_is_character, chain(query.words, *query.phrases, *query.exclusions)))
        return min(MOST_CONTINUATIONS, MOST_FORMS // max(characters, 1))


def _is_character(word: str) -> bool:
    """Whether a word is a single character of a script without spaces."""
    return len(word) == 1 and analysis.is_cjk(word)


@dataclass(frozen=True, slots=True)
class _SynonymMatch:
    """Typed words and their synonyms. members: the same as the settings write them."""

    words: Sequence[str]
    phrases: tuple[Phrase, ...]
    members: tuple[str, ...]


class _Synonyms:
    """The synonyms that the site's settings have, by the stems of each."""

    def __init__(self, lexicon: Lexicon, groups: Iterable[Sequence[str]]) -> None:
        self._lexicon = lexicon
        found: dict[str, dict[Phrase, str]] = defaultdict(dict)
        for group in groups:
            members = {self._key(words): (words, member) for member in group for words in [analysis.words(member)]}
            phrases = {key: (tuple(map(lexicon.stems, words)), member) for key, (words, member) in members.items()}
            for key in phrases:
                others = (found_as for other, found_as in phrases.items() if other != key)
                found[key] |= {phrase: member for phrase, member in others if all(phrase)}
        self._phrases = {key: (tuple(phrases), tuple(phrases.values())) for key, phrases in found.items()}
        self._lengths = sorted({key.count(" ") + 1 for key in found})

    def _key(self, words: Iterable[str]) -> str:
        return " ".join(map(self._lexicon.stem_key, words))

    def within(self, typed: Sequence[str], is_content_word: Callable[[str], bool]) -> Iterator[_SynonymMatch]:
        """The runs of typed words that have synonyms; a run of stop words only if it is the entire query."""
        stems = list(map(self._lexicon.stem_key, typed)) if self._lengths else []
        for length in self._lengths:
            for start in range(len(typed) - length + 1):
                words = typed[start : start + length]
                phrases, members = self._phrases.get(" ".join(stems[start : start + length]), ((), ()))
                if phrases and (length == len(typed) or any(map(is_content_word, words))):
                    yield _SynonymMatch(words, phrases, members)
