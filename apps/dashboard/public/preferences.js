// Runs before the first paint, so that no page flashes in the wrong theme or language.
(() => {
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const root = document.documentElement;
  const theme = cookie('openclaw_theme');
  if (/^(light|dark|contrast)$/.test(theme)) root.dataset.theme = theme;
  else if (!theme && matchMedia('(prefers-contrast: more)').matches) root.dataset.theme = 'contrast';
  const wanted = cookie('openclaw_language') ?? navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? 'en';
  root.lang = /^zh/i.test(wanted) ? 'zh-CN' : 'en';
})();
