"""The documented roles of those who ask a cluster, and what OpenSearch's security plugin makes of them.

The plugin looks up each action of a request: most among the permissions on the index, some among those on the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "move-to-opensearch.md"


@dataclass(frozen=True)
class Role:
    """Patterns of actions and of names."""

    on_cluster: list[str]
    on_indices: list[str]
    indices: list[str]

    def allows(self, action: str) -> bool:
        return any(fnmatchcase(action, pattern) for pattern in self._patterns(action))

    def names(self, index: str) -> bool:
        return any(fnmatchcase(index, pattern) for pattern in self.indices)

    def unused(self, actions: Iterable[str]) -> list[str]:
        """The patterns that none of these actions needs."""
        known = list(actions)
        used = {one for action in known for one in self._patterns(action) if fnmatchcase(action, one)}
        return [one for one in [*self.on_cluster, *self.on_indices] if one not in used]

    def _patterns(self, action: str) -> list[str]:
        return self.on_cluster if is_of_cluster(action) else self.on_indices


def is_of_cluster(action: str) -> bool:
    """Whether an action must be allowed on the cluster: one of several requests is, the single ones are not."""
    return action.startswith(("cluster:", "indices:data/read/msearch")) or action == "indices:data/write/bulk"


def documented(name: str) -> Role:
    """A role as the how-to has it."""
    block = re.search(r"```yaml\n(seealso_service:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    role = yaml.safe_load(block[1])[name]
    (of_indices,) = role["index_permissions"]
    return Role(role["cluster_permissions"], of_indices["allowed_actions"], of_indices["index_patterns"])
