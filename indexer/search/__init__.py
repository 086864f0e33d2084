"""Full-text search: a question in, ranked answers out.

    engine.py      the seam: what an engine promises. Start here
    query.py       what was typed → ParsedQuery; a parser that never fails, and the limits of a question

Shared by the engines on this machine:

    lexicon.py  the site's own words: prefixes, spelling, synonyms
    metadata.py   titles, pins, tags, languages and dates as columns: filters, facets, order
    completion.py  what a visitor may be about to type
    snippets.py   a post and the terms asked for → the section that matched, and spans to highlight
    ranking.py     the numbers that decide who comes first
    curation_rules.py    what editors said of search and what does nothing: lines of the build's report

The engines:

    columnar.py    on arrays, the default: postings.py writes them, places.py and scoring.py read them
    whoosh.py      on Whoosh, what the other is compared with; the only file that imports it

May import model, errors, settings, analysis, tokens, columns, stored. Never a writer in the service.
"""
