"""Related posts: what they are about, and what editors made of that.

    relate.py          the way in for a build: a corpus and its links → everything that a generation holds
    fields.py          a post → its terms, field by field; paragraphs that many posts repeat
    field_counts.py    words → how often each term stands where
    vectors.py         counts → vectors with BM25 weights; stored_vectors.py reads them
    neighbours.py      vectors → the nearest posts
    candidates.py      pairs worth a look, and all that speaks for each
    ranker.py          learning from the editors' lists, adopted only where it wins, and its confidence
    fixed_score.py     what ranks where nothing was learned, and numbers that both sides share
    metrics.py         recall, MRR, nDCG, coverage
    evaluation.py      `seealso evaluate related`, beside baselines.py
    recommendation.py  the read side: lists for readers, suggestions with reasons for editors

Knows links and content. The read side needs NumPy only, so the service stays small.
"""
