// Runs before the first paint, so that no page flashes in the wrong theme or language.
(() => {
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const root = document.documentElement;
  const theme = cookie('openclaw_theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const wanted = cookie('openclaw_language') ?? navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? 'en';
  root.lang = /^zh/i.test(wanted) ? 'zh-CN' : 'en';
})();
