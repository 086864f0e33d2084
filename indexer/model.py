"""The words of the product as values: no input, no output, nothing that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property

from msgspec import Struct

# ---------------------------------------------------------------------------------------------------- posts


class Section(Struct, frozen=True, gc=False):
    """A heading, its anchor and the plain text under it; a post's lead has neither heading nor anchor.

    text: prose, one paragraph a line. code: the code blocks of the section, kept apart from prose.
    """

    heading: str
    anchor: str
    level: int
    text: str
    code: str = ""


class Reference(Struct, frozen=True, gc=False):
    """A related post as an editor named it: the raw words and the line they stand on (1-based)."""

    name: str
    line: int | None = None


class UnreadableField(Struct, frozen=True, gc=False):
    """A value in front matter that cannot be read, and the line that it stands on (1-based)."""

    line: int | None
    reason: str


class PostFacts(Struct, frozen=True):
    """What every answer shows of a post. A field that is declared here is stored, sent and described in OpenAPI.

    id: path below the content folder without suffix. path: with suffix. description: plain text.
    """

    id: str
    path: str
    url: str
    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    date: date | None = None
    language: str = "en"
    image: str | None = None


class Post(PostFacts, frozen=True, omit_defaults=True, tag="post"):
    """One page as its author wrote it.

    curated: the editor's references, not yet resolved. links, images: targets of internal links, those within the
    post too, and addresses of the site's own images, as written. link_texts: targets of links to other pages, and
    the text of each link. aliases: other URLs that lead to this post. search_aliases: other names under which it is
    to be found. pins: what is typed when this post must come first. boost: what its scores are multiplied by.
    expires: the first day on which it is no longer published. unreadable: values in the front matter that the post
    does without. translation: the key that it shares with its translations. translations: their names, as written.
    """

    sections: tuple[Section, ...] = ()
    featured_order: int | None = None
    curated: tuple[Reference, ...] = ()
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    link_texts: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    search_aliases: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    boost: float = 1.0
    expires: date | None = None
    unreadable: tuple[UnreadableField, ...] = ()
    translation: str = ""
    translations: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(section.heading for section in self.sections if section.heading)


class StoredPost(PostFacts, frozen=True, kw_only=True):
    """A published post without its text. number: its place in id order. curated, linked: numbers of posts."""

    number: int
    aliases: tuple[str, ...] = ()
    curated: tuple[int, ...] = ()
    linked: tuple[int, ...] = ()


class ExclusionReason(StrEnum):
    """Why a file is not among the posts. The value is what a person reads in the report."""

    NO_FRONT_MATTER = "no front matter"
    EMPTY = "empty body"
    DRAFT = "draft"
    UNPUBLISHED = "unpublished"
    FUTURE = "date in the future"
    EXPIRED = "expired"
    RESOURCE = "part of another page"
    HIDDEN = "hidden from search"
    BAD = "cannot be read"
    DUPLICATE = "duplicate"


class Excluded(Struct, frozen=True, omit_defaults=True, tag="excluded"):
    """A file that did not become a post, and why.

    detail: more of the reason, for a person. due: the day a future post becomes one. post: what it would be, where it
    was written to be shown one day.
    """

    path: str
    reason: ExclusionReason
    detail: str = ""
    line: int | None = None
    due: date | None = None
    post: Post | None = None


class Corpus:
    """All posts of one build in id order; refuses duplicates of id or url."""

    def __init__(self, posts: list[Post]) -> None:
        self._posts = sorted(posts, key=lambda post: post.id)
        by_url: dict[str, Post] = {}
        for post in self._posts:
            if (other := by_url.setdefault(post.url, post)) is not post:
                raise ValueError(f"{other.path} and {post.path} share the url {post.url}")
        if len({post.id for post in self._posts}) != len(self._posts):
            raise ValueError("two posts share an id")

    def __len__(self) -> int:
        return len(self._posts)

    def __iter__(self) -> Iterator[Post]:
        return iter(self._posts)

    def __getitem__(self, number: int) -> Post:
        return self._posts[number]


# --------------------------------------------------------------------------------------------------- search


class EngineName(StrEnum):
    COLUMNAR = "columnar"
    WHOOSH = "whoosh"
    OPENSEARCH = "opensearch"


class PathStyle(StrEnum):
    """How the name of a file or folder becomes a part of a URL."""

    AS_IS = "as is"
    HUGO = "hugo"
    GITHUB = "github"
    JEKYLL = "jekyll"
    ASCII = "ascii"
    LOWER = "lower"
    HEXO = "hexo"
    SLUGIFY = "slugify"
    PELICAN = "pelican"


class FrontMatter(StrEnum):
    """Whether a file without front matter is a page."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class AnchorStyle(StrEnum):
    """How a site's generator makes the id of a heading."""

    GITHUB = "github"
    HUGO = "hugo"
    HUGO_TERMS = "hugo-terms"
    KRAMDOWN = "kramdown"
    PYTHON_MARKDOWN = "python-markdown"
    PYMDOWNX = "pymdownx"
    VITEPRESS = "vitepress"
    MARKDOWN_IT_ANCHOR = "markdown-it-anchor"
    PANDOC = "pandoc"
    ZOLA = "zola"
    MDBOOK = "mdbook"
    HEXO = "hexo"
    SLUGIFY = "slugify"
    ASTRO = "astro"
    DOCUSAURUS = "docusaurus"
    NONE = "none"


