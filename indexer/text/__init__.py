"""Text → terms: one definition for search, related posts and highlighting.

    analysis.py        start here: words, stems and stop words, by language
    bulk_tokenizer.py  the words of many texts at once, by arrays: as analysis.py defines them, several times as fast
    token_stream.py    the words of all posts in one stream, with positions, parts and spans
    simhash.py         a text → 64 bits of which few change when the text changes little

Imports nothing of this product but the model.
"""
