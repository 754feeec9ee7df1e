// Runs in the page: keeps, for each row of the event table, when it was first on the screen (ms since 1970, by position).
(() => {
  const shownAt = {};
  const pending = new Set();
  window.rowsShownAt = shownAt;
  new MutationObserver(() => {
    for (const { dataset } of document.querySelectorAll('[data-position]')) {
      const { position } = dataset;
      if (position in shownAt || pending.has(position)) continue;
      pending.add(position);
      // The callback comes before the frame is painted, the message after it.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          shownAt[position] = Date.now();
        };
        port2.postMessage(undefined);
      });
    }
  }).observe(document, { childList: true, subtree: true, attributeFilter: ['data-position'] });
})();