class IncludeStyle(StrEnum):
    """How a page names files that it includes."""

    JEKYLL = "jekyll"
    MDBOOK = "mdbook"
    VITEPRESS = "vitepress"
    MDX = "mdx"
    NONE = "none"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    DATE = "date"


class Lead(IntEnum):
    """What stands right before a word: whether it is the next part of a name, or a name with a sign before it."""

    NONE = 0  # a blank, a bracket, a quotation mark
    HYPHENED = 1  # one sign right after another word: the off of hand-off
    UNDERSCORED = 2  # the std of no_std
    DOTTED = 3  # the lock of Cargo.lock
    JOINED = 4  # any other sign or signs there: the iter of std::iter
    SIGNED = 5  # signs after anything else: the hover of :hover
    DASHED = 6  # the same, if a dash is the last of them: the Wall of -Wall
    TWICE_DASHED = 7  # or two: the help of --help

    @property
    def is_joined(self) -> bool:
        return Lead.HYPHENED <= self <= Lead.JOINED

    @property
    def is_signed(self) -> bool:
        return self >= Lead.SIGNED


Name = tuple[tuple[str, Lead], ...]
"""Words tied together by signs, or with a sign before the first: each word, and what stands before it."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What was typed, as `search.query.parse` takes it apart; every word is folded, without quotes and signs.

    text: as it was typed, on one line, perhaps cut. words: single words, each once. phrases, exclusions: words side by
    side, each group once. names: groups of words tied by signs, and runs: the bigrams of words in katakana; all of
    these are among `words`, too. tokens: all words in their order, doubles too, but for what is excluded. is_typing:
    whether the text is still being typed; is_prefix, is_phrase_open: whether its last word is in `words`, or in the
    last phrase, and may be the beginning of a longer one. is_cut: whether the text was longer than what is read.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    exclusions: tuple[tuple[str, ...], ...] = ()
    names: tuple[Name, ...] = ()
    runs: tuple[tuple[str, ...], ...] = ()
    tokens: tuple[str, ...] = ()
    is_typing: bool = False
    is_prefix: bool = False
    is_phrase_open: bool = False
    is_cut: bool = False

    @property
    def title_key(self) -> str:
        """The form in which titles are compared; empty where anything is excluded, for no title is meant then."""
        return "" if self.exclusions else " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class HasTag:
    """The posts with a tag, in any case."""

    tag: str


@dataclass(frozen=True, slots=True)
class InLanguage:
    """The posts in a language or a regional form of it: `en` also finds en-GB (RFC 4647, basic filtering)."""

    language: str


@dataclass(frozen=True, slots=True)
class DatedWithin:
    """The posts with a date from `since` to `until`, both included; None is no bound."""

    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Not:
    """The posts that do not meet a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """The posts that meet all of these conditions; every post if there are none."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The posts that meet at least one of these conditions; no post if there are none."""

    conditions: tuple[Condition, ...]


# What a post must be, apart from what is asked.
Condition = HasTag | InLanguage | DatedWithin | Not | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query, its filters and a page.

    A query without any text finds all posts, the newest first. page counts from 1; with no hits a page there are only
    counts. `since` and `until` are both included. where: a condition beside the other filters. max_facet_values: how
    many tags and languages are counted at most. snippet_length: the most characters of a snippet, without ellipses.
    """

    query: ParsedQuery
    tags: tuple[str, ...] = ()
    language: str | None = None
    since: date | None = None
    until: date | None = None
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 10
    where: Condition | None = None
    max_facet_values: int = 50
    snippet_length: int = 200

    @property
    def condition(self) -> Condition | None:
        """All filters as one condition; None if there are none."""
        conditions: list[Condition] = [HasTag(tag) for tag in self.tags]
        if self.language:
            conditions.append(InLanguage(self.language))
        if self.since or self.until:
            conditions.append(DatedWithin(self.since, self.until))
        if self.where:
            conditions.append(self.where)
        return AllOf(tuple(conditions)) if conditions else None


class Snippet(Struct, frozen=True, gc=False):
    """A piece of plain text and the spans of it that matched, as [start, end) in characters; never markup."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()


