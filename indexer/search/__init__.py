"""Full-text search: a query in, ranked hits out.

    engine.py          the seam: what an engine promises. Start here
    registry.py        the engines by name
    query.py           what was typed → ParsedQuery; a parser that never fails, and the limits of a request

Shared by the engines on this machine:

    lexicon.py         the site's own words: prefixes, synonyms, what a query stands for
    spelling.py        a word that no post has → the one that was probably meant
    metadata.py        titles, pins, tags, languages and dates: filters, facets, order
    autocomplete.py    what a visitor may be about to type
    snippets.py        hits → the section that matched, and spans to highlight
    ranking.py         the numbers that decide who comes first
    curation_rules.py  pins, aliases and synonyms that do nothing: lines of the build's report

The engines:

    columnar/          on arrays, the default
    whoosh.py          on Whoosh, the oracle of the contract; the only file that imports it

Knows text and store. No writer runs in the service.
"""
