"""A folder of Markdown files with front matter → posts, and the files that did not become posts, with the reasons.

    site.py          start here: reads a content folder, on all cores, without repeating work on unchanged files
    reader.py        one file → a post
    files.py         the files of a folder, and their bytes
    front_matter.py  bytes → front matter and body, within limits that hold for any file
    fields.py        front matter → the fields of a post, under the keys that the settings name
    defaults.py      front matter that whole folders have
    urls.py          the path of a file → URL, date and language; which links are internal
    path_styles.py   names of files → parts of URLs, in the styles of the generators
    markdown.py      body → plain-text sections with anchors, code apart from prose, link targets
    anchors.py       the text of a heading → its id, in the style of the site's generator
    directives.py    admonitions and MDX → plain Markdown
    build_cache.py   what a generation stores of its files, so that the next build reads only changes
    pool.py          a pool of worker processes
    shrink_guard.py  refuses to publish an index that has lost most of its posts

Imports text and store. A bad file is one line of the build's report and never ends a build.
"""