class Hit(Struct, frozen=True):
    """One answer: a post, the section that matched best (None: the post as a whole), and the pieces to show."""

    post: StoredPost
    score: float
    title: Snippet
    section: Section | None
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of answers.

    total is exact. tags, languages: the most frequent ones of all hits, with their counts. more: how many posts have
    only some of the words, where most of them are asked for. suggestion: the query corrected, where a word was found
    nowhere. excluded: what must not occur, as words. is_cut: whether only the most telling part of a long query was
    asked. degraded: whether the index on disk has answered, as the cluster did not.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    more: int = 0
    tags: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    suggestion: str | None = None
    excluded: tuple[str, ...] = ()
    is_cut: bool = False
    degraded: bool = False


# -------------------------------------------------------------------------------------------------- related


class AcrossLanguages(StrEnum):
    """Whether related posts may be in another language: never, when no post in the same language is left, or always."""

    NEVER = "never"
    LAST = "last"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A term that two posts share: as a person writes it, its part of the cosine, and the fields it stands in.

    sentences: of each of the two posts the one that shows it, with the spans of the term; None where none was looked
    for.
    """

    term: str
    weight: float
    fields: tuple[str, ...]
    sentences: tuple[Snippet, Snippet] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a post belongs beside another.

    together: posts that curate both. alike: posts much like the source that curate the target. curated_back,
    linked_back: the target already points to the source.
    """

    terms: tuple[SharedTerm, ...] = ()
    tags: tuple[str, ...] = ()
    together: tuple[StoredPost, ...] = ()
    alike: tuple[StoredPost, ...] = ()
    curated_back: bool = False
    linked_back: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """A post beside the one that is read. curated: an editor put it there. score: None if it is not near."""

    post: StoredPost
    curated: bool
    score: float | None


class Band(StrEnum):
    """Confidence in a word, the surest first."""

    STRONG = "strong"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def and_surer(self) -> tuple[Band, ...]:
        return tuple(Band)[: list(Band).index(self) + 1]

    @property
    def least(self) -> float:
        """The least confidence of the band, as it is shown."""
        return {Band.STRONG: STRONG_FROM, Band.LIKELY: LIKELY_FROM, Band.POSSIBLE: 0.0}[self]


STRONG_FROM, LIKELY_FROM = 0.6, 0.3


class EditingMode(StrEnum):
    """What becomes of what editors accept at the desk: written into the posts, or collected for a patch or a commit."""

    WRITE = "write"
    PATCH = "patch"
    BRANCH = "branch"


class LogFormat(StrEnum):
    """How a line of the service's log is written."""

    TEXT = "text"
    JSON = "json"


class RequestLog(StrEnum):
    """What the service's log tells of a request: nothing, its route, or its path, question and address too."""

    NONE = "none"
    ROUTE = "route"
    FULL = "full"


class Verdict(StrEnum):
    """What an editor said of a suggestion that was not accepted."""

    DISMISSED = "dismissed"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an editor said of a target beside a post, and what both said then.

    post, target: ids. on: when, in UTC: 2026-06-01T12:00:00Z, or only the day in what earlier versions wrote; the later
    one sorts behind. texts: a simhash of the text of each, by which a material change and a new name are known.
    """

    post: str
    target: str
    verdict: Verdict
    because: str
    on: str
    texts: tuple[str, str]


def _no_reason() -> Reason:
    return Reason()


@dataclass(frozen=True)
class Suggestion:
    """A post that an editor might add. confidence: how many of ten such suggestions would be accepted, 0..1.

    explain: why, found when it is asked for, as both texts are read for it. before: what was decided of it earlier: it
    was put off, or dismissed and one of the posts has changed since.
    """

    post: StoredPost
    confidence: float
    explain: Callable[[], Reason] = field(default=_no_reason, compare=False)
    before: Decision | None = None

    @cached_property
    def reason(self) -> Reason:
        return self.explain()

    @property
    def band(self) -> Band:
        return band_of(self.confidence)

    @property
    def is_put_off(self) -> bool:
        return self.before is not None and self.before.verdict is Verdict.LATER


def band_of(confidence: float) -> Band:
    """A confidence in a word, as it is after it was rounded to be shown."""
    shown = round(confidence, 2)
    return Band.STRONG if shown >= STRONG_FROM else Band.LIKELY if shown >= LIKELY_FROM else Band.POSSIBLE


@dataclass(frozen=True, slots=True)
class Fallback:
    """A post offered because nothing better is known, and what it has in common."""

    post: StoredPost
    label: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What an editor is told of one post. duplicates: posts with nearly the same text, a warning and no suggestion.

    fallback: only where no suggestion is strong. calibrated: whether confidence was measured on this site's lists.
    """

    suggestions: tuple[Suggestion, ...]
    duplicates: tuple[StoredPost, ...] = ()
    fallback: tuple[Fallback, ...] = ()
    calibrated: bool = False


