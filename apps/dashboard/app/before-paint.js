// Runs before the first paint, so that no page flashes in the wrong theme, language or width.
(() => {
  const { pathname, search, hash } = location;
  const root = document.documentElement;
  // The code of a sign-in link is used by the page for it, whichever page the link opens.
  if (hash.startsWith('#c=') && !pathname.startsWith('/sign-in')) {
    root.dataset.leaves = '';
    location.replace(`/sign-in/?next=${encodeURIComponent(pathname + search)}${hash}`);
  }
  const cookies = document.cookie;
  const cookie = (name) => cookies.match(`(?:^|; )openclaw_${name}=([^;]*)`)?.[1];
  const theme = cookie('theme');
  if (/^(light|dark|contrast)$/.test(theme)) root.dataset.theme = theme;
  else if (!theme && matchMedia('(prefers-contrast: more)').matches) root.dataset.theme = 'contrast';
  const wanted = cookie('language') ?? navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? 'en';
  root.lang = /^zh/i.test(wanted) ? 'zh-CN' : 'en';
  // The page is built in English with a wide navigation: what is shown otherwise waits for the scripts.
  if (root.lang !== 'en') root.dataset.awaitsLanguage = '';
  if ((cookie('navigation') ?? (matchMedia('(width >= 64rem)').matches ? 'wide' : 'narrow')) === 'narrow')
    root.dataset.awaitsNavigation = '';
})();
