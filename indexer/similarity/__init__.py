"""Related posts: what they are about, and what editors made of that.

    relate.py      the way in for a build: a corpus and its links → everything that a generation holds
    terms.py       a post → its terms, field by field; paragraphs that many posts repeat
    counts.py      words → how often each term stands where
    vectors.py     counts → vectors with BM25 weights
    neighbours.py  vectors → the posts most alike
    features.py    pairs worth a look, and all that speaks for each
    learning.py    scikit-learn's logistic regression on the lists, adopted only where it wins, and its confidence
    evaluation.py  recall, MRR, nDCG, coverage; baselines.py and report.py for `seealso evaluate related`
    related.py     the read side: lists for readers, suggestions with reasons for editors
    stored_vectors.py, rows.py, scoring.py   what it stands on; the last two are shared with the build

May import model, errors, analysis, settings, stored, posts, curation. The read side and terms.py need NumPy only, so
the service stays small.
"""
