"""The engines by name; only the requested one is imported."""

from __future__ import annotations

from indexer.errors import BadSetting
from indexer.model import EngineName
from indexer.search.engine import Engine


def engine_named(name: str) -> Engine:
    """Raises BadSetting if there is no such engine."""
    if name not in list(EngineName):
        raise BadSetting(f'there is no search engine "{name}": name one of {", ".join(EngineName)}')
    match EngineName(name):
        case EngineName.COLUMNAR:
            from indexer.search.columnar.engine import ColumnarEngine

            return ColumnarEngine()
        case EngineName.WHOOSH:
            from indexer.search.whoosh import WhooshEngine

            return WhooshEngine()
