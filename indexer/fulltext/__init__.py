"""Full-text search: a question in, ranked answers out.

    query.py       what was typed → Words; a parser that never fails, and the limits of a question
    engine.py      the seam: what an engine promises. Start here
    vocabulary.py  the site's own words: prefixes, spelling, completion; shared by the engines on this machine
    catalogue.py   tags, languages and dates as columns: filters, facets, order; shared likewise
    fragments.py   a post and the terms asked for → the section that matched, and spans to highlight
    whoosh.py      the engine that stands on Whoosh; the only file that imports it

May import model, errors, analysis, stored. Never a writer in the service.
"""
