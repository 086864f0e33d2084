"""Related posts, from their texts and from the lists and links that editors made.

For a build:

    relate.py          start here: a corpus and its links → everything that a generation holds
    fields.py          a post → its terms, field by field; paragraphs that many posts repeat
    field_counts.py    token stream → counts of terms by post and field
    vectors.py         counts → vectors with BM25 weights
    distinctness.py    how much short fields and dates may say beside the whole text
    neighbours.py      vectors → nearest neighbours, of all posts or of those that changed
    products.py        the products of vectors, tile by tile; neighbour_lists.py: the best of them, post by post
    languages.py       how far the language of one post is from that of another
    candidates.py      pairs of source and target, and their features
    ranker.py          learning from the editors' lists, adopted only where it wins; confidence
    ranked_lists.py    pairs and their scores → the lists that are shown
    earlier.py         what need not be worked out again since the last build

For both sides:

    fixed_score.py     the score that ranks where nothing was learned, and numbers that both sides share
    storage.py         what lies in related/ of a generation: one table, written and read

The read side, which needs NumPy only, so that the service stays small:

    recommendation.py  lists for readers, suggestions with reasons for editors
    stored_vectors.py  terms that two texts share; similarity of a new text to every post
    telling_words.py   the few words that tell why two texts belong together, and the sentences that share them
    shared_words.py    pairs of Chinese, Japanese and Korean characters that two texts share → words

To measure:

    metrics.py         recall, MRR, nDCG, coverage
    evaluation.py      `seealso evaluate related`; baselines.py: rankings to compare with

Knows links and content.
"""
