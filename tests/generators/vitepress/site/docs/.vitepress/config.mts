import { defineConfig } from 'vitepress'

// https://vitepress.dev/reference/site-config
export default defineConfig({
  title: 'The Bakery',
  description: 'Bread, and how it is made',
  srcExclude: ['**/private.md', 'parts/**'],
  rewrites: {
    'packages/:name/docs/:page': ':name/:page'
  },
  ignoreDeadLinks: true,
  locales: {
    root: { label: 'English', lang: 'en' },
    fr: { label: 'Français', lang: 'fr' }
  },
  themeConfig: {
    nav: [{ text: 'Guide', link: '/guide/' }],
    sidebar: [{ text: 'Guide', items: [{ text: 'First steps', link: '/guide/01-intro' }] }]
  }
})
