"""The engines by name. Only the one that is asked for is imported."""

from __future__ import annotations

from indexer.model import EngineName
from indexer.search.engine import Engine


def engine_named(name: EngineName) -> Engine:
    match name:
        case EngineName.COLUMNAR:
            from indexer.search.columnar.engine import ColumnarEngine

            return ColumnarEngine()
        case EngineName.WHOOSH:
            from indexer.search.whoosh import WhooshEngine

            return WhooshEngine()
