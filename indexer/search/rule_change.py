"""A pin, a search alias or a group of synonyms as if it were written, or taken away: what a reader would show then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.model import CurationRule
from indexer.text import analysis


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is added, or taken away.

    rule: PIN, ALIAS or SYNONYMS. texts: the pin or the alias; of synonyms all members. post: the number of the post
    that a pin or an alias is of; −1 for synonyms, which are of the whole site.
    """

    rule: CurationRule
    adds: bool
    texts: tuple[str, ...]
    post: int = -1

    def is_of(self, rule: CurationRule, key: str) -> bool:
        """Whether it is a pin, or an alias, with this title key."""
        return rule is self.rule and key == analysis.title_key(self.texts[0])

    def groups(self, built: Sequence[Sequence[str]]) -> list[Sequence[str]]:
        """The groups of synonyms, with the change. built: those without it."""
        if self.rule is not CurationRule.SYNONYMS:
            return list(built)
        others = [group for group in built if tuple(group) != self.texts]
        return [*others, self.texts] if self.adds else others

    @property
    def new_words(self) -> frozenset[str]:
        """Words that the site would have then: those of an alias are indexed with its post."""
        is_new = self.adds and self.rule is CurationRule.ALIAS
        return frozenset(analysis.words(self.texts[0])) if is_new else frozenset()
