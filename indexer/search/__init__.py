"""Full-text search: a query in, ranked hits out.

    engine.py          start here: the interface of every engine
    registry.py        the engines by name
    query.py           typed text → ParsedQuery, by a parser that never fails; the limits of a request

Shared by the engines:

    resolver.py        a ParsedQuery → a ResolvedQuery in terms of the index, as all engines search it
    lexicon.py         the vocabulary of the site: terms, other forms of words, completions
    spelling.py        a word that no post has → the word that was probably meant
    metadata.py        titles, pins, tags, languages and dates: filters, facets, order
    coverage.py        which posts have most of a question, where nothing but the date orders
    signs.py           signs and emoji that are asked for, and the posts that have them
    autocomplete.py    completions of a query
    stored_stream.py   the token stream in a generation, as an engine has written it
    snippets.py        hits → the best section of each, snippets, and spans to highlight
    ranking.py         the weights of ranking
    applied_rules.py   the pins, aliases and synonyms that bear on a question
    rule_change.py     one of them as if it were written, or taken away
    rule_trial.py      what readers have in common where that is tried
    curation_rules.py  pins, aliases and synonyms without effect, for the build's report

The engines:

    columnar/          on NumPy arrays, the default
    opensearch/        on a cluster, for sites that outgrow one machine
    whoosh.py          on Whoosh, the reference in the contract tests; the only file that imports it

Knows text and store. No writer runs in the service.
"""
