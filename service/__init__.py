"""HTTP in, JSON or HTML out.

    app.py         create_app: wiring, and every error as an answer. Start here
    api.py         the JSON routes: parse, ask, answer
    algolia/       Algolia's search protocol, for front ends that are made for it
    editing.py     the editors' routes, behind a token; validation.py checks what is sent to them
    desk/          the desk: pages on which editors with a token decide
    clicks.py      the route that hits tell when they are followed
    recorder.py    what visitors ask, counted beside the answers if the settings say so
    kept.py        whole answers, sent again as long as they would be the same
    pages.py       the results page and its like, for people; none needs JavaScript
    addresses.py   the address of a results page → the question that it asks, and back; results.py asks it
    look.py        the site's own styles and fragments, and the policy that holds whatever they say
    assets.py      the scripts for browsers, under a stable name and one by their hash
    render.py      the only place where markup is made
    follower.py    the generation that is served, followed as builds publish new ones
    scrubber.py    its mapped files, read again and again to find damage
    openapi.py     what the API promises, made from the same tables that its routes check
    server.py      the production server: the sockets, and the workers, which supervisor.py watches
    watching.py    every request from outside: its id, its line in logs.py, its place in metrics.py
    watcher.py     builds whenever the content changes, for whoever writes
    worker.py      one worker: HTTP by granian, and admission.py, which says who is answered when, and who is refused
    web/           templates and styles

Writes nothing but what an editor with a token decides and, if the settings say so, what visitors ask.
Starts without scikit-learn, SciPy or the Markdown parser.
"""
