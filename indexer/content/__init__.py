"""Reading: a folder of Markdown files with front matter becomes a Corpus and a list of what was left out.

    frontmatter.py  bytes → front matter and body, with limits that no file can get past
    markdown.py     body → plain-text sections, code apart from prose, link targets
    reader.py       files → posts: start here

May import model, errors, settings. One bad file is one line of the report, never the end of a build.
"""