# -------------------------------------------------------------------------------------------------- curation


class ReferenceProblem(StrEnum):
    DANGLING = "dangling"
    AMBIGUOUS = "ambiguous"
    NOT_PUBLISHED = "not published"


@dataclass(frozen=True, slots=True)
class BadReference:
    """A curated reference that leads to no post. candidates: paths it may mean, the likeliest first.

    is_certain: the first of them is meant, and no other can be.
    """

    path: str
    line: int | None
    name: str
    problem: ReferenceProblem
    candidates: tuple[str, ...] = ()
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Who points to whom, by number in id order: the editors' lists and the links in the bodies.

    references: how many curated references were found in all; resolved: how many of them lead to one file, published
    or not. dismissed: pairs (post, target) that an editor does not want, in order. translations: for each post those
    that it names as its translations; empty if no post names any. link_texts: for each post what others call it where
    they link to it, see links/link_texts.py.
    """

    curated: tuple[tuple[int, ...], ...]
    linked: tuple[tuple[int, ...], ...]
    bad: tuple[BadReference, ...] = ()
    references: int = 0
    resolved: int = 0
    dismissed: tuple[tuple[int, int], ...] = ()
    translations: tuple[tuple[int, ...], ...] = ()
    link_texts: tuple[tuple[str, ...], ...] = ()


class FindingKind(StrEnum):
    """What a check of a site finds. The value is what JSON says."""

    DANGLING = "dangling"
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"
    DEAD_LINK = "dead link"
    BAD_ANCHOR = "bad anchor"
    MISSING_IMAGE = "missing image"
    NOT_PUBLISHED = "not published"
    ONE_WAY = "one way"
    ORPHAN = "orphan"
    UNREACHABLE = "unreachable"
    NEARLY_SAME = "nearly the same"
    OVER_CURATED = "over-curated"
    SINGLE_TAG = "single-use tag"

    @property
    def broken(self) -> bool:
        """Whether a reader misses something now, or an editor's decision is lost; the rest is to be looked at."""
        return self in (
            FindingKind.DANGLING,
            FindingKind.AMBIGUOUS,
            FindingKind.UNREADABLE,
            FindingKind.DEAD_LINK,
            FindingKind.BAD_ANCHOR,
            FindingKind.MISSING_IMAGE,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to look at: the file and the line it is in, what it is and what to do about it.

    path: below the content folder. candidates: paths of posts or images that it may be mended with, the likeliest
    first. is_certain: the first of them is the one. subject: what of the file it is about: a name, a link, a tag, or
    other posts. It does not change with the rest of the site, as the message may, nor with the lines before it.
    """

    kind: FindingKind
    path: str
    line: int | None
    message: str
    candidates: tuple[str, ...] = ()
    is_certain: bool = False
    subject: str = ""


# ------------------------------------------------------------------------------------------------- curation_rules


class CurationRule(StrEnum):
    """How editors steer search. The value is what a person reads in the report."""

    PIN = "pin"
    ALIAS = "search alias"
    SYNONYM = "synonym"
    SYNONYMS = "synonyms"


@dataclass(frozen=True, slots=True)
class BadCurationRule:
    """A pin, a search alias or a synonym that does nothing, or not all that it seems to.

    path: the file that says it, None where the settings do. text: as it is written. reason: what is wrong with it and
    what to do.
    """

    path: str | None
    what: CurationRule
    text: str
    reason: str


# ------------------------------------------------------------------------------------------------ generation


@dataclass(frozen=True, slots=True)
class Manifest:
    """The label of a generation. files: name → (bytes, SHA-256 in hex). inputs: digest of what it was built from."""

    id: str
    format: int
    engine: EngineName
    settings: str
    inputs: str
    built_at: str
    counts: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    due: date | None = None
