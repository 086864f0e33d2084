"""Text → terms: one definition for search, related posts and highlighting.

    analysis.py        start here: words, stems, stop words, by language
    bulk_tokenizer.py  the words of many texts at once, by arrays: what analysis says, several times as fast
    token_stream.py    the words of all posts in one stream, with positions and parts
    simhash.py         a text → 64 bits that hardly change where it hardly does

Knows the model and nothing else of ours.
"""
