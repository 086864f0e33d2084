// Pagefind's programming interface over a See Also service. Pagefind's user interfaces, and Starlight's search, load
// this file in place of Pagefind's own. How to set them up: docs/how-to/use-pagefind-ui.md

// Where the service is; `seealso export assets` writes its address into a copy that lies on the site itself.
const SERVICE = new URL("..", import.meta.url).href;

const PAGE = 20; // hits of a request
const WORDS = 30; // of an excerpt
const VALUES = 1000; // of a filter, at most
const PATIENCE = 4500; // ms for an answer
const ATTRIBUTES = { Tag: "tags", Language: "language" }; // of the service, by the name of the filter
const [OPEN, CLOSE] = ["\ue000", "\ue001"]; // around a match, until the text is escaped

// ------------------------------------------------------------------------------------------------------ the service

async function ask(requests) {
  const response = await fetch(`${SERVICE}algolia/1/indexes/*/queries`, {
    method: "POST",
    body: JSON.stringify({ requests }),
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()).results;
}

// A question, and how many of its posts have each tag.
const counts = (query, facetFilters = []) => ({
  indexName: "posts",
  query,
  facetFilters,
  facets: Object.values(ATTRIBUTES),
  maxValuesPerFacet: VALUES,
  hitsPerPage: 0,
  analytics: false, // a visitor has not asked this
});

const hits = (query, facetFilters, page) => ({
  ...counts(query, facetFilters),
  page,
  hitsPerPage: PAGE,
  attributesToSnippet: [`content:${WORDS}`],
  highlightPreTag: OPEN,
  highlightPostTag: CLOSE,
  analytics: !page,
  ...(page && { facets: [] }),
});

// ---------------------------------------------------------------------------------------------------------- filters

// Default UI puts values into the page as HTML. A word joiner shows nothing, and keeps "<" from beginning a tag.
const shownValue = (value) => value.replaceAll("<", "<\u2060");
const storedValue = (value) => value.replaceAll("<\u2060", "<");

// {Tag: ["weather"]}, or a text in place of a list, as the service reads it; other names are passed over.
function facetFiltersOf(filters) {
  return Object.entries(ATTRIBUTES).flatMap(([name, attribute]) =>
    [filters?.[name] ?? []].flat().map((value) => `${attribute}:${storedValue(String(value)).replace(/^-/, "\\-")}`),
  );
}

// Counts by filter and value. The values are always those of all posts: where one comes or goes, the keyboard's focus is
// lost. Languages are a filter only where there are several.
function counted(everything, facets) {
  const filters = Object.entries(ATTRIBUTES).map(([name, attribute]) => {
    const found = new Map(Object.entries(facets[attribute]));
    const values = Object.keys(everything[attribute]);
    return [name, values.map((value) => [shownValue(value), found.get(value) ?? 0])];
  });
  const isFilter = ([name, values]) => values.length > (name === "Language" ? 1 : 0);
  return Object.fromEntries(filters.filter(isFilter).map(([name, values]) => [name, Object.fromEntries(values)]));
}

// ---------------------------------------------------------------------------------------------------------- results

// Excerpts are HTML, titles are not. Of sub_results, one with the same url is the post itself.
function result({ url, title, excerpt, section = title, anchor = "", meta = {}, filters = {} }) {
  const escaped = excerpt.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const marked = escaped.replaceAll(OPEN, "<mark>").replaceAll(CLOSE, "</mark>");
  return {
    url,
    raw_url: url,
    excerpt: marked,
    plain_excerpt: escaped.replaceAll(OPEN, "").replaceAll(CLOSE, ""),
    content: "",
    word_count: 0,
    locations: [],
    weighted_locations: [],
    anchors: [],
    filters,
    meta: { title, ...meta },
    sub_results: [{ title: section, url: url + anchor, excerpt: marked, locations: [1], weighted_locations: [] }],
  };
}

// Links stay on the site where they are shown, which may be a preview of the real one.
function resultOf(hit) {
  const { pathname, search, hash } = new URL(hit.url, SERVICE);
  return result({
    url: pathname.replace(/^\/*/, "/") + search,
    anchor: hash,
    title: hit.title,
    section: hit.hierarchy.lvl2 ?? hit.title,
    excerpt: hit._snippetResult.content.value,
    meta: { ...(hit.image && { image: hit.image }), ...(hit.date && { date: hit.date }) },
    filters: { Tag: hit.tags.map(shownValue) },
  });
}

const onSearchPage = (query, title, excerpt) =>
  result({ url: `${SERVICE}?${new URLSearchParams({ q: query })}`, title, excerpt });

const trouble = (query) => onSearchPage(query, "The search is not available", "Please try again in a moment.");

let searches = 0;

// As many results as there are hits; each fetches its page when it is first looked at. No id is used twice: Default UI
// would show the old hit until it has the new one.
function resultsOf(query, facetFilters, { nbHits, hits: first }) {
  const name = ++searches;
  const pages = [first];
  const fetchPage = (page) =>
    (pages[page] ??= ask([hits(query, facetFilters, page)]).then(([answer]) => answer.hits));
  return Array.from({ length: nbHits }, (_, index) => ({
    id: `${name}-${index}`,
    score: 1 / (index + 1),
    words: [],
    data: async () => {
      const page = Math.floor(index / PAGE);
      try {
        const hit = (await fetchPage(page))[index % PAGE];
        return hit ? resultOf(hit) : onSearchPage(query, "Too many results to list", "Another word finds fewer.");
      } catch {
        delete pages[page]; // so that it is asked for again
        return trouble(query);
      }
    },
  }));
}

// -------------------------------------------------------------------------------------------------------- Pagefind's

// Whoever calls these catches nothing, so none of them throws or rejects.
export function createInstance() {
  let everything; // the counts of all posts
  let latest = 0;

  const filters = async () => {
    try {
      everything ??= (await ask([counts("")]))[0].facets;
      return counted(everything, everything);
    } catch {
      return {};
    }
  };

  const search = async (term, options) => {
    const query = String(term ?? "").trim();
    try {
      const facetFilters = facetFiltersOf(options?.filters);
      const isFiltered = facetFilters.length > 0;
      const [first, ...more] = await ask([
        hits(query, facetFilters, 0),
        ...(isFiltered ? [counts(query)] : []),
        ...(everything ? [] : [counts("")]),
      ]);
      const unfiltered = isFiltered ? more.shift() : first;
      everything ??= more[0].facets;
      return {
        results: resultsOf(query, facetFilters, first),
        filters: counted(everything, first.facets),
        totalFilters: counted(everything, unfiltered.facets),
        unfilteredResultCount: unfiltered.nbHits,
        timings: {},
      };
    } catch {
      const results = [{ id: `${++searches}`, score: 1, words: [], data: async () => trouble(query) }];
      return { results, filters: {}, totalFilters: {}, unfilteredResultCount: 1, timings: {} };
    }
  };

  const debouncedSearch = async (term, options, wait = 300) => {
    const call = ++latest;
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = call === latest ? await search(term, options) : null;
    return call === latest ? answer : null;
  };

  const nothing = async () => {};
  return {
    options: nothing,
    init: nothing,
    destroy: nothing,
    mergeIndex: nothing,
    preload: nothing,
    filters,
    search,
    debouncedSearch,
  };
}

export const { options, init, destroy, mergeIndex, preload, filters, search, debouncedSearch } = createInstance();
