"""The OpenSearch engine: posts are matched, scored and counted by a cluster, so that several hosts share the work.

    engine.py          start here: build, open, search
    documents.py       posts → the documents of an index: terms as numbers, scores computed at build time
    worth.py           what each term, pair and title adds to the score of each post, block by block
    index.py           one index: created, filled, finished, checked, removed
    question.py        a resolved query → what the cluster is asked
    answers.py         what is asked in one round, and what comes back
    stream.py          the token stream in the generation
    pieces.py          the token stream of a few posts, read when it is needed
    candidates.py      the words of the best posts, for what is scored beyond the sum over terms
    fallback.py        the columnar engine's index in the same generation, asked while the cluster is away
    cluster.py         requests with deadlines, on another node if one fails; the only file that imports opensearch-py

The cluster never sees a text: words are analysed once, by indexer/text, and indexed as numbers, so the same posts match
as in the other engines. Posts, words and the token stream stay in the generation.
"""
