"""See Also beside its peers: the same posts, the same questions, one run.

    python -m benchmarks.peers SITE_OR_SET … [--json FILE]

Start in `__main__.py`. A peer is one small file: `see_also.py`, `tantivy.py`, `fts5.py` and `bm25s.py` fill the
protocol of `peer.py`; `minisearch.mjs` and `pagefind.mjs` do the same in node through `protocol.mjs`. Each peer builds
in one process and answers in another, so that no peer's memory counts as another's. Peers are never dependencies of
the product: `requirements.txt` and `package-lock.json` here pin them, and `make bench` installs them apart.
"""
