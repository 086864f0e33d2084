"""A folder of Markdown files with front matter → posts, and the files that did not become posts, with the reasons.

    site.py          start here: reads a content folder, on all cores, without repeating work on unchanged files
    reader.py        one file → a post
    files.py         the files of a folder, and their bytes
    includes.py      files that a page includes → the text of the page
    front_matter.py  bytes → front matter and body, within limits that hold for any file
    fields.py        front matter → the fields of a post, under the keys that the settings name
    defaults.py      front matter that whole folders have
    urls.py          the path of a file → URL and date; which links are internal
    permalinks.py    the URL that stands in front matter, with its placeholders filled in
    path_styles.py   names of files → parts of URLs, in the styles of the generators
    languages.py     the path of a file → language; which folders name one
    markdown.py      body → plain-text sections with anchors, code apart from prose, link targets
    headings.py      headings and the lists of attributes beside them, as the dialects have them
    dialects.py      what a generator reads otherwise than CommonMark → CommonMark
    anchors.py       the text of a heading → its id, in the style of the site's generator
    transliterate.py  letters of other alphabets → ASCII
    directives.py    admonitions and MDX → plain Markdown
    build_cache.py   what a generation stores of its files, so that the next build reads only changes
    since.py         what has changed since the last generation, for those who take over the rest
    pool.py          a pool of worker processes
    survey.py        which text files lie below a folder, whatever the settings say
    shrink_guard.py  refuses to publish an index that has lost most of its posts

Imports text and store. A bad file is one line of the build's report and never ends a build.
"""
