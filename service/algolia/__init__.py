"""Algolia's search protocol, as far as its open-source clients use it, so that front ends made for it work unmodified.

    routes.py            the routes, their errors, and how an answer is sent. Start here
    requests.py          what clients send, flattened and checked → one record an item
    filters.py           facetFilters, filters and numericFilters → a Condition
    search.py            an item → hits, counts and facets, or the values of one facet
    recommendations.py   an item → related posts
    records.py           a hit as the record that serves all clients
    matches.py           which words of a hit match the question
    markup.py            highlights, snippets and escaping
    answers.py           the shapes of all answers, the only place here where keys are named

Clients send a request a letter and show none of its errors, so whatever can be answered is.
"""
