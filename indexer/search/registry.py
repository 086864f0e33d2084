"""The engines by name; only the requested one is imported."""

from __future__ import annotations

from pathlib import Path

from indexer.errors import BadSetting
from indexer.model import EngineName
from indexer.search.engine import Engine
from indexer.settings import SearchSettings
from indexer.store.sealed_files import SealedFiles

_EMBEDDED = SearchSettings()


def engine_named(name: str, search: SearchSettings = _EMBEDDED) -> Engine:
    """An engine. search: says where the cluster is, for those that need one. Raises BadSetting if there is no such."""
    if name not in list(EngineName):
        raise BadSetting(f'there is no search engine "{name}": name one of {", ".join(EngineName)}')
    match EngineName(name):
        case EngineName.COLUMNAR:
            from indexer.search.columnar.engine import ColumnarEngine

            return ColumnarEngine()
        case EngineName.WHOOSH:
            from indexer.search.whoosh import WhooshEngine

            return WhooshEngine()
        case EngineName.OPENSEARCH:
            from indexer.search.opensearch.engine import OpenSearchEngine

            return OpenSearchEngine(search.opensearch)


def verify(files: SealedFiles, search: SearchSettings) -> None:
    """Raises DamagedGeneration if a generation is not what was built, in its folder or outside; EngineUnavailable."""
    files.verify()
    engine_named(files.manifest.engine, search).verify(files)


def tidy(generations: Path, search: SearchSettings) -> None:
    """Removes what lies in a cluster for builds that were not finished, and for generations that are gone.

    generations: the folder of all generations of an index. Only while its index is locked. Raises EngineUnavailable.
    """
    from indexer.search.opensearch.index import owner_in

    if owner_in(generations):  # else there never was anything
        from indexer.search.opensearch.engine import OpenSearchEngine

        OpenSearchEngine(search.opensearch).tidy(generations)
