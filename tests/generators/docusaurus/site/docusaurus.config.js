// @ts-check

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'The Bakery',
  tagline: 'Bread, and how it is made',
  url: 'https://bakery.example',
  baseUrl: '/',
  onBrokenLinks: 'warn',
  i18n: {
    defaultLocale: 'en',
    locales: ['en'],
  },
  presets: [
    [
      'classic',
      /** @type {import('@docusaurus/preset-classic').Options} */
      ({
        docs: {
          sidebarPath: './sidebars.js',
        },
        blog: {
          showReadingTime: true,
          onInlineTags: 'warn',
          onInlineAuthors: 'warn',
          onUntruncatedBlogPosts: 'ignore',
        },
      }),
    ],
  ],
  themeConfig:
    /** @type {import('@docusaurus/preset-classic').ThemeConfig} */
    ({
      navbar: {
        title: 'The Bakery',
        items: [
          { type: 'docSidebar', sidebarId: 'tutorial', position: 'left', label: 'Tutorial' },
          { to: '/blog', label: 'Blog', position: 'left' },
        ],
      },
    }),
};

export default config;
